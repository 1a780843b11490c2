"""Class fractions in one call."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .landcover import LandCover


def class_fractions(
    land_cover: LandCover,
    footprints: Any,
    crs: Any = None,
    grid: int = 1,
    invalid: str = 'error',
) -> NDArray[np.float32]:
    """Exact-area share of each class in the true footprint of patches.

    Args:
        land_cover (LandCover): The product, opened.
        footprints, crs, grid, invalid: See
            :meth:`.landcover.LandCover.coverage`.

    Returns:
        float32 array (N, grid * grid, K): Rows sum to 1, or are all zero
        where the product knows nothing of the cell.
    """
    return land_cover.fractions(footprints, crs, grid, invalid=invalid)
