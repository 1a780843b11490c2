"""Where on Earth? As a smooth code of longitude and latitude."""

from typing import Any

from torch import Tensor
from torch.nn import functional as F

from geokr_mm.registry import MODELS

from ..sphere import spherical_harmonics
from ..step import Step
from .fields import stacked
from .linear_term import LinearTerm


@MODELS.register_module()
class PlaceHarmonics(LinearTerm):
    """Regresses the spherical harmonics of a patch's location.

    The code is that of SatCLIP (Klemmer et al., arXiv 2311.17179): it is
    continuous over the date line and the poles, and near places have near
    codes. The loss is the mean squared error over patches and harmonics; a
    network that always says zero has 1 in the mean over the globe.

    Args:
        in_channels (int): Channels of the features.
        degree (int): L, see :func:`.spherical_harmonics`. Defaults to 10.
        loss_weight (float): Factor of the loss. Defaults to 0.1.
        init_cfg (dict, optional): Initialisation. Defaults to a normal
            distribution of standard deviation 0.01 for the linear layer.
    """

    def __init__(
        self,
        in_channels: int,
        degree: int = 10,
        loss_weight: float = 0.1,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        if degree < 1:
            raise ValueError(f'degree must be at least 1, got {degree}')
        width = (degree + 1) ** 2 - 1
        super().__init__(in_channels, width, loss_weight, init_cfg)
        self.degree = degree

    def forward(self, step: Step) -> dict[str, Tensor]:
        """Compare a batch with its places.

        Args:
            step (Step): Its samples have ``lonlat``.

        Returns:
            dict[str, Tensor]: ``loss``.
        """
        lonlat = stacked(step.samples, 'lonlat')
        told = self.told(step)
        code = spherical_harmonics(lonlat, self.degree).to(told)
        return dict(loss=self.loss_weight * F.mse_loss(told, code))
