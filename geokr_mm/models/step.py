"""One training step as the parts of a method see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from mmpretrain.structures import DataSample
from torch import Tensor

from .knowledge import Knowledge

Features = Tensor | Sequence[Tensor]


@dataclass(frozen=True)
class Step:
    """What both branches made of a batch of B patches.

    Attributes:
        backbone_feats (Features): The student's, of the first view.
        student_feats (Features): The same after the neck.
        student_logits (Tensor): Class logits of whole patches, (B, K).
        teacher_feats (Features, optional): Of the last view, no gradient.
        teacher_logits (Tensor, optional): (B, K), no gradient.
        knowledge (Knowledge): What the map says.
        samples (Sequence[DataSample]): For facts that few parts want.
        progress (float): Share of the run that is over, 0 to 1.
        teacher_backbone_feats (Features, optional): As ``teacher_feats``,
            before the neck. Defaults to None.
    """

    backbone_feats: Features
    student_feats: Features
    student_logits: Tensor
    teacher_feats: Features | None
    teacher_logits: Tensor | None
    knowledge: Knowledge
    samples: Sequence[DataSample]
    progress: float
    teacher_backbone_feats: Features | None = None


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
