"""Class fractions in one call."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .landcover import LandCover


def class_fractions(
    land_cover: LandCover, footprints: Any, crs: str, grid: int = 1
) -> NDArray[np.float32]:
    """Exact-area share of each class in the true footprint of patches.

    Args:
        land_cover (LandCover): The product, opened.
        footprints (array (N, 4, 2) or sequence of polygons): See
            :meth:`.landcover.LandCover.coverage`.
        crs (str): Their CRS.
        grid (int): Cells along each side.

    Returns:
        float32 array (N, grid * grid, K): Rows sum to 1, or are all zero
        where the product knows nothing of the cell.
    """
    return land_cover.fractions(footprints, crs, grid)
