"""Terms that read one linear layer off the student's features."""

from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from ..precision import at_least_float32
from ..step import Step, pooled


class LinearTerm(BaseModule):
    """A linear layer on pooled features; its loss is the subclass's.

    Args:
        in_channels (int): Channels of the features.
        out_channels (int): What is told of each patch.
        loss_weight (float): Factor of the loss.
        init_cfg (dict, optional): Initialisation. Defaults to a normal
            distribution of standard deviation 0.01 for the linear layer.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        loss_weight: float,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            init_cfg or dict(type='Normal', layer='Linear', std=0.01)
        )
        self.loss_weight = loss_weight
        self.fc = nn.Linear(in_channels, out_channels)

    def told(self, step: Step) -> Tensor:
        """What the layer tells of the student's view, (B, out_channels)."""
        return at_least_float32(self.fc(pooled(step.student_feats)))
