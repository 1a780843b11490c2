"""Features shall not all tell the same."""

from mmengine.model import BaseModule
from torch import Tensor

from geokr_mm.registry import MODELS

from ..losses.decorrelation_loss import decorrelation_loss
from ..step import Step, pooled


@MODELS.register_module()
class FeatureDecorrelation(BaseModule):
    """Spreads the backbone's features over many directions.

    Class fractions of some ten or twenty classes ask a backbone for no more
    directions than that. A linear layer trained on few labels finds more in
    features that differ. See :func:`.decorrelation_loss`.

    It looks at what is exported, the pooled last stage before any neck, and
    has no weights. In distributed runs each process judges its own batch.

    Args:
        loss_weight (float): Factor of the loss. Defaults to 0.3.
    """

    def __init__(self, loss_weight: float = 0.3) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, step: Step) -> dict[str, Tensor]:
        """Judge a batch.

        Args:
            step (Step): Of training.

        Returns:
            dict[str, Tensor]: ``loss``.
        """
        features = pooled(step.backbone_feats)
        return dict(loss=self.loss_weight * decorrelation_loss(features))
