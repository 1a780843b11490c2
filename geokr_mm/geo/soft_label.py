"""One soft label from several maps, and how far it can be trusted.

The label is the weighted mean of what the maps say. The confidence is a
product of three numbers, each 1 where nothing speaks against the label:

* *agreement*: 1 less the mean distance (total variation) of the maps from
  the label;
* *accuracy*: ``1 - (1 - a)**n`` with the published accuracy ``a``, averaged
  over the maps, and ``n`` the number of maps that speak. Maps share sensors
  and training data, so a further map counts only :data:`INDEPENDENCE`;
* *purity*: falls with what is not the largest class. Maps are wrong at class
  borders first, and a cell of one class has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .knowledge import Fractions

#: Years after which a map counts half.
HALF_LIFE = 5.0
#: How much of a further map's errors are its own.
INDEPENDENCE = 0.5
#: Confidence lost where a cell is all borders.
BORDER = 0.5
Array = NDArray[np.float64]


@dataclass(frozen=True)
class SoftLabel:
    """What several maps say together about N footprints of G cells.

    Attributes:
        fractions (float32 array (N, G, K)): Zeros where no map knows.
        confidence (float32 array (N, G)): 0 to 1; 0 where no map knows.
        purity (float32 array (N, G)): Share of the largest class.
    """

    fractions: NDArray[np.float32]
    confidence: NDArray[np.float32]
    purity: NDArray[np.float32]


def detail(side: float, gsd: float) -> float:
    """How well cells of a map resolve a cell asked for, 0 to 1.

    Args:
        side (float): Side of the cell asked for, metres.
        gsd (float): Side of the map's cells, metres.
    """
    return min(1.0, side / gsd)


def freshness(years: float) -> float:
    """Weight of a map that many years from the image, 0 to 1."""
    return float(0.5 ** (years / HALF_LIFE))


def combine(
    said: Sequence[Fractions],
    weights: Sequence[float],
    accuracies: Sequence[float],
) -> SoftLabel:
    """Combine what several maps say about the same footprints.

    Args:
        said (sequence of Fractions): One for each map.
        weights (sequence of float): Weight of each map; further weighed by
            the share of a cell that it knows.
        accuracies (sequence of float): Published accuracy of each, 0 to 1.
    """
    fractions: Array = np.stack([s.fractions for s in said]).astype(float)
    valid: Array = np.stack([s.valid for s in said]).astype(float)
    weight = np.asarray(weights, float)[:, None, None] * valid
    total = weight.sum(axis=0)
    share = weight / np.where(total > 0, total, 1.0)
    label = (share[..., None] * fractions).sum(axis=0)
    distance = 0.5 * np.abs(fractions - label).sum(axis=3)
    agreement = 1 - (share * distance).sum(axis=0)
    square = (share**2).sum(axis=0)
    speaking = 1 / np.where(square > 0, square, 1.0)
    accuracy = (share * np.asarray(accuracies)[:, None, None]).sum(axis=0)
    certain = 1 - (1 - accuracy) ** (1 + INDEPENDENCE * (speaking - 1))
    purity = label.max(axis=2)
    confidence = agreement * certain * (1 - BORDER * (1 - purity))
    confidence[total == 0] = 0.0
    return SoftLabel(
        label.astype(np.float32),
        np.clip(confidence, 0, 1).astype(np.float32),
        purity.astype(np.float32),
    )


def patch_confidence(
    whole: SoftLabel, cells: SoftLabel, valid: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Confidence of whole patches, their purity taken cell by cell.

    Two large fields in one patch have one border between them, while many
    small ones have many: the purity of its cells tells them apart.

    Args:
        whole (SoftLabel): Of the patches, one cell each.
        cells (SoftLabel): Of their grid cells.
        valid (float32 array (N, G)): How much each cell counts.

    Returns:
        float32 array (N,): 0 to 1.
    """
    total = valid.sum(axis=1)
    pure = (cells.purity * valid).sum(axis=1) / np.where(total > 0, total, 1)
    own = 1 - BORDER * (1 - whole.purity[:, 0])
    mended = whole.confidence[:, 0] * (1 - BORDER * (1 - pure)) / own
    return np.clip(mended, 0, 1).astype(np.float32)
