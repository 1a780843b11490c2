"""The teacher: a slow average of the student, and the one EMA formula."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn


class Teacher(BaseModule):
    """A second network of the student's shape that no gradient reaches.

    It knows how far it has come, as part of its state: ``moves`` counts its
    moves, -1 where a checkpoint of an older version does not tell, and
    ``start_share`` is the weight that its start still has in the average,
    the product of the momenta.

    Args:
        backbone (nn.Module): Backbone of the teacher.
        head (nn.Module): Head of the teacher.
        neck (nn.Module, optional): Between the two. Defaults to None.
    """

    moves: Tensor
    start_share: Tensor

    def __init__(
        self,
        backbone: nn.Module,
        head: nn.Module,
        neck: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.head: Any = head
        self.neck = neck
        self.register_buffer('moves', torch.tensor(0))
        self.register_buffer('start_share', torch.tensor(1.0))
        self.requires_grad_(False)

    def count_move(self, momentum: float) -> None:
        """Note a move.

        Args:
            momentum (float): Share of the teacher that was kept.
        """
        self.moves += self.moves >= 0
        self.start_share *= momentum

    def count_from_here(self) -> None:
        """Note that the present state is the start."""
        self.moves.zero_()
        self.start_share.fill_(1.0)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any
    ) -> None:
        """Take checkpoints of older versions, which count no moves."""
        if any(key.startswith(prefix) for key in state_dict):
            state_dict.setdefault(f'{prefix}moves', torch.tensor(-1))
            state_dict.setdefault(f'{prefix}start_share', torch.tensor(1.0))
        super()._load_from_state_dict(state_dict, prefix, *args)

    def extract_feat(self, inputs: Tensor) -> Tensor | Sequence[Tensor]:
        """Features of images of shape (B, C, H, W), after the neck."""
        return self.after_neck(self.backbone(inputs))

    def after_neck(
        self, feats: Tensor | Sequence[Tensor]
    ) -> Tensor | Sequence[Tensor]:
        """What the neck, where there is one, makes of features."""
        return feats if self.neck is None else self.neck(feats)

    @torch.no_grad()
    def forward(self, inputs: Tensor) -> Tensor:
        """Logits of shape (B, K) for images of shape (B, C, H, W)."""
        return self.head.summary(self.head(self.extract_feat(inputs)))


@torch.no_grad()
def ema_update(
    teacher: nn.Module,
    student: nn.Module,
    momentum: float,
    buffers: bool = True,
) -> None:
    """Move the teacher towards the student.

    ``teacher = momentum * teacher + (1 - momentum) * student``, in place, for
    parameters and, where asked, floating-point buffers (batch-norm
    statistics). Integer buffers (counters) are copied. The published code
    leaves buffers out.

    Args:
        teacher (nn.Module): Moved in place.
        student (nn.Module): Has every tensor of the teacher by name.
        momentum (float): Share of the teacher that is kept, in [0, 1]; zero
            copies the student.
        buffers (bool): Whether buffers take part. Defaults to True.
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
