"""The teacher: a slow average of the student, and the one EMA formula."""

from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from .parts import Parts
from .step import Outputs


class Teacher(BaseModule):
    """A second network of the student's shape that no gradient reaches.

    Its state holds ``moves``, the number of its moves, -1 where a checkpoint
    of an older version lacks it, and ``start_share``, the weight that its
    start still has in the average, the product of the momenta.

    Args:
        parts (Parts): Backbone, neck and head.
        init (str): ``'copy'`` starts as the student; ``'separate'`` is
            initialised on its own, as in the published code.
        mode (str): ``'eval'`` uses averaged batch-norm statistics;
            ``'train'`` those of the batch, as in the published code.
    """

    moves: Tensor
    start_share: Tensor

    def __init__(self, parts: Parts, init: str, mode: str) -> None:
        for name, value, known in (
            ('teacher_init', init, ('copy', 'separate')),
            ('teacher_mode', mode, ('eval', 'train')),
        ):
            if value not in known:
                raise ValueError(
                    f'{name} must be one of {known}, got {value!r}'
                )
        super().__init__()
        self.init, self.mode = init, mode
        self.backbone = parts.backbone
        self.neck = parts.neck
        self.head = parts.head
        self.register_buffer('moves', torch.tensor(0))
        self.register_buffer('start_share', torch.tensor(1.0))
        self.requires_grad_(False)

    def begin(self, student: Any) -> None:
        """Start as the student, unless initialised separately."""
        if self.init == 'copy':
            self.follow(student, momentum=0.0)
        self.moves.zero_()
        self.start_share.fill_(1.0)

    def follow(
        self, student: Any, momentum: float, buffers: bool = True
    ) -> None:
        """Move towards the student, see :func:`ema_update`.

        Args:
            student (GeoKR): Its terms that have a teacher of their own move
                it with this one.
            momentum (float): Share of the teacher that is kept.
            buffers (bool): Whether buffers are averaged.
        """
        for name, part in self.named_children():
            ema_update(part, getattr(student, name), momentum, buffers)
        for term in student.terms.values():
            if hasattr(term, 'move_teacher'):
                term.move_teacher(momentum, buffers)
        self.moves += self.moves >= 0
        self.start_share *= momentum

    def train(self, mode: bool = True) -> 'Teacher':
        """Stay in evaluation mode, unless ``mode`` is ``'train'``."""
        super().train(mode and self.mode == 'train')
        return self

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any
    ) -> None:
        """Accept checkpoints of older versions, which count no moves."""
        if any(key.startswith(prefix) for key in state_dict):
            state_dict.setdefault(f'{prefix}moves', torch.tensor(-1))
            state_dict.setdefault(f'{prefix}start_share', torch.tensor(1.0))
        super()._load_from_state_dict(state_dict, prefix, *args)

    @torch.no_grad()
    def forward(self, inputs: Tensor) -> Outputs:
        """Outputs for images of shape (B, C, H, W)."""
        backbone_feats = self.backbone(inputs)
        feats = self.neck(backbone_feats) if self.neck else backbone_feats
        logits = self.head.summary(self.head(feats))
        return Outputs(backbone_feats, feats, logits)


@torch.no_grad()
def ema_update(
    teacher: nn.Module,
    student: nn.Module,
    momentum: float,
    buffers: bool = True,
) -> None:
    """Move the teacher towards the student.

    ``teacher = momentum * teacher + (1 - momentum) * student``, in place, for
    parameters and, with ``buffers``, floating-point buffers (batch-norm
    statistics). Integer buffers (counters) are copied. The published code
    leaves buffers out.

    Args:
        teacher (nn.Module): Moved in place.
        student (nn.Module): Has every tensor of the teacher by name.
        momentum (float): Share of the teacher that is kept, in [0, 1]; zero
            copies the student.
        buffers (bool): Whether buffers are averaged.
    """
    source = dict(student.named_parameters())
    names = [name for name, _ in teacher.named_parameters()]
    kept: list[Tensor] = list(teacher.parameters())
    moved: list[Tensor] = [source[name] for name in names]
    if buffers:
        source_buffers = dict(student.named_buffers())
        for name, tensor in teacher.named_buffers():
            if tensor.is_floating_point():
                kept.append(tensor)
                moved.append(source_buffers[name])
            else:
                tensor.copy_(source_buffers[name])
    if kept:
        torch._foreach_lerp_(kept, moved, 1.0 - momentum)
