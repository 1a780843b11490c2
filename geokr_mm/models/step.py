"""One training step as the parts of a method see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from mmengine.logging import MessageHub
from torch import Tensor

from .knowledge import Knowledge

Features = Tensor | Sequence[Tensor]


class Outputs(NamedTuple):
    """Outputs of a network for one view of B patches.

    Attributes:
        backbone_feats (Features): Before the neck.
        feats (Features): After the neck; the same where there is none.
        logits (Tensor): Class logits of whole patches, (B, K).
    """

    backbone_feats: Features
    feats: Features
    logits: Tensor

    def of_view(self, number: int, views: int) -> 'Outputs':
        """Those of one of ``views``, see :func:`of_view`."""
        return Outputs(
            of_view(self.backbone_feats, number, views),
            of_view(self.feats, number, views),
            self.logits.chunk(views)[number],
        )


@dataclass(frozen=True)
class Step:
    """Outputs of both networks for a batch, and its targets.

    Attributes:
        student (Outputs): Of the first view.
        teacher (Outputs, optional): Of the last view, without gradient.
        knowledge (Knowledge): From the index.
        progress (float): Share of the training that is done, 0 to 1.
        others (tuple[Outputs, ...]): Of the student, for the views after the
            first that it sees.
    """

    student: Outputs
    teacher: Outputs | None
    knowledge: Knowledge
    progress: float = 0.0
    others: tuple[Outputs, ...] = ()


def training_progress() -> float:
    """Share of the iterations that are done, 0 outside a training run."""
    hub = MessageHub.get_current_instance()
    return float(
        hub.get_info('iter', 0) / max(1, hub.get_info('max_iters', 1))
    )


def teacher_of(step: Step, part: object) -> Outputs:
    """Return the teacher's outputs.

    Raises:
        ValueError: If the model has no teacher; names the part.
    """
    if step.teacher is None:
        raise ValueError(
            f'{type(part).__name__} compares with a teacher; give the model '
            'a `correction` or with_teacher=True'
        )
    return step.teacher


def pooled(feats: Features) -> Tensor:
    """Global average of the last stage.

    Args:
        feats (Features): Maps (B, C, H, W), or (B, C) where the backbone
            pools by itself; of several stages the last is used.

    Returns:
        Tensor: Shape (B, C).
    """
    last = feats if isinstance(feats, Tensor) else feats[-1]
    return last.mean(dim=(2, 3)) if last.dim() == 4 else last


def of_view(feats: Features, number: int, views: int) -> Features:
    """What belongs to one of ``views`` that went through a network as one.

    Args:
        feats (Features): Rows of all first views, then of all second ones.
    """
    if views == 1:
        return feats
    if isinstance(feats, Tensor):
        return feats.chunk(views)[number]
    return [stage.chunk(views)[number] for stage in feats]


def at_least_float32(values: Tensor) -> Tensor:
    """Raise half precision to float32; leave float32 and float64 alone.

    On a GPU, autocast does so before every softmax; on a CPU it does not.
    """
    return values.to(torch.promote_types(values.dtype, torch.float32))
