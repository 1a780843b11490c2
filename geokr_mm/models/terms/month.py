"""What time of the year?"""

from typing import Any, Literal

from torch import Tensor

from geokr_mm.registry import MODELS

from ..losses.month_loss import circle_loss, soft_month_loss
from ..step import Step
from .fields import stacked
from .linear_term import LinearTerm


@MODELS.register_module()
class MonthTerm(LinearTerm):
    """Tells the month in which a patch was seen; December is near January.

    Patches without a date are left out.

    Args:
        in_channels (int): Channels of the features.
        form (str): ``'circle'`` regresses cosine and sine, see
            :func:`.circle_loss`; ``'classes'`` tells twelve months with soft
            borders, see :func:`.soft_month_loss`. Defaults to 'circle'.
        loss_weight (float): Factor of the loss. Defaults to 0.1.
        init_cfg (dict, optional): Initialisation. Defaults to a normal
            distribution of standard deviation 0.01 for the linear layer.
    """

    def __init__(
        self,
        in_channels: int,
        form: Literal['circle', 'classes'] = 'circle',
        loss_weight: float = 0.1,
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        if form not in ('circle', 'classes'):
            raise ValueError(
                f"form must be 'circle' or 'classes', got {form!r}"
            )
        width = 2 if form == 'circle' else 12
        super().__init__(in_channels, width, loss_weight, init_cfg)
        self.compare = circle_loss if form == 'circle' else soft_month_loss

    def forward(self, step: Step) -> dict[str, Tensor]:
        """Compare a batch with its months.

        Args:
            step (Step): Its samples have ``month``.

        Returns:
            dict[str, Tensor]: ``loss``.
        """
        month = stacked(step.samples, 'month').reshape(-1)
        loss = self.compare(self.told(step), month)
        return dict(loss=self.loss_weight * loss)
