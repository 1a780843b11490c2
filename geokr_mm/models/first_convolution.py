"""The convolution that takes the bands of an image."""

import copy

import torch
from torch import nn


def first_convolution(network: nn.Module) -> tuple[str, nn.Conv2d]:
    """A network's first convolution, and its name there."""
    return next(
        (name, module)
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d)
    )


def for_bands(conv: nn.Conv2d, bands: int) -> nn.Conv2d:
    """A fresh convolution like another, for another number of bands."""
    own = copy.deepcopy(conv)
    own.in_channels = bands
    own.weight = nn.Parameter(
        torch.empty(conv.out_channels, bands, *conv.kernel_size)
    )
    own.reset_parameters()
    return own
