"""Footprints in batches: those of one tile together, neighbours in turn.

The process that measures a batch decodes each block under it once.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from ..core.crs import transformer
from ..geometry.rings import as_rings
from .block_reads import chunk_size
from .tile import Tile
from .tile_index import lonlat_box

#: Consecutive places in one chunk: the tile, row and column of the chunk in
#: it, row of the first place's cell in the tile, number of the first place,
#: and how many places there are.
RUN = np.dtype(
    [
        ('tile', np.int32),
        ('row', np.int32),
        ('column', np.int32),
        ('cell', np.int32),
        ('start', np.int64),
        ('count', np.int64),
    ]
)


class ChunkLocator:
    """Finds the tile that a place lies in, and its chunk in it."""

    def __init__(self, tiles: Sequence[Tile]) -> None:
        self.tiles = tuple(tiles)
        boxes = np.array([lonlat_box(t) for t in tiles])
        self._tree = shapely.STRtree(shapely.box(*boxes.T))

    def tile_of(self, centres: NDArray[np.float64]) -> NDArray[np.int64]:
        """Number of the first tile around places (N, 2), in degrees.

        Where there is none it is the number of tiles.
        """
        found = np.full(len(centres), len(self.tiles), np.int64)
        # Maps may count longitudes from 0 to 360, or reach beyond 180.
        for turn in (0.0, 360.0, -360.0):
            points = shapely.points(centres + [turn, 0.0])
            place, tile = self._tree.query(points)
            np.minimum.at(found, place, tile)
        return found

    def chunk_of(
        self, centres: NDArray[np.float64], tiles: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Row and column of each place's chunk, and its row in the tile."""
        found = np.zeros((len(centres), 3), np.int64)
        for number in np.unique(tiles[tiles < len(self.tiles)]):
            here = np.flatnonzero(tiles == number)
            tile = self.tiles[number]
            move = transformer('EPSG:4326', tile.crs)
            x, y = move.transform(*centres[here].T)
            if tile.geographic:
                west = tile.bounds[0]
                x = west + (x - west) % 360.0
            there = as_rings(np.stack([x, y], axis=1)[:, None])
            cell = tile.to_pixels(there).points[:, ::-1]
            size = (tile.height, tile.width)
            inside = np.clip(np.nan_to_num(cell), 0, np.array(size) - 1)
            found[here, :2] = inside // chunk_size(size, tile.block)
            found[here, 2] = inside[:, 0]
        return found

    def runs(
        self, centres: NDArray[np.float64], numbers: NDArray[np.int64]
    ) -> NDArray[np.void]:
        """Places of one chunk with consecutive numbers, each a :data:`RUN`.

        Args:
            centres (float64 array (N, 2)): Longitudes and latitudes.
            numbers (int64 array (N,)): Numbers of the places, ascending.
        """
        tiles = self.tile_of(centres)
        inside = self.chunk_of(centres, tiles)
        key = np.column_stack([tiles, inside[:, :2]])
        new = (np.diff(key, axis=0) != 0).any(axis=1) | (np.diff(numbers) > 1)
        begin = np.append(0, np.flatnonzero(new) + 1)[: len(numbers)]
        found = np.empty(len(begin), RUN)
        found['tile'], found['row'], found['column'] = key[begin].T
        found['cell'] = inside[begin, 2]
        found['start'] = numbers[begin]
        found['count'] = np.diff(begin, append=len(numbers))
        return found


def chunk_batches(
    chunks: NDArray[np.integer], counts: NDArray[np.int64], most: int
) -> Iterator[list[tuple[int, int, int]]]:
    """Sorted entries in batches of one tile and of whole chunks.

    Args:
        chunks (int array (E, 3)): Tile, row and column of each entry's
            chunk, sorted.
        counts (int64 array (E,)): Places of each entry.
        most (int): Places in a batch; only a chunk of more is divided.

    Yields:
        list: Entry, and the first and the end of the places taken from it.
    """
    new = np.append(True, (np.diff(chunks, axis=0) != 0).any(axis=1))
    starts = np.flatnonzero(new[: len(chunks)])
    sizes = np.add.reduceat(counts, starts) if len(starts) else counts
    held: list[tuple[int, int, int]] = []
    total = 0
    for start, stop, size in zip(
        starts, np.append(starts[1:], len(chunks)), sizes, strict=True
    ):
        other = start > 0 and chunks[start, 0] != chunks[start - 1, 0]
        if held and (other or total + size > most):
            yield held
            held, total = [], 0
        for entry in range(start, stop):
            begin, end = 0, int(counts[entry])
            while begin < end:
                step = min(end - begin, most - total)
                held.append((entry, begin, begin + step))
                begin, total = begin + step, total + step
                if total == most:
                    yield held
                    held, total = [], 0
    if held:
        yield held
