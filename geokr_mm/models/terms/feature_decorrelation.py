"""Decorrelation of the backbone's features."""

from mmengine.model import BaseModule
from torch import Tensor

from geokr_mm.registry import MODELS

from ..losses.decorrelation_loss import decorrelation_loss
from ..step import Step, pooled


@MODELS.register_module()
class FeatureDecorrelation(BaseModule):
    """Spreads the backbone's features over many directions.

    Ten or twenty class fractions need no more directions than that of a
    backbone, and a linear layer trained on few labels gains from more. The
    term reads what is exported, the pooled last stage before any neck, and
    has no weights. In distributed runs each process reads its own batch. See
    :func:`.decorrelation_loss`.

    Args:
        loss_weight (float): Factor of the loss. Defaults to 0.3.
    """

    def __init__(self, loss_weight: float = 0.3) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, step: Step) -> Tensor:
        """The loss of a batch, a scalar."""
        features = pooled(step.student.backbone_feats)
        return self.loss_weight * decorrelation_loss(features)
