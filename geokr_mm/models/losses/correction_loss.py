"""The teacher term of GeoKR: it takes the noise out of the supervision."""

import math
from typing import Literal

import torch
from torch import Tensor, nn

from geokr_mm.registry import MODELS

from ..knowledge import require
from ..step import Step, teacher_of
from .knowledge_loss import Scaling

Form = Literal['teacher_student', 'student_teacher', 'released']
FORMS = ('teacher_student', 'student_teacher', 'released')


def correction_loss(
    student: Tensor,
    teacher: Tensor,
    form: Form = 'teacher_student',
    scaling: Scaling = 'sample',
    weight: Tensor | None = None,
) -> Tensor:
    """Divergence of student and teacher class fractions.

    With ``p`` and ``q``, the softmax of student and teacher logits:

    - ``'teacher_student'``: KL(q || p) = sum q (log q - log p), the default.
      Its minimum over the student is the teacher's own mixture.
    - ``'student_teacher'``: KL(p || q) = sum p (log p - log q).
    - ``'released'``: sum -p log q, as the published code has it. This is
      the cross-entropy with the *student* as weights, not a divergence: over
      the student its minimum is one-hot on the teacher's largest class.

    Args:
        student (Tensor): Student logits of shape (B, K).
        teacher (Tensor): Teacher logits of shape (B, K), taken as constants.
        form (str): One of the three above.
        scaling (str): ``'sample'`` divides by B, ``'released'`` by B * K.
        weight (Tensor, optional): Of each patch, (B, ).

    Returns:
        Tensor: The loss, a scalar.
    """
    log_p = torch.log_softmax(student, dim=1)
    log_q = torch.log_softmax(teacher.detach(), dim=1)
    if form == 'teacher_student':
        terms = log_q.exp() * (log_q - log_p)
    elif form == 'student_teacher':
        terms = log_p.exp() * (log_p - log_q)
    else:
        terms = -log_p.exp() * log_q
    if weight is not None:
        terms = terms * weight[:, None]
    if scaling == 'released':
        return terms.mean()
    return terms.sum(dim=1).mean()


def ramp_weight(progress: float, shape: str | None) -> float:
    """Weight of the teacher term during training.

    ``'linear'`` is the progress itself; ``'sigmoid'`` is
    ``exp(-5 (1 - progress)^2)`` of Laine and Aila, "Temporal Ensembling for
    Semi-Supervised Learning", ICLR 2017, arXiv 1610.02242.

    Args:
        progress (float): Share of the ramp that is over; clipped to [0, 1].
        shape (str, optional): ``'linear'``, ``'sigmoid'`` or None for 1.

    Returns:
        float: Weight in [0, 1].
    """
    progress = min(max(progress, 0.0), 1.0)
    if shape is None:
        return 1.0
    if shape == 'linear':
        return progress
    return math.exp(-5.0 * (1.0 - progress) ** 2)


@MODELS.register_module()
class CorrectionLoss(nn.Module):
    """Module form of :func:`correction_loss`.

    Args:
        form (str): ``'teacher_student'``, ``'student_teacher'`` or
            ``'released'``.
        scaling (str): ``'sample'`` or ``'released'``.
        loss_weight (float): Factor of the loss once the ramp is over.
        ramp (str, optional): ``'linear'`` or ``'sigmoid'``, see
            :func:`ramp_weight`. Defaults to None, full weight throughout.
        ramp_share (float): Part of the training that the ramp takes, in
            (0, 1].
        by_ground (bool): Whether a patch weighs by the ground that the
            views of student and teacher share, over what either shows.
    """

    needs = ('shared_ground',)

    def __init__(
        self,
        form: Form = 'teacher_student',
        scaling: Scaling = 'sample',
        loss_weight: float = 1.0,
        ramp: Literal['linear', 'sigmoid'] | None = None,
        ramp_share: float = 1.0,
        by_ground: bool = False,
    ) -> None:
        super().__init__()
        if form not in FORMS:
            raise ValueError(f'form must be one of {FORMS}, got {form!r}')
        if scaling not in ('sample', 'released'):
            raise ValueError(
                f"scaling must be 'sample' or 'released', got {scaling!r}"
            )
        if ramp not in (None, 'linear', 'sigmoid'):
            raise ValueError(
                f"ramp must be 'linear', 'sigmoid' or None, got {ramp!r}"
            )
        if not 0 < ramp_share <= 1:
            raise ValueError(f'ramp_share must be in (0, 1], got {ramp_share}')
        self.form: Form = form
        self.scaling: Scaling = scaling
        self.loss_weight = loss_weight
        self.ramp = ramp
        self.ramp_share = ramp_share
        self.by_ground = by_ground

    def forward(self, step: Step) -> Tensor:
        """Compare student and teacher, see :func:`correction_loss`."""
        teacher = teacher_of(step, self).logits
        ramp = ramp_weight(step.progress / self.ramp_share, self.ramp)
        shared = None
        if self.by_ground:
            shared = require(
                step.knowledge.shared_ground, 'shared_ground', self
            )
        return (self.loss_weight * ramp) * correction_loss(
            step.student.logits, teacher, self.form, self.scaling, shared
        )
