"""Which tiles of one CRS lie near which rings."""

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from ..geometry.reproject import Rings
from .tile import Tile

# Tiles beyond this are searched with a tree instead of one by one.
FEW_TILES = 8
Box = NDArray[np.float64]


def near(
    tiles: Sequence[Tile], rings: Rings
) -> list[tuple[Tile, NDArray[np.int64], float]]:
    """Tiles and the rings whose boxes touch them.

    Rings over geographic tiles are also tried full turns east and west: they
    may reach over the antimeridian, and maps count from any meridian.

    Returns:
        list: Tile, numbers of rings, degrees to add to their longitudes.
    """
    box = rings.bounds()
    box[~np.isfinite(box).all(axis=1)] = np.nan
    bounds = np.array([tile.bounds for tile in tiles])
    turns = _turns(bounds, box) if tiles[0].geographic else [0.0]
    found = []
    for turn in turns:
        moved = box + np.array([turn, 0.0, turn, 0.0])
        for number, which in _pairs(bounds, moved):
            found.append((tiles[number], which, turn))
    return found


def _turns(bounds: Box, box: Box) -> list[float]:
    """Multiples of 360 degrees that bring some box to some tile."""
    known = box[np.isfinite(box).all(axis=1)]
    if not len(known):
        return [0.0]
    west = bounds[:, 0].min() - known[:, 2].max()
    east = bounds[:, 2].max() - known[:, 0].min()
    first, last = math.ceil(west / 360.0), math.floor(east / 360.0)
    # No turn first: sums of areas do not depend on the tiles' extent.
    turns = sorted(range(first, last + 1), key=lambda n: (abs(n), n))
    return [360.0 * n for n in turns]


def _pairs(bounds: Box, box: Box) -> list[tuple[int, NDArray[np.int64]]]:
    """Tiles and the boxes that touch their bounds."""
    if len(bounds) > FEW_TILES:
        tree = shapely.STRtree(shapely.box(*bounds.T))
        good = np.flatnonzero(np.isfinite(box).all(axis=1))
        ring, tile = tree.query(shapely.box(*box[good].T))
        order = np.lexsort((ring, tile))
        ring, tile = good[ring[order]], tile[order]
        ends = np.searchsorted(tile, np.arange(len(bounds) + 1))
        found = [ring[ends[i] : ends[i + 1]] for i in range(len(bounds))]
    else:
        found = [
            np.flatnonzero(
                (box[:, 2] > b[0]) & (box[:, 0] < b[2])
                & (box[:, 3] > b[1]) & (box[:, 1] < b[3])
            )
            for b in bounds
        ]  # fmt: skip
    return [(i, which) for i, which in enumerate(found) if len(which)]
