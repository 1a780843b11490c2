"""Learned correction of the supervision: a reconstruction of GeCo.

W. Li, K. Chen and Z. Shi, "Geographical Supervision Correction for Remote
Sensing Representation Learning", IEEE TGRS 60, 2022. Its formulae are not
public. The abstract names a correction matrix, its joint optimisation with
the network, and two priors: minor changes of the supervision and spatial
aggregation of the outputs. The terms here follow Tanaka et al., CVPR 2018
(joint optimisation, entropy term), and Yi and Wu, CVPR 2019 (PENCIL: one row
of logits a sample, compatibility term).
"""

from abc import abstractmethod
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from geokr_mm.registry import MODELS

from ..gathering import gathered
from ..knowledge import Knowledge, require
from ..step import Step

# Classes that a map gives no share can still be learned, from this floor.
FLOOR = 1e-3


def correction_terms(
    corrected: Tensor,
    mapped: Tensor,
    logits: Tensor,
    minor_changes: float,
    aggregation: float,
) -> Tensor:
    """Terms beside the cross-entropy of corrected labels and network.

    With corrected labels q, mapped fractions y and p = softmax(logits)::

        L = 1/B sum_b [ -H(q) + a KL(q || y) + b H(p) ]

    With the label term CE(q, p) that is KL(q || p), and priors that q is
    near the map (a, minor changes) and p decided (b, spatial aggregation).

    Args:
        corrected (Tensor): q, shape (B, K).
        mapped (Tensor): y, shape (B, K); shares below ``FLOOR`` count as
            that.
        logits (Tensor): Of the student, (B, K).
        minor_changes (float): a.
        aggregation (float): b.

    Returns:
        Tensor: A scalar.
    """
    log_q = corrected.clamp_min(1e-12).log()
    log_p = logits.log_softmax(dim=1)
    away = (corrected * (log_q - floored(mapped).log())).sum(dim=1)
    negative_entropy = (corrected * log_q).sum(dim=1)
    blur = -(log_p.exp() * log_p).sum(dim=1)
    terms = negative_entropy + minor_changes * away + aggregation * blur
    # A patch without any label has nothing to correct.
    return (terms * (mapped.sum(dim=1) > 0)).mean()


def floored(fractions: Tensor) -> Tensor:
    """Fractions with a floor under every class, rows summing to 1."""
    raised = fractions.clamp_min(FLOOR)
    return raised / raised.sum(dim=1, keepdim=True)


class LabelCorrection(nn.Module):
    """Base of both forms of the correction.

    Args:
        num_classes (int): K.
        minor_changes (float): Weight a of staying near the map.
        aggregation (float): Weight b of decided outputs.
        warm_up (float): Share of the run before labels are corrected.
    """

    def __init__(
        self,
        num_classes: int,
        minor_changes: float,
        aggregation: float,
        warm_up: float,
    ) -> None:
        super().__init__()
        if not 0 <= warm_up <= 1:
            raise ValueError(f'warm_up must be in [0, 1], got {warm_up}')
        self.num_classes = num_classes
        self.minor_changes = minor_changes
        self.aggregation = aggregation
        self.warm_up = warm_up

    @abstractmethod
    def corrected(self, fractions: Tensor, rows: Tensor | None) -> Tensor:
        """Corrected labels, (B, K); zero where the map has no class.

        Args:
            fractions (Tensor): Mapped fractions, (B, K).
            rows (Tensor, optional): Row of each patch in the index, (B, ).
        """

    @torch.no_grad()
    def settled(self, fractions: Tensor, rows: Tensor | None) -> Tensor:
        """Corrected labels to keep after a run, as :meth:`corrected`."""
        return self.corrected(fractions, rows)

    def forward(self, step: Step) -> tuple[Knowledge, dict[str, Tensor]]:
        """Knowledge with corrected fractions, and the added loss."""
        knowledge = step.knowledge
        if step.progress < self.warm_up:
            # Distributed training stops at a parameter without a gradient.
            idle = [0.0 * weight.sum() for weight in self.parameters()]
            if not idle:
                return knowledge, {}
            return knowledge, dict(
                loss_label_correction=torch.stack(idle).sum()
            )
        labels = self.corrected(knowledge.fractions, knowledge.rows)
        loss = correction_terms(
            labels,
            knowledge.fractions,
            step.student.logits,
            self.minor_changes,
            self.aggregation,
        )
        return (
            replace(knowledge, fractions=labels),
            dict(loss_label_correction=loss + self._unit()),
        )

    def _unit(self) -> Tensor | float:
        """What is added to the loss, of value zero."""
        return 0.0


@MODELS.register_module()
class PatchCorrection(LabelCorrection):
    """One row of logits for each patch: q_i = softmax(log y_i + c_i).

    The table is a buffer, saved and resumed with the model. A batch touches
    its own rows only, and :class:`geokr_mm.PartsHook` moves them after each
    iteration with a rate of their own. In distributed runs every process
    holds the whole table and gathers the moves of the others.

    Args:
        num_classes (int): K.
        num_patches (int): Rows of the table; the hook sets it to the number
            of patches where it is 0.
        lr (float): Rate of the rows, for the loss of one patch.
        minor_changes (float): See the base. Defaults to 4.0, the odds that
            a land-cover map of 80 % accuracy is right; PENCIL's 0.4, meant
            for other labels, took them away from a better map.
        aggregation (float): Defaults to 0.1, PENCIL's entropy term.
        warm_up (float):
    """

    needs = ('row',)
    offsets: Tensor

    def __init__(
        self,
        num_classes: int,
        num_patches: int = 0,
        lr: float = 1.0,
        minor_changes: float = 4.0,
        aggregation: float = 0.1,
        warm_up: float = 0.3,
    ) -> None:
        super().__init__(num_classes, minor_changes, aggregation, warm_up)
        self.lr = lr
        self.register_buffer('offsets', torch.zeros(num_patches, num_classes))
        self._open: tuple[Tensor, Tensor, Tensor] | None = None

    def prepare(self, dataset: Any) -> None:
        """Give the table a row for each patch of a training set."""
        self.resize(dataset.num_rows)

    def resize(self, num_patches: int) -> None:
        """Start a table of so many rows, unless it has them already."""
        if len(self.offsets) != num_patches:
            self.offsets = self.offsets.new_zeros(
                num_patches, self.num_classes
            )

    def corrected(self, fractions: Tensor, rows: Tensor | None) -> Tensor:
        """See the base; in training the rows are kept for the move.

        Raises:
            ValueError: If rows are missing or beyond the table.
        """
        rows = require(rows, 'row', self)
        # A GPU checks by itself, and is not waited for.
        here = rows.device.type == 'cpu' and len(rows)
        if here and int(rows.max()) >= len(self.offsets):
            raise ValueError(
                f'row {int(rows.max())} is beyond the {len(self.offsets)} '
                'rows of PatchCorrection; add geokr_mm.PartsHook or set '
                'num_patches'
            )
        moved = self.offsets[rows]
        if self.training and torch.is_grad_enabled():
            moved = moved.detach().requires_grad_()
            unit = moved.new_ones((), requires_grad=True)
            self._open = (rows, moved, unit)
        labels = (floored(fractions).log() + moved).softmax(dim=1)
        return labels * (fractions.sum(dim=1, keepdim=True) > 0)

    def _unit(self) -> Tensor | float:
        """Zero, with a gradient of 1.

        Its gradient is the factor of the whole loss: the loss scale of mixed
        precision over the number of accumulated iterations.
        """
        if self._open is None:
            return 0.0
        unit = self._open[2]
        return unit - unit.detach()

    @torch.no_grad()
    def settled(self, fractions: Tensor, rows: Tensor | None) -> Tensor:
        """See the base; the map's own where a row has not moved."""
        labels = self.corrected(fractions, rows)
        moved = self.offsets[rows].any(dim=1, keepdim=True)
        return torch.where(moved, labels, fractions)

    @torch.no_grad()
    def after_iteration(self) -> None:
        """Move the rows of the last batch against their gradient."""
        if self._open is None or self._open[1].grad is None:
            return
        rows, moved, unit = self._open
        self._open = None
        assert moved.grad is not None and unit.grad is not None
        # The loss is a mean over the batch; the rate is for one patch.
        steps = moved.grad / unit.grad * (self.lr * len(rows))
        rows, steps = gathered(rows), gathered(steps)
        # Float16 overflows where the loss scale is too large.
        steps = torch.where(steps.isfinite(), steps, 0.0)
        self.offsets.index_add_(0, rows, -steps.to(self.offsets))


@MODELS.register_module()
class ClassCorrection(LabelCorrection):
    """One matrix for all patches: q_i = y_i T, rows of T sum to 1.

    T = softmax(logits) by rows starts near the identity and is a parameter
    like any other; give it a rate of its own with ``paramwise_cfg=dict(
    custom_keys={'label_correction': dict(lr_mult=10)})``.

    Args:
        num_classes (int): K.
        start (float): Logit of the diagonal at the start. Defaults to 6.0,
            which keeps 98 % or more of each class of ten.
        minor_changes (float): See the base.
        aggregation (float):
        warm_up (float):
    """

    def __init__(
        self,
        num_classes: int,
        start: float = 6.0,
        minor_changes: float = 4.0,
        aggregation: float = 0.1,
        warm_up: float = 0.3,
    ) -> None:
        super().__init__(num_classes, minor_changes, aggregation, warm_up)
        self.logits = nn.Parameter(start * torch.eye(num_classes))

    @property
    def matrix(self) -> Tensor:
        """T, shape (K, K): row i is the true mixture of mapped class i."""
        return self.logits.softmax(dim=1)

    def corrected(self, fractions: Tensor, rows: Tensor | None) -> Tensor:
        """See the base."""
        # No matrix product: autocast would round it to half precision.
        return (fractions[..., None] * self.matrix).sum(dim=-2)
