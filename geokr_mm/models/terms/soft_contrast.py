"""Soft contrast: similar features for patches with similar land cover."""

import copy
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from geokr_mm.registry import MODELS

from ..gathering import gathered, own_rows
from ..step import Step, at_least_float32, pooled, teacher_of
from ..teacher import ema_update

# Logit of a pair that is left out.
NEVER = -1e9


def jensen_shannon(one: Tensor, other: Tensor) -> Tensor:
    """Jensen-Shannon divergence of every pair of class fractions.

    With m = (a + b) / 2 and the entropy H in bits (J. Lin, "Divergence
    Measures Based on the Shannon Entropy", IEEE Trans. Inf. Theory 1991)::

        JSD(a, b) = H(m) - (H(a) + H(b)) / 2

    It is symmetric, 0 for equal fractions and 1 where no class is shared.

    Args:
        one (Tensor): Rows that sum to 1, (N, K).
        other (Tensor): Rows that sum to 1, (M, K).

    Returns:
        Tensor: Shape (N, M), in [0, 1].
    """

    def bits(rows: Tensor) -> Tensor:
        return torch.special.entr(rows).sum(dim=-1) / torch.log(
            rows.new_tensor(2.0)
        )

    middle = 0.5 * (one[:, None] + other[None])
    apart = bits(middle) - 0.5 * (bits(one)[:, None] + bits(other)[None])
    return apart.clamp(0.0, 1.0)


def land_similarity(one: Tensor, other: Tensor) -> Tensor:
    """1 - JSD of class fractions; 0 with a patch of which nothing is known.

    Args:
        one (Tensor): Class fractions, (N, K); a row of zeros is not known.
        other (Tensor): The same, (M, K).

    Returns:
        Tensor: Shape (N, M), in [0, 1].
    """
    known = (one.sum(dim=1) > 0)[:, None] & (other.sum(dim=1) > 0)[None]
    return (1.0 - jensen_shannon(one, other)) * known


def soft_contrast_loss(
    queries: Tensor,
    keys: Tensor,
    similarity: Tensor,
    temperature: float = 0.2,
    target_temperature: float = 0.1,
    own_share: float = 0.0,
    own: Tensor | None = None,
    logits_without: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of similar features with similar land cover.

    Row i of ``queries`` and row i of ``keys`` are the same patch; further
    keys are other patches. With queries u and keys v of unit length and
    similarities w, where w_ii = 1::

        t_ij = o [i = j] + (1 - o) softmax_j(w_ij / target_temperature)
        L = 1/B sum_i sum_j -t_ij log softmax_j(u_i . v_j / temperature)

    o = 1 is InfoNCE, and so is a low ``target_temperature`` where no other
    patch has the same land cover.

    Args:
        queries (Tensor): Unit rows of shape (B, D).
        keys (Tensor): Unit rows of shape (M, D), M >= B.
        similarity (Tensor): In [0, 1], shape (B, M).
        temperature (float): Of the logits.
        target_temperature (float): Of the targets.
        own_share (float): o, the part of each target that is the own pair's
            alone, in [0, 1].
        own (Tensor, optional): The key of each query, (B, ); by default that
            of its row.
        logits_without (Tensor, optional): Pairs that are left out, bool of
            shape (B, M).

    Returns:
        Tensor: The loss, a scalar.
    """
    row = torch.arange(len(queries), device=queries.device)
    own = row if own is None else own
    similarity = similarity.index_put(
        (row, own), similarity.new_ones(len(own))
    )
    targets = (similarity.detach() / target_temperature).softmax(dim=1)
    targets = (1.0 - own_share) * targets
    targets[row, own] += own_share
    logits = at_least_float32(queries @ keys.T) / temperature
    if logits_without is not None:
        # No infinity, which times zero would be no number.
        logits = logits.masked_fill(logits_without, NEVER)
        targets = targets.masked_fill(logits_without, 0.0)
    return -(targets * logits.log_softmax(dim=1)).sum(dim=1).mean()


def check_targets(
    temperature: float, target_temperature: float, own_share: float
) -> None:
    """Refuse settings that :func:`.soft_contrast_loss` cannot use.

    Raises:
        ValueError: If a temperature is not above zero, or the share lies
            outside [0, 1].
    """
    if temperature <= 0 or target_temperature <= 0:
        raise ValueError(
            'temperature and target_temperature must be above zero, got '
            f'{temperature} and {target_temperature}'
        )
    if not 0 <= own_share <= 1:
        raise ValueError(f'own_share must be in [0, 1], got {own_share}')


@MODELS.register_module()
class SoftContrast(BaseModule):
    """Student views against teacher views of this batch and of recent ones.

    The idea is that of SoftCon (Wang et al., arXiv 2405.20462), whose soft
    targets come from multi-labels; here they come from class fractions. Keys
    of recent batches are kept in a queue as in MoCo (He et al., CVPR 2020),
    with their fractions. See :func:`.soft_contrast_loss`.

    The projector is linear, ReLU, linear, as in MoCo v2. The teacher's is
    moved with the rest of the teacher. The queue is part of the state dict,
    so it resumes; across ranks all of them hold the same queue.

    Args:
        num_classes (int): K.
        in_channels (int): Channels of the features.
        hidden_channels (int): Width of the projector.
        out_channels (int): D, length of keys.
        queue_length (int): Keys kept; 0 contrasts within the batch only.
        temperature (float): Of the logits. Defaults to 0.2, MoCo v2's.
        target_temperature (float): Of the targets.
        own_share (float): Part of each target that is the own pair's alone,
            in [0, 1]; the rest is shared by patches with the same land. 1 is
            MoCo, which uses no map.
        after_neck (bool): Whether to contrast features after the neck, or
            those of the backbone.
        loss_weight (float): Factor of the loss.
        init_cfg (dict, optional): Initialisation.
    """

    needs = ('view_fractions',)
    queue: Tensor
    queue_fractions: Tensor
    queue_seen: Tensor

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        hidden_channels: int = 512,
        out_channels: int = 128,
        queue_length: int = 1024,
        temperature: float = 0.2,
        target_temperature: float = 0.1,
        own_share: float = 0.0,
        after_neck: bool = True,
        loss_weight: float = 1.0,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        check_targets(temperature, target_temperature, own_share)
        self.num_classes = num_classes
        self.projector = nn.Sequential(
            nn.Linear(in_channels, hidden_channels),
            nn.ReLU(inplace=True),
            nn.Linear(hidden_channels, out_channels),
        )
        self.teacher_projector = copy.deepcopy(self.projector)
        self.teacher_projector.requires_grad_(False)
        self.temperature = temperature
        self.target_temperature = target_temperature
        self.own_share = own_share
        self.after_neck = after_neck
        self.loss_weight = loss_weight
        self.register_buffer('queue', torch.zeros(queue_length, out_channels))
        self.register_buffer(
            'queue_fractions', torch.zeros(queue_length, num_classes)
        )
        self.register_buffer('queue_seen', torch.zeros(1, dtype=torch.long))

    def init_weights(self) -> None:
        """Initialise the projector; the teacher's starts as its copy."""
        super().init_weights()
        ema_update(self.teacher_projector, self.projector, momentum=0.0)

    def teachers(self) -> list[tuple[nn.Module, nn.Module]]:
        """The teacher's projector, which moves with the rest of it."""
        return [(self.teacher_projector, self.projector)]

    def forward(self, step: Step) -> Tensor:
        """Contrast a batch, then queue its keys.

        Args:
            step (Step): With a teacher.

        Returns:
            Tensor: The weighted loss, a scalar.
        """
        student, teacher = step.student, teacher_of(step, self)
        if self.after_neck:
            feats, teacher_feats = student.feats, teacher.feats
        else:
            feats = student.backbone_feats
            teacher_feats = teacher.backbone_feats
        queries = F.normalize(self.projector(pooled(feats)))
        with torch.no_grad():
            keys = F.normalize(self.teacher_projector(pooled(teacher_feats)))
            keys = gathered(keys)
            views, land = step.knowledge.views, step.knowledge.fractions
            fractions = gathered(land if views is None else views[:, -1])
            others = self.queue_fractions.to(fractions)
            similarity = land_similarity(land, torch.cat([fractions, others]))
            # The whole queue, so that no number has to leave the device.
            places = torch.arange(similarity.shape[1], device=keys.device)
            empty = (places - len(keys) >= self.queue_seen).expand_as(
                similarity
            )
        loss = soft_contrast_loss(
            queries,
            torch.cat([keys, self.queue.to(keys)]),
            similarity.masked_fill(empty, NEVER),
            self.temperature,
            self.target_temperature,
            self.own_share,
            own=places[own_rows(len(queries))],
            logits_without=empty,
        )
        if self.training:
            self.enqueue(keys, fractions)
        return self.loss_weight * loss

    @torch.no_grad()
    def enqueue(self, keys: Tensor, fractions: Tensor) -> None:
        """Replace the oldest keys of the queue by those of a batch.

        Args:
            keys (Tensor): Of all ranks, (B, D).
            fractions (Tensor): (B, K).
        """
        length = len(self.queue)
        if length:
            # A batch longer than the queue leaves its last keys there.
            first = max(len(keys) - length, 0)
            places = torch.arange(first, len(keys), device=keys.device)
            places = (self.queue_seen + places) % length
            self.queue[places] = keys[first:].to(self.queue)
            self.queue_fractions[places] = fractions[first:].to(self.queue)
        self.queue_seen += len(keys)
