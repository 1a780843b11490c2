"""Telling sea from inland water in products with one water class."""

import numpy as np
from numpy.typing import NDArray

from .legend import SeaRule
from .tile import Tile, TileReader

# Larger rasters would need their water labelled at reduced resolution.
MOST_CELLS = 2**26


def sea_mask(tile: Tile, rule: SeaRule) -> NDArray[np.bool_] | None:
    """Cells of a tile whose water belongs to a large connected body.

    Neighbours share a side; in a raster around the globe the first and the
    last column are neighbours too.

    Args:
        tile (Tile): The raster.
        rule (SeaRule): Water code and the smallest area of a sea.

    Returns:
        bool array (H, W), or None where the raster is too large.
    """
    from scipy import ndimage

    if tile.width * tile.height > MOST_CELLS:
        return None
    with TileReader(tile) as reader:
        codes = reader.read(0, 0, tile.width, tile.height)
    labels, count = ndimage.label(codes == rule.code)
    if tile.geographic and abs(tile.width * tile.transform.a) > 359.999:
        labels = _join_columns(labels, count)
    areas = np.broadcast_to(tile.row_areas(0, tile.height), (tile.height,))
    sizes = np.bincount(
        labels.ravel(),
        weights=np.repeat(areas, tile.width),
        minlength=count + 1,
    )
    large = sizes > rule.larger_than_km2 * 1e6
    large[0] = False
    return np.asarray(large[labels], np.bool_)


def _join_columns(labels: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """Give bodies that meet across the antimeridian one label."""
    name = np.arange(count + 1, dtype=np.int32)

    def root(n: int) -> int:
        while name[n] != n:
            n = int(name[n])
        return n

    for west, east in zip(labels[:, 0], labels[:, -1], strict=True):
        if west and east:
            a, b = root(int(west)), root(int(east))
            name[max(a, b)] = min(a, b)
    final = np.array([root(n) for n in range(count + 1)], np.int32)
    return final[labels]
