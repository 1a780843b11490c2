"""How far a predicted month is from the true one, around the year."""

import math

import torch
from torch import Tensor


def month_angle(month: Tensor) -> Tensor:
    """Angle of a month's middle; the year is a full turn from 1 January."""
    return (month - 0.5) * (2.0 * math.pi / 12.0)


def circle_loss(told: Tensor, month: Tensor) -> Tensor:
    """Mean squared distance to the month's point on the unit circle.

    Args:
        told (Tensor): Cosine and sine as predicted, (B, 2).
        month (Tensor): 1 to 12, NaN where unknown, (B, ).

    Returns:
        Tensor: Mean over known patches and both coordinates, a scalar; zero
        where none is known.
    """
    known = ~month.isnan()
    angle = month_angle(torch.where(known, month, 0.5)).to(told)
    point = torch.stack([angle.cos(), angle.sin()], dim=1)
    apart = ((told - point) ** 2).mean(dim=1) * known
    return apart.sum() / known.sum().clamp_min(1)


def soft_month_loss(
    logits: Tensor, month: Tensor, concentration: float = 4.0
) -> Tensor:
    """Cross-entropy with twelve months of which the near ones count too.

    The targets are a von Mises distribution over the months::

        t_k = softmax_k(concentration * cos(2 pi (k - month) / 12))

    Args:
        logits (Tensor): January to December, (B, 12).
        month (Tensor): 1 to 12, NaN where unknown, (B, ).
        concentration (float): Defaults to 4.0: 0.40 on the month itself,
            0.24 on each neighbour.

    Returns:
        Tensor: Mean over known patches, a scalar; zero where none is known.
    """
    known = ~month.isnan()
    angle = month_angle(torch.where(known, month, 1.0)).to(logits)
    months = torch.arange(1, 13).to(logits)
    turns = (month_angle(months)[None] - angle[:, None]).cos()
    targets = (concentration * turns).softmax(dim=1)
    terms = -(targets * logits.log_softmax(dim=1)).sum(dim=1) * known
    return terms.sum() / known.sum().clamp_min(1)
