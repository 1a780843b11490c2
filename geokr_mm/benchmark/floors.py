"""Features without pre-training, which any method should be above."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from .features import ARCHITECTURE, batches, build_backbone, extract

FILTERS, SIDE = 256, 5
Features = NDArray[np.float64]
Pixels = NDArray[np.uint8]
Tensors = dict[str, Tensor]
# Takes images (N, 3, S, S), patches of the pre-training set, a seed and the
# weights of a start, if there are any.
Floor = Callable[[Pixels, Pixels, int, Tensors | None], Features]


def colour_statistics(
    pixels: Pixels, sample: Pixels, seed: int, tensors: Tensors | None
) -> Features:
    """Mean, deviation, minimum and maximum of each band, (N, 12)."""
    found = []
    for images in batches(pixels):
        flat = images.flatten(2).double()
        low, high = flat.aminmax(dim=2)
        found.append(torch.cat([flat.mean(2), flat.std(2), low, high], dim=1))
    return torch.cat(found).numpy()


def convolutional_features(
    pixels: Pixels, sample: Pixels, seed: int, tensors: Tensors | None
) -> Features:
    """Mean response to whitened pieces of the pre-training images, (N, 512).

    After MOSAIKS (Rolf et al., Nature Communications 2021): both signs of
    each filter's response, less 1, rectified.
    """
    # Few images hold more than enough of them.
    pieces = F.unfold(next(batches(sample)), SIDE)
    pieces = pieces.transpose(1, 2).flatten(0, 1)
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(pieces), generator=generator)
    pieces = pieces[chosen[: 100 * FILTERS]]
    pieces = pieces - pieces.mean(0)
    values, vectors = torch.linalg.eigh(torch.cov(pieces.T))
    whiten = vectors @ torch.diag((values + 1e-2).rsqrt()) @ vectors.T
    filters = F.normalize(pieces[:FILTERS] @ whiten, dim=1) @ whiten
    kernel = filters.view(FILTERS, -1, SIDE, SIDE)
    found = []
    for images in batches(pixels):
        response = F.conv2d(images, kernel)
        both = torch.cat([response, -response], dim=1)
        found.append(F.relu(both - 1).mean(dim=(2, 3)).double())
    return torch.cat(found).numpy()


def calibrated_start(
    pixels: Pixels, sample: Pixels, seed: int, tensors: Tensors | None
) -> Features:
    """The start itself; its batch norm has seen the pre-training images."""
    backbone = build_backbone(ARCHITECTURE, tensors, seed)
    for module in backbone.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            # The mean over all batches, not a moving one.
            module.momentum = None
            module.train()
    with torch.no_grad():
        for images in batches(sample):
            backbone(images)
    return extract(backbone, pixels)


def random_start(
    pixels: Pixels, sample: Pixels, seed: int, tensors: Tensors | None
) -> Features:
    """The start itself, as it is."""
    return extract(build_backbone(ARCHITECTURE, tensors, seed), pixels)


FLOORS: dict[str, Floor] = {
    'colour statistics': colour_statistics,
    'convolutional features': convolutional_features,
    'calibrated start': calibrated_start,
    'random start': random_start,
}
