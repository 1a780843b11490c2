"""Selection: weights of patches by how far their labels are trusted."""

import torch
from mmengine.dist import all_reduce
from torch import Tensor, nn
from torch.nn import functional as F

from geokr_mm.registry import MODELS

from ..gathering import gathered
from ..knowledge import Knowledge
from ..step import Step, teacher_of


def total_variation(one: Tensor, other: Tensor) -> Tensor:
    """Half the L1 distance of class fractions (B, K), shape (B, )."""
    return 0.5 * (one - other).abs().sum(dim=1)


def agreement(label: Tensor, student: Tensor, teacher: Tensor) -> Tensor:
    """How well label, student and teacher agree, see below for c.

    Args:
        label (Tensor): Mapped fractions y, (B, K).
        student (Tensor): Fractions p, (B, K).
        teacher (Tensor): Fractions q, (B, K).

    Returns:
        Tensor: c, 0 to 1, shape (B, ).
    """
    first = 1.0 - total_variation(label, teacher)
    second = 1.0 - total_variation(student, teacher)
    return 0.5 * (first + first * second)


@MODELS.register_module()
class ConfidenceSelection(nn.Module):
    """Weighs patches by how well label, student and teacher agree.

    After the sample selection of CromSS (Liu et al., arXiv 2405.01217), whose
    two branches are two sensors; here they are student and teacher on two
    views, or without a teacher the student on both. With mapped fractions y,
    teacher q and student p::

        c1 = 1 - TV(y, q)      the label agrees with the teacher
        c2 = 1 - TV(p, q)      both views agree
        c  = (c1 + c1 c2) / 2

    Among patches of one dominant class the most confident ``share`` keep
    weight 1, the others get (c / threshold)^sharpness. The share falls
    linearly from 1 to ``keep`` while the ramp lasts. Factors from the index,
    each 1 where it has none, multiply in::

        confidence x (1 - change) x (1 - disagreement)^map_sharpness

    In training the weights of a batch are scaled to a mean of 1.

    Args:
        num_classes (int): K.
        keep (float): Share of each class with full weight in the end, in
            (0, 1].
        ramp (float): Share of the run over which it falls.
        memory (int): Recent confidences kept of each class for the
            threshold.
        sharpness (float): c lies mostly between a half and 1; 16 nearly
            leaves out patches below the threshold.
        use_index (bool): Whether ``confidence``, ``change`` and
            ``disagreement`` of the index count.
        map_sharpness (float): Exponent for the agreement of the maps that an
            index combines.
    """

    needs = ('confidence', 'change', 'disagreement')
    recent: Tensor
    count: Tensor

    def __init__(
        self,
        num_classes: int,
        keep: float = 0.5,
        ramp: float = 0.5,
        memory: int = 256,
        use_index: bool = True,
        sharpness: float = 1.0,
        map_sharpness: float = 4.0,
    ) -> None:
        super().__init__()
        if not 0 < keep <= 1 or not 0 <= ramp <= 1:
            raise ValueError(
                'keep must be in (0, 1] and ramp in [0, 1], got '
                f'{keep} and {ramp}'
            )
        if sharpness <= 0:
            raise ValueError(f'sharpness must be above 0, got {sharpness}')
        if map_sharpness < 0:
            raise ValueError(
                f'map_sharpness must be 0 or more, got {map_sharpness}'
            )
        self.num_classes = num_classes
        self.sharpness = sharpness
        self.map_sharpness = map_sharpness
        self.keep = keep
        self.ramp = ramp
        self.use_index = use_index
        self.register_buffer('recent', torch.zeros(num_classes, memory))
        self.register_buffer('count', torch.zeros(num_classes).long())

    @torch.no_grad()
    def forward(self, step: Step) -> Tensor:
        """Weights of a batch, (B, ), with a mean of 1.

        Args:
            step (Step): With a teacher, or two views of the student.
        """
        label = step.knowledge.fractions
        if step.teacher is None and step.others:
            other = step.others[0]
        else:
            other = teacher_of(step, self)
        teacher = other.logits.softmax(dim=1)
        student = step.student.logits.softmax(dim=1)
        confidence = agreement(label, student, teacher)
        classes = label.argmax(dim=1)
        if self.training:
            self._remember(classes, confidence)
        least = self._thresholds(step.progress)[classes]
        weight = (confidence / least.clamp_min(1e-6)).clamp_max(1.0)
        weight = self._trusted(step.knowledge, weight**self.sharpness)
        mean = weight.mean()
        all_reduce(mean, 'mean')
        return weight / mean.clamp_min(1e-6)

    @torch.no_grad()
    def final_weights(
        self, knowledge: Knowledge, student: Tensor, teacher: Tensor
    ) -> Tensor:
        """Weights of all patches of a set once the ramp is over, (N, ).

        Against all others of their class, not the recent ones.

        Args:
            knowledge (Knowledge): Of the N patches.
            student (Tensor): Fractions by the student, (N, K).
            teacher (Tensor): Fractions by the teacher, (N, K).
        """
        label = knowledge.fractions
        confidence = agreement(label, student, teacher)
        weight = torch.ones_like(confidence)
        classes = label.argmax(dim=1)
        for number in classes.unique():
            mine = classes == number
            own = confidence[mine]
            least = own.quantile(1.0 - self.keep).clamp_min(1e-6)
            weight[mine] = (own / least).clamp_max(1.0) ** self.sharpness
        return self._trusted(knowledge, weight)

    def share(self, progress: float) -> float:
        """Share of each class that has full weight at a time of the run."""
        over = min(progress / self.ramp, 1.0) if self.ramp else 1.0
        return 1.0 - (1.0 - self.keep) * over

    def _trusted(self, knowledge: Knowledge, weight: Tensor) -> Tensor:
        """Weights by networks times those by the index, (B, )."""
        if not self.use_index:
            return weight
        if knowledge.confidence is not None:
            weight = weight * knowledge.confidence
        if knowledge.change is not None:
            weight = weight * (1.0 - knowledge.change)
        if knowledge.disagreement is not None:
            agreed = 1.0 - knowledge.disagreement
            weight = weight * agreed**self.map_sharpness
        return weight

    def _remember(self, classes: Tensor, confidence: Tensor) -> None:
        """Store confidences of all processes, so that all hold the same."""
        classes, confidence = gathered(classes), gathered(confidence)
        memory = self.recent.shape[1]
        # How many of its class each patch comes after, and how many there are.
        same = F.one_hot(classes, self.num_classes)
        before = (same.cumsum(dim=0) - same).gather(1, classes[:, None])[:, 0]
        total = same.sum(dim=0)
        place = classes * memory + (self.count[classes] + before) % memory
        # Those that others of the batch would replace go to a place behind.
        place = torch.where(
            before < total[classes] - memory, self.recent.numel(), place
        )
        kept = F.pad(self.recent.flatten(), (0, 1))
        kept[place] = confidence.to(kept)
        self.recent.copy_(kept[:-1].view_as(self.recent))
        self.count += total

    def _thresholds(self, progress: float) -> Tensor:
        """Least confidence with full weight, by class, (K, )."""
        memory = self.recent.shape[1]
        held = self.count.clamp_max(memory)[:, None]
        known = torch.arange(memory, device=held.device) < held
        ordered = torch.where(known, self.recent, torch.inf).sort(dim=1)[0]
        # A quantile between its neighbours; infinity where there is none.
        place = (1.0 - self.share(progress)) * (held - 1).clamp_min(0)
        low, high = (
            ordered.gather(1, bound.long())
            for bound in (place.floor(), place.ceil())
        )
        found = torch.lerp(low, high, (place % 1.0).to(low))
        return torch.where(held > 0, found, 0.0)[:, 0]
