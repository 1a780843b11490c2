"""How few directions the features of a batch lie along."""

import torch
from torch import Tensor

from ..precision import at_least_float32

# Added to each channel's variance; a channel that is always zero stays so.
EPSILON = 1e-4


def decorrelation_loss(features: Tensor) -> Tensor:
    """Logarithm of how many directions are missing.

    With Z, the features with mean 0 and variance 1 in each channel over the
    batch, and p, the eigenvalues of their correlation matrix as shares of
    its trace::

        L = log((B - 1) sum_i p_i^2)

    ``1 / sum p_i^2`` is the participation ratio, an effective rank: B - 1
    where a batch of B lies evenly along as many directions as it can, 1
    where all features tell the same. So L is between 0 and log(B - 1). The
    eigenvalues are not computed: the sum of their squares is the squared
    norm of the Gram matrix Z Z^T, which VICReg's covariance term (Bardes et
    al., ICLR 2022) holds too. How far the effective rank tells what
    features are worth downstream: RankMe (Garrido et al., ICML 2023).

    Args:
        features (Tensor): Of B patches, (B, D).

    Returns:
        Tensor: The loss, a scalar; zero for one or two patches, which have
        one direction at the most.
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
    # Features that do not vary at all count as one direction, and not as 0/0.
    tiny = torch.finfo(gram.dtype).tiny ** 0.5
    squares = gram.square().sum() + tiny
    trace = gram.diagonal().sum().square() + tiny
    return ((len(rows) - 1) * squares / trace).log()
