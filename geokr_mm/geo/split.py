"""Footprints in portions: those of one tile together, neighbours in turn.

Whoever answers a portion decodes each block under it once, in one pass.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from .chunks import chunk_size
from .footprint import transformer
from .layers import lonlat_box
from .tile import Tile


class TileSplit:
    """Tells which tile a place lies in, and where in it.

    Args:
        tiles (sequence of Tile): All tiles of a product.
    """

    def __init__(self, tiles: Sequence[Tile]) -> None:
        self.tiles = tuple(tiles)
        boxes = np.array([lonlat_box(t) for t in tiles])
        self._tree = shapely.STRtree(shapely.box(*boxes.T))

    def tile_of(self, centres: NDArray[np.float64]) -> NDArray[np.int64]:
        """Number of the first tile around each place.

        Args:
            centres (float64 array (N, 2)): Longitudes and latitudes.

        Returns:
            int64 array (N,): The number of tiles where there is none.
        """
        found = np.full(len(centres), len(self.tiles), np.int64)
        # Maps may count longitudes from 0 to 360, or reach beyond 180.
        for turn in (0.0, 360.0, -360.0):
            points = shapely.points(centres + [turn, 0.0])
            place, tile = self._tree.query(points)
            np.minimum.at(found, place, tile)
        return found

    def chunk_of(
        self, centres: NDArray[np.float64], home: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Where each place lies in its tile, array (N, 3).

        Row and column of the chunk that is decoded together, and row of the
        cell in it.
        """
        found = np.zeros((len(centres), 3), np.int64)
        for number in np.unique(home[home < len(self.tiles)]):
            mine = np.flatnonzero(home == number)
            tile = self.tiles[number]
            move = transformer('EPSG:4326', tile.crs)
            x, y = move.transform(centres[mine, 0], centres[mine, 1])
            if tile.geographic:
                west = tile.bounds[0]
                x = west + (x - west) % 360.0
            inverse = ~tile.transform
            cell = np.stack(
                [
                    inverse.d * x + inverse.e * y + inverse.f,
                    inverse.a * x + inverse.b * y + inverse.c,
                ],
                axis=1,
            )
            size = (tile.height, tile.width)
            inside = np.clip(np.nan_to_num(cell), 0, np.array(size) - 1)
            found[mine, :2] = inside // chunk_size(size, tile.block)
            found[mine, 2] = inside[:, 0]
        return found

    def portions(
        self, centres: NDArray[np.float64], most: int
    ) -> list[NDArray[np.int64]]:
        """All places, some at a time.

        A portion lies in one tile and holds whole chunks of it, row by row;
        only a chunk of more than ``most`` places is divided.

        Args:
            centres (float64 array (N, 2)): Longitudes and latitudes.
            most (int): Places in a portion.

        Returns:
            list of int64 arrays: Numbers of the places; each occurs once.
        """
        home = self.tile_of(centres)
        inside = self.chunk_of(centres, home)
        turn = np.lexsort((inside[:, 2], inside[:, 1], inside[:, 0], home))
        keys = np.column_stack([home, inside[:, :2]])[turn]
        ends = np.append(
            np.flatnonzero((np.diff(keys, axis=0) != 0).any(axis=1)) + 1,
            len(turn),
        )
        found: list[NDArray[np.int64]] = []
        first = start = 0
        for end in ends:
            other = keys[start, 0] != keys[first, 0] if len(turn) else False
            if first < start and (other or end - first > most):
                found.append(turn[first:start])
                first = start
            while end - first > most:
                found.append(turn[first : first + most])
                first += most
            start = end
        if first < len(turn):
            found.append(turn[first:])
        return found
