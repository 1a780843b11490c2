"""One soft label from several maps, and how far it can be trusted.

The label is the weighted mean of the maps' fractions. The confidence is a
product of three numbers, each 1 where nothing is against the label:

* *agreement*: 1 less the mean distance (total variation) of the maps from
  the label;
* *accuracy*: ``1 - (1 - a)**n`` with the published accuracy ``a``, averaged
  over the maps, and ``n`` the number of maps with a class. Maps share
  sensors and training data, so a further map counts only
  :data:`INDEPENDENCE`;
* *interior*: falls towards class borders, where maps are wrong first. It is
  the share, in a cell and the cells around it in the patch, of the class that
  is the cell's largest; see :func:`interior_shares`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve

from ..landcover.fractions import Fractions

#: Years after which a map counts half.
HALF_LIFE = 5.0
#: How much of a further map's errors are its own.
INDEPENDENCE = 0.5
#: Confidence lost where a cell is all borders.
BORDER = 0.5
#: How much a cell and its neighbours count.
NEAR = np.array([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]])
Array = NDArray[np.float64]


@dataclass(frozen=True)
class SoftLabel:
    """Label of several maps for N footprints of G cells.

    Attributes:
        fractions (float32 array (N, G, K)): Zeros where no map has a class.
        confidence (float32 array (N, G)): 0 to 1; 0 where no map has a
            class.
        interior (float32 array (N, G)): 1 far from class borders.
        disagreement (float32 array (N, G)): Total variation between the
            maps, 0 to 1; 0 where fewer than two have a class.
    """

    fractions: NDArray[np.float32]
    confidence: NDArray[np.float32]
    interior: NDArray[np.float32]
    disagreement: NDArray[np.float32]


def detail(side: float, gsd: float) -> float:
    """How well map cells of ``gsd`` resolve a cell of ``side`` m, 0 to 1."""
    return min(1.0, side / gsd)


def freshness(years: float) -> float:
    """Weight of a map that many years from the image, 0 to 1."""
    return float(0.5 ** (years / HALF_LIFE))


def combine(
    maps: Sequence[Fractions],
    weights: Sequence[float],
    accuracies: Sequence[float],
) -> SoftLabel:
    """Combine several maps of the same footprints.

    Their disagreement is their mean distance from the label over the most
    that it could be, ``1 - sum of squared weights``: the total variation
    between two maps whatever their weights, and at most the weighted mean
    over pairs of more.

    Args:
        weights (sequence of float): Weight of each map; further weighed by
            its valid share of a cell.
        accuracies (sequence of float): Published accuracy of each, 0 to 1.
    """
    fractions: Array = np.stack([m.fractions for m in maps]).astype(float)
    valid: Array = np.stack([m.valid for m in maps]).astype(float)
    weight = np.asarray(weights, float)[:, None, None] * valid
    total = weight.sum(axis=0)
    share = weight / np.where(total > 0, total, 1.0)
    label = (share[..., None] * fractions).sum(axis=0)
    distance = 0.5 * np.abs(fractions - label).sum(axis=3)
    apart = (share * distance).sum(axis=0)
    square = (share**2).sum(axis=0)
    # Rounding leaves a trace of spread where a single map has a class.
    several = 1 - square > 1e-9
    disagreement = apart / np.where(several, 1 - square, 1.0) * several
    number = 1 / np.where(square > 0, square, 1.0)
    accuracy = (share * np.asarray(accuracies)[:, None, None]).sum(axis=0)
    certain = 1 - (1 - accuracy) ** (1 + INDEPENDENCE * (number - 1))
    interior = interior_shares(label, total > 0)
    confidence = (1 - apart) * certain * (1 - BORDER * (1 - interior))
    confidence[total == 0] = 0.0
    return SoftLabel(
        label.astype(np.float32),
        np.clip(confidence, 0, 1).astype(np.float32),
        interior.astype(np.float32),
        np.clip(disagreement, 0, 1).astype(np.float32),
    )


def interior_shares(label: Array, known: NDArray[np.bool_]) -> Array:
    """How far cells lie inside their class: 1 where no other class is near.

    Share of a cell's largest class in the cell and its eight neighbours,
    those that share a side counting half and those at a corner a quarter of
    the cell itself (a binomial kernel). Neighbours outside the patch, or
    unknown, are left out; a patch of one cell has none.

    Args:
        label (float64 array (N, G, K)): Class fractions of G cells, row by
            row of a square.
        known (bool array (N, G)): Cells with a label.
    """
    n, cells, k = label.shape
    side = round(cells**0.5)
    square = (n, side, side)
    counts = known.reshape(square).astype(float)
    around = label.reshape(*square, k) * counts[..., None]
    found = convolve(around, NEAR[None, ..., None], mode='constant')
    weight = convolve(counts, NEAR[None], mode='constant').reshape(n, cells)
    own = label.argmax(axis=2)[..., None]
    shares = np.take_along_axis(found.reshape(n, cells, k), own, 2)[..., 0]
    return np.asarray(shares / np.where(weight > 0, weight, 1.0), float)


def patch_confidence(
    whole: SoftLabel, cells: SoftLabel, valid: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Confidence of whole patches, their borders taken cell by cell.

    Two large fields in one patch have one border between them, while many
    small ones have many: the cells show which. ``valid`` (N, G) is how much
    each cell counts.
    """
    inside = mean_of_cells(cells.interior, valid)
    own = 1 - BORDER * (1 - whole.interior[:, 0])
    mended = whole.confidence[:, 0] * (1 - BORDER * (1 - inside)) / own
    return np.clip(mended, 0, 1).astype(np.float32)


def mean_of_cells(
    values: NDArray[np.float32], valid: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Mean over cells (N, G), each as much as it counts; 0 where none does."""
    total = valid.sum(axis=1)
    mean = (values * valid).sum(axis=1) / np.where(total > 0, total, 1)
    return np.asarray(mean, np.float32)
