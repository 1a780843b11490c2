"""Decorrelation: raises the effective rank of the backbone's features."""

import torch
from mmengine.model import BaseModule
from torch import Tensor

from geokr_mm.registry import MODELS

from ..gathering import gathered
from ..step import Step, at_least_float32, pooled

# Added to each channel's variance; a channel that is always zero stays so.
EPSILON = 1e-4


def decorrelation_loss(features: Tensor) -> Tensor:
    """Logarithm of the largest effective rank over the effective rank.

    With Z, the features with mean 0 and variance 1 in each channel over the
    batch, and p, the eigenvalues of their correlation matrix as shares of
    its trace::

        L = log((B - 1) sum_i p_i^2)

    ``1 / sum p_i^2`` is the participation ratio, an effective rank between 1
    and B - 1, so L is between 0 and log(B - 1). The sum of squares is the
    squared norm of the Gram matrix Z Z^T, which VICReg's covariance term
    (Bardes et al., ICLR 2022) holds too. On the effective rank and downstream
    accuracy see RankMe (Garrido et al., ICML 2023).

    Args:
        features (Tensor): Of B patches, (B, D).

    Returns:
        Tensor: A scalar; zero for one or two patches.
    """
    if len(features) < 3:
        return features.new_zeros(())
    rows = at_least_float32(features)
    mean = rows.mean(dim=0)
    variance = rows.var(dim=0, unbiased=False)
    # Autocast would round the product to half precision.
    with torch.autocast(rows.device.type, enabled=False):
        even = (rows - mean) / (variance + EPSILON).sqrt()
        gram = even @ even.T / even.shape[1]
    # Features that do not vary count as one direction, not as 0/0.
    tiny = torch.finfo(gram.dtype).tiny ** 0.5
    squares = gram.square().sum() + tiny
    trace = gram.diagonal().sum().square() + tiny
    return ((len(rows) - 1) * squares / trace).log()


@MODELS.register_module()
class FeatureDecorrelation(BaseModule):
    """Spreads the backbone's features over many directions.

    Ten or twenty class fractions need no more directions than that of a
    backbone, and a linear layer trained on few labels gains from more. The
    term reads what is exported, the pooled last stage before any neck, and
    has no weights. In distributed runs it reads the patches of all processes.
    See :func:`.decorrelation_loss`.

    Args:
        loss_weight (float): Factor of the loss.
    """

    def __init__(self, loss_weight: float = 0.3) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, step: Step) -> Tensor:
        """The loss of a batch, a scalar."""
        features = pooled(step.student.backbone_feats)
        rows = gathered(at_least_float32(features))
        return self.loss_weight * decorrelation_loss(rows)
