"""Areas of classes in the tiles of one CRS, window by window."""

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from ..geometry.ground_size import EARTH_RADIUS
from ..geometry.rings import Points, Rings, join_rings, solid_parts
from .block_reads import Area, plan_reads
from .class_codes import ClassCodes
from .sea_mask import SeaMarker
from .tile import Tile
from .tile_index import tiles_near
from .tile_reader import TileReader


class ZonalAreas:
    """Areas per class of rings, and the parts that tiles leave blank.

    Args:
        codes (ClassCodes): Meaning of the codes.
        spherical (bool): Weigh geographic cells by their true area.
    """

    def __init__(self, codes: ClassCodes, spherical: bool) -> None:
        self.codes = codes
        self.spherical = spherical
        self._sea = SeaMarker(codes.product, codes.sea_mark, codes.not_sea)

    def areas(
        self, tiles: Sequence[Tile], rings: Rings
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Area per column, and in total, of each ring.

        Args:
            tiles (sequence of Tile): Of one CRS, none over another.

        Returns:
            tuple: float64 arrays (N, columns) and (N,), square metres. The
            total is 0 where no tile is near.
        """
        areas = np.zeros((len(rings), self.codes.width))
        totals = np.zeros(len(rings))
        for tile, which, turn in tiles_near(tiles, rings):
            some = tile.to_pixels(rings.take(which), turn)
            with TileReader(tile) as reader:
                self._measure(reader, some, which, areas, totals)
        return areas, totals

    def totals(self, tile: Tile, rings: Rings) -> NDArray[np.float64]:
        """Area of rings that lie beside all tiles, as these would measure it.

        Returns:
            float64 array (N,): Square metres; 0 where the CRS does not reach.
        """
        if tile.geographic and not self.spherical:
            found = rings.areas() * math.radians(EARTH_RADIUS) ** 2
        else:
            found = tile.ring_areas(rings)
        found[~np.isfinite(found)] = 0.0
        return found

    def _measure(
        self,
        reader: TileReader,
        rings: Rings,
        which: NDArray[np.int64],
        areas: NDArray[np.float64],
        totals: NDArray[np.float64],
    ) -> None:
        """Add one tile's areas; ``rings`` are in its pixels."""
        # Here, not above: numba loads slowly, and a process that only hands
        # out jobs does not need it.
        from .coverage_kernel import polygon_areas

        tile, codes = reader.tile, self.codes
        boxes = cell_boxes(rings)
        first = int(boxes[:, 1].min())
        weights = tile.row_areas(
            first, int(boxes[:, 3].max()) + 1, self.spherical
        )
        lookups = codes.lookup(tile), codes.lookup(tile, marked=True)
        if len(weights) == 1:
            whole = rings.areas() * weights[0]
        else:
            nothing = np.zeros((0, 0), np.uint8)
            out = np.zeros((len(rings), codes.width))
            polygon_areas(
                nothing, 0, 0, rings.points, rings.starts, weights, first,
                lookups[0], out, codes.outside,
            )  # fmt: skip
            whole = out[:, codes.outside]
        totals[which] = np.maximum(totals[which], whole)
        for group, window, runs in plan_reads(
            boxes, (tile.height, tile.width), tile.block
        ):
            some = rings.take(group)
            out = np.zeros((len(group), codes.width))
            cells, marked = self.cells(reader, window, runs)
            polygon_areas(
                cells, window[0], window[1], some.points, some.starts,
                weights, first, lookups[marked], out, codes.outside,
            )  # fmt: skip
            # Freed before the next window is read, which then takes the same
            # memory while the processor still has it cached.
            del cells
            if out[:, codes.unknown].any():
                error = codes.unknown_codes(reader.read(*window), tile)
                if error is not None:
                    raise error
            out[:, codes.outside] = 0.0
            areas[which[group]] += out

    def cells(
        self,
        reader: TileReader,
        window: Area,
        runs: Sequence[Area] | None = None,
    ) -> tuple[NDArray[np.uint8], bool]:
        """Codes of a window as 8 bits, and whether the sea is marked in them.

        Of several ``runs``, parts of the window, the rest is 0.
        """
        tile = reader.tile
        if runs is None or len(runs) == 1:
            stored = reader.read(*window)
        else:
            stored = reader.read_parts(window, runs)
        cells = self.codes.pack(stored, tile)
        return self._sea.marked(cells, stored, tile, window)

    def blanks(
        self, tiles: Sequence[Tile], rings: Rings
    ) -> tuple[Rings, NDArray[np.int64], NDArray[np.bool_]]:
        """What the tiles leave blank: outside them, or nodata cells.

        Returns:
            tuple: Rings in the same CRS, the number of the ring that each
            is a part of, and whether it is nodata (else outside).
        """
        rest = [shapely.Polygon(rings[i]) for i in range(len(rings))]
        parts: list[Points] = []
        owners: list[int] = []
        for tile, which, turn in tiles_near(tiles, rings):
            outline = shapely.transform(
                shapely.Polygon(tile.corners), lambda p, t=turn: p - [t, 0.0]
            )
            with TileReader(tile) as reader:
                for n in which:
                    rest[n] = shapely.difference(rest[n], outline)
                    found = self._blank_cells(reader, rings[n], turn)
                    parts += found
                    owners += [int(n)] * len(found)
        empty = len(parts)
        for n, polygon in enumerate(rest):
            found = solid_parts(polygon)
            parts += found
            owners += [n] * len(found)
        kind = np.arange(len(parts)) < empty
        return join_rings(parts), np.array(owners, np.int64), kind

    def _blank_cells(
        self, reader: TileReader, ring: Points, turn: float
    ) -> list[Points]:
        """Parts of a ring over nodata cells, in the tile's CRS."""
        tile = reader.tile
        pixels = tile.to_pixels(join_rings([ring]), turn)
        limits = [tile.width, tile.height] * 2
        box = np.clip(cell_boxes(pixels)[0], 0, limits)
        width, height = int(box[2] - box[0]), int(box[3] - box[1])
        if width <= 0 or height <= 0:
            return []
        window = (int(box[0]), int(box[1]), width, height)
        cells, marked = self.cells(reader, window)
        lookup = self.codes.lookup(tile, marked)
        blank = lookup[cells] == self.codes.nodata
        edge = np.zeros((height, 1), np.int8)
        steps = np.diff(
            blank.astype(np.int8), axis=1, prepend=edge, append=edge
        )
        row, start = np.nonzero(steps == 1)
        _, end = np.nonzero(steps == -1)
        runs = shapely.box(
            start + window[0], row + window[1],
            end + window[0], row + window[1] + 1,
        )  # fmt: skip
        cut = shapely.intersection(runs, shapely.Polygon(pixels.points))
        found = [r for shape in cut for r in solid_parts(shape)]
        return [tile.to_ground(r) - [turn, 0.0] for r in found]


def cell_boxes(rings: Rings) -> NDArray[np.int64]:
    """First column and row, end column and row of each ring."""
    box = rings.bounds()
    whole = [np.floor(box[:, :2]), np.ceil(box[:, 2:])]
    return np.asarray(np.concatenate(whole, axis=1), np.int64)
