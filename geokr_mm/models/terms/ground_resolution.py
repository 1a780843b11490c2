"""How large is a pixel on the ground?"""

from typing import Any

from torch import Tensor
from torch.nn import functional as F

from geokr_mm.registry import MODELS

from ..step import Step
from .fields import stacked
from .linear_term import LinearTerm


@MODELS.register_module()
class GroundResolution(LinearTerm):
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
        if typical <= 0:
            raise ValueError(f'typical must be above zero, got {typical}')
        super().__init__(in_channels, 1, loss_weight, init_cfg)
        self.typical = typical

    def forward(self, step: Step) -> dict[str, Tensor]:
        """Compare a batch with its ground sample distances.

        Args:
            step (Step): Its samples have ``gsd`` in metres.

        Returns:
            dict[str, Tensor]: ``loss``.
        """
        gsd = stacked(step.samples, 'gsd').reshape(-1)
        told = self.told(step)[:, 0]
        loss = F.huber_loss(told, (gsd / self.typical).log2().to(told))
        return dict(loss=self.loss_weight * loss)
