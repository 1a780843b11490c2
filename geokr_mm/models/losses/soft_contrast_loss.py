"""Contrast whose targets are how alike the land under two patches is."""

import torch
from torch import Tensor

from ..precision import at_least_float32


def jensen_shannon(one: Tensor, other: Tensor) -> Tensor:
    """Jensen-Shannon divergence of every pair of class fractions.

    With m = (a + b) / 2 and the entropy H in bits (J. Lin, "Divergence
    Measures Based on the Shannon Entropy", IEEE Trans. Inf. Theory 1991)::

        JSD(a, b) = H(m) - (H(a) + H(b)) / 2

    It is symmetric, 0 for equal fractions and 1 where no class is shared.

    Args:
        one (Tensor): Rows that sum to 1, (N, K).
        other (Tensor): Rows that sum to 1, (M, K).

    Returns:
        Tensor: Shape (N, M), in [0, 1].
    """

    def bits(rows: Tensor) -> Tensor:
        return torch.special.entr(rows).sum(dim=-1) / torch.log(
            rows.new_tensor(2.0)
        )

    middle = 0.5 * (one[:, None] + other[None])
    apart = bits(middle) - 0.5 * (bits(one)[:, None] + bits(other)[None])
    return apart.clamp(0.0, 1.0)


def land_similarity(one: Tensor, other: Tensor) -> Tensor:
    """1 - JSD of class fractions; 0 with a patch of which nothing is known.

    Args:
        one (Tensor): Class fractions, (N, K); a row of zeros is not known.
        other (Tensor): The same, (M, K).

    Returns:
        Tensor: Shape (N, M), in [0, 1].
    """
    known = (one.sum(dim=1) > 0)[:, None] & (other.sum(dim=1) > 0)[None]
    return (1.0 - jensen_shannon(one, other)) * known


def soft_contrast_loss(
    queries: Tensor,
    keys: Tensor,
    similarity: Tensor,
    temperature: float = 0.2,
    target_temperature: float = 0.1,
    own_share: float = 0.0,
) -> Tensor:
    """Cross-entropy of who looks alike with whose land is alike.

    Row i of ``queries`` and row i of ``keys`` are the same patch; further
    keys are other patches. With queries u and keys v of unit length and
    similarities w, where w_ii = 1::

        t_ij = o [i = j] + (1 - o) softmax_j(w_ij / target_temperature)
        L = 1/B sum_i sum_j -t_ij log softmax_j(u_i . v_j / temperature)

    A low ``target_temperature`` leaves the own pair only if no other patch
    has the same land; that is InfoNCE. So is o = 1, whatever the land.

    Args:
        queries (Tensor): Unit rows of shape (B, D).
        keys (Tensor): Unit rows of shape (M, D), M >= B; no gradient.
        similarity (Tensor): In [0, 1], shape (B, M).
        temperature (float): Of the logits. Defaults to 0.2.
        target_temperature (float): Of the targets. Defaults to 0.1.
        own_share (float): o, the part of each target that is the own pair's
            alone, in [0, 1]. Defaults to 0.0.

    Returns:
        Tensor: The loss, a scalar.
    """
    own = torch.arange(len(queries), device=queries.device)
    similarity = similarity.index_put(
        (own, own), similarity.new_ones(len(own))
    )
    targets = (similarity.detach() / target_temperature).softmax(dim=1)
    targets = (1.0 - own_share) * targets
    targets[own, own] += own_share
    logits = at_least_float32(queries @ keys.detach().T) / temperature
    return -(targets * logits.log_softmax(dim=1)).sum(dim=1).mean()
