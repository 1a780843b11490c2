"""The teacher: a slow average of the student, and the one EMA formula."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
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
        self._pairs: tuple[tuple[int, bool], Pairs] | None = None
        # What forward passes and moves run in, to time them.
        self.timer: Callable[[], AbstractContextManager[Any]] = nullcontext

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
            student (GeoKR): Terms with ``teachers()``, pairs of a teacher's
                and a student's network, move theirs with this one.
            momentum (float): Share of the teacher that is kept.
            buffers (bool): Whether buffers are averaged.
        """
        key = (id(student), buffers)
        if self._pairs is None or self._pairs[0] != key:
            networks = [
                (part, getattr(student, name))
                for name, part in self.named_children()
            ]
            for term in student.terms.values():
                networks += getattr(term, 'teachers', list)()
            self._pairs = key, Pairs(networks, buffers)
        with self.timer():
            self._pairs[1].move(momentum)
        self.moves += self.moves >= 0
        self.start_share *= momentum

    def _apply(
        self, fn: Callable[[Tensor], Tensor], recurse: bool = True
    ) -> nn.Module:
        """Forget the lists of tensors, since buffers become others."""
        self._pairs = None
        return super()._apply(fn, recurse)

    def train(self, mode: bool = True) -> 'Teacher':
        """Stay in evaluation mode, unless ``mode`` is ``'train'``."""
        super().train(mode and self.mode == 'train')
        return self

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any
    ) -> None:
        """Accept checkpoints of older versions, which count no moves."""
        self._pairs = None
        if any(key.startswith(prefix) for key in state_dict):
            state_dict.setdefault(f'{prefix}moves', torch.tensor(-1))
            state_dict.setdefault(f'{prefix}start_share', torch.tensor(1.0))
        super()._load_from_state_dict(state_dict, prefix, *args)

    @torch.no_grad()
    def forward(self, inputs: Tensor) -> Outputs:
        """Outputs for images of shape (B, C, H, W)."""
        with self.timer():
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
    Pairs([(teacher, student)], buffers).move(momentum)


class Pairs:
    """Tensors of teachers beside those of their students, in flat lists.

    Args:
        networks (Sequence[tuple]): Teachers and their students.
        buffers (bool): See :func:`ema_update`.
    """

    def __init__(
        self,
        networks: Sequence[tuple[nn.Module, nn.Module]],
        buffers: bool = True,
    ) -> None:
        self.averaged: tuple[list[Tensor], list[Tensor]] = ([], [])
        self.copied: tuple[list[Tensor], list[Tensor]] = ([], [])
        for teacher, student in networks:
            self._add(teacher.named_parameters(), student.named_parameters())
            if buffers:
                self._add(teacher.named_buffers(), student.named_buffers())

    def _add(
        self,
        kept: Iterable[tuple[str, Tensor]],
        moved: Iterable[tuple[str, Tensor]],
    ) -> None:
        source = dict(moved)
        for name, tensor in kept:
            averaged = tensor.is_floating_point()
            lists = self.averaged if averaged else self.copied
            lists[0].append(tensor)
            lists[1].append(source[name])

    @torch.no_grad()
    def move(self, momentum: float) -> None:
        """Move the teachers, see :func:`ema_update`."""
        if self.averaged[0]:
            torch._foreach_lerp_(*self.averaged, 1.0 - momentum)
        if self.copied[0]:
            torch._foreach_copy_(*self.copied)
