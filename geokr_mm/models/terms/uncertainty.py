"""Learned weights of the losses."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from geokr_mm.registry import MODELS


@MODELS.register_module()
class UncertaintyWeights(nn.Module):
    """Weighs each loss by how uncertain its task is: exp(-s) L + s.

    A. Kendall, Y. Gal and R. Cipolla, "Multi-Task Learning Using Uncertainty
    to Weigh Losses", CVPR 2018, with s = log sigma^2 and without the factors
    of 1/2. Each s is learned and starts at 0, where all weights are 1. Over s
    alone the minimum is at s = log L, so that each loss comes to weigh one
    over its size. A loss of exactly zero, as where no patch of a batch has a
    date, leaves its s alone.

    Give it a rate of its own, for a short run moves s little:
    ``paramwise_cfg=dict(custom_keys={'uncertainty': dict(lr_mult=10,
    decay_mult=0)})``.

    Leave out what a ramp scales: a loss that is small because its ramp has
    not begun would get a large weight.

    Args:
        names (Sequence[str]): Losses to weigh, such as ``loss_knowledge``
            and ``loss_place`` of a term called ``place``; others stay as
            they are.
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)
        self.log_variances = nn.Parameter(torch.zeros(len(self.names)))

    def forward(self, losses: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Weigh losses.

        Args:
            losses (Mapping[str, Tensor]): Scalars by name.

        Returns:
            dict[str, Tensor]: The same with those of ``names`` weighed, and
            each ``log_variance_NAME`` to watch.

        Raises:
            ValueError: If a name is not among the losses.
        """
        missing = [name for name in self.names if name not in losses]
        if missing:
            raise ValueError(
                f'UncertaintyWeights weighs {", ".join(missing)}, but the '
                f'losses are {", ".join(losses)}'
            )
        weighed = dict(losses)
        for name, s in zip(self.names, self.log_variances, strict=True):
            loss = losses[name]
            weighed[name] = torch.where(
                loss == 0, loss, torch.exp(-s) * loss + s
            )
            short = name.removeprefix('loss_')
            weighed[f'log_variance_{short}'] = s.detach()
        return weighed
