"""How large is a pixel on the ground?"""

from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from geokr_mm.registry import MODELS

from ..step import Step, pooled
from .fields import stacked


@MODELS.register_module()
class GroundResolution(BaseModule):
    """Regresses the binary logarithm of the ground sample distance.

    A network that knows the scale of what it sees can tell a shrub from a
    forest. The loss is Huber's with its corner at 1, a factor of two: scenes
    of 0.5 m and of 5 km stand together in one index.

    ``L = Huber(told - log2(gsd / typical))``

    Args:
        in_channels (int): Channels of the features.
        typical (float): Ground sample distance in metres that a network
            starts with. Defaults to 10.0.
        loss_weight (float): Factor of the loss. Defaults to 0.1.
        init_cfg (dict, optional): Initialisation. Defaults to a normal
            distribution of standard deviation 0.01 for the linear layer.
    """

    def __init__(
        self,
        in_channels: int,
        typical: float = 10.0,
        loss_weight: float = 0.1,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            init_cfg or dict(type='Normal', layer='Linear', std=0.01)
        )
        if typical <= 0:
            raise ValueError(f'typical must be above zero, got {typical}')
        self.typical = typical
        self.loss_weight = loss_weight
        self.fc = nn.Linear(in_channels, 1)

    def forward(self, step: Step) -> dict[str, Tensor]:
        """Compare a batch with its ground sample distances.

        Args:
            step (Step): Its samples have ``gsd`` in metres.

        Returns:
            dict[str, Tensor]: ``loss``.
        """
        gsd = stacked(step.samples, 'gsd').reshape(-1)
        told = self.fc(pooled(step.student_feats))[:, 0]
        loss = F.huber_loss(told, (gsd / self.typical).log2().to(told))
        return dict(loss=self.loss_weight * loss)
