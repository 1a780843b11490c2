"""Areas from tiles that overlap or lie in several projections.

Tiles of one CRS that do not overlap form a tile index and are simply added. A
footprint near several indexes is cut at the borders of UTM zones first: each
piece is measured by the index whose own zone it lies in, and what that index
leaves blank (outside its files, or nodata) is passed to the others. So zones
that overlap are not counted twice, and zones that merely touch leave no hole
along their staircase of cells.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..geometry.ground_size import EARTH_RADIUS, sphere_areas
from ..geometry.polygons import Polygons
from ..geometry.reproject import project_rings
from ..geometry.rings import Rings, join_rings
from .pieces import BULGE, Borders, Pieces
from .tile_index import TileIndex
from .zonal_areas import ZonalAreas

# Blank shares below this are rounding.
LEAST_BLANK = 1e-9
# Pieces cut at a zone border go through longitude and latitude, so they
# follow the true edges this much closer than whole footprints.
FINER = 1e-3
Areas = NDArray[np.float64]


class Mosaic:
    """Areas of footprints in any CRS from one or several tile indexes."""

    def __init__(
        self, indexes: Sequence[TileIndex], zonal: ZonalAreas, max_bend: float
    ) -> None:
        self.indexes = tuple(indexes)
        self.zonal = zonal
        self.max_bend = max_bend
        self.borders = Borders(indexes)

    def areas(self, polygons: Polygons, crs: str) -> tuple[Areas, Areas]:
        """Area per column (N, columns) and in total (N,), square metres."""
        rings = polygons.rings
        if len(self.indexes) == 1:
            tiles = self.indexes[0].tiles
            moved = self._moved(self.indexes[0], rings, crs)
            areas, totals = self.zonal.areas(tiles, moved)
            bare = np.flatnonzero(totals == 0)
            totals[bare] = self.zonal.totals(tiles[0], moved.take(bare))
        else:
            areas = np.zeros((len(rings), self.zonal.codes.width))
            totals = np.zeros(len(rings))
            self._divide(rings, crs, areas, totals)
        bare = np.flatnonzero(totals == 0)
        totals[bare] = self._true_areas(rings.take(bare), crs)
        if polygons.owner is None:
            return areas, totals
        if len(self.indexes) > 1:
            # Each zone has a scale of its own.
            parts = np.flatnonzero(polygons.divided() & (totals > 0))
            true = self._true_areas(rings.take(parts), crs)
            areas[parts] *= (true / totals[parts])[:, None]
            totals[parts] = true
        return polygons.summed(areas), polygons.summed(totals)

    def _true_areas(self, rings: Rings, crs: str) -> Areas:
        """Square metres on the sphere."""
        if not len(rings):
            return np.zeros(0)
        return sphere_areas(self._degrees(rings, crs, self.max_bend))

    def _moved(self, index: TileIndex, rings: Rings, crs: str) -> Rings:
        tile = index.tiles[0]
        return project_rings(rings, crs, tile.crs, tile.cell, self.max_bend)

    def _degrees(self, rings: Rings, crs: str, max_bend: float) -> Rings:
        """Rings in longitude and latitude, fit for the finest tiles."""
        cell = min(
            min(t.cell)
            if t.geographic
            else math.degrees(min(t.cell) * t.unit / EARTH_RADIUS)
            for t in (index.tiles[0] for index in self.indexes)
        )
        return project_rings(rings, crs, 'EPSG:4326', (cell, cell), max_bend)

    def _near(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which indexes (rows) may touch which lon/lat boxes."""
        return np.stack([index.near(boxes) for index in self.indexes])

    def _divide(
        self, rings: Rings, crs: str, areas: Areas, totals: Areas
    ) -> None:
        """Divide rings among the indexes, cut where zones meet in them."""
        degrees = self._degrees(rings, crs, self.max_bend)
        boxes = degrees.bounds()
        near = self._near(boxes)
        crossed = self.borders.crossed(boxes) & (near.sum(axis=0) > 1)
        # A map of the pole itself is better than twenty slices of it.
        free = np.array([not index.zones for index in self.indexes])
        crossed &= ~(_around(boxes) & near[free].any(axis=0))
        which = np.flatnonzero(crossed)
        fine = self._degrees(rings.take(which), crs, self.max_bend * FINER)
        parts, owner = self.borders.cut(fine)
        # Some lie beside the border after all.
        split = np.bincount(owner, minlength=len(which)) > 1
        parts = [p for p, n in zip(parts, owner, strict=True) if split[n]]
        owners = which[owner[split[owner]]]
        crossed[which[~split]] = False
        whole = np.flatnonzero(~crossed)
        cut = join_rings(parts)
        some = cut.bounds()
        boxes = np.concatenate([boxes[whole], some])
        near = np.concatenate([near[:, whole], self._near(some)], axis=1)
        middle = 0.5 * (boxes[:, 0] + boxes[:, 2])
        own = near & np.stack([index.owns(middle) for index in self.indexes])
        own &= free[:, None] | ~_around(boxes)
        pieces = Pieces.unmeasured('EPSG:4326', cut, owners, len(whole))
        # Zones measure the same ground differently, by 0.3 % at the edge of
        # a double one: pieces count by their true area.
        pieces.area[:] = sphere_areas(cut)
        np.add.at(totals, pieces.owner, pieces.area)
        waiting = [Pieces.unmeasured(crs, rings.take(whole), whole, 0), pieces]
        self._measure(waiting, own, near & ~own, areas, totals)

    def _measure(
        self,
        waiting: list[Pieces],
        own: NDArray[np.bool_],
        other: NDArray[np.bool_],
        areas: Areas,
        totals: Areas,
    ) -> None:
        """Measure pieces in their own zones, then what is left in others.

        ``own`` and ``other`` are bool arrays (indexes, pieces).
        """
        left = own.sum(axis=0) + other.sum(axis=0)
        for wanted, index in [
            *zip(own, self.indexes, strict=True),
            *zip(other, self.indexes, strict=True),
        ]:
            left -= wanted
            taken, kept = [], []
            for pieces in waiting:
                here = wanted[pieces.piece]
                if here.any():
                    taken.append(pieces.take(np.flatnonzero(here)))
                    pieces = pieces.take(np.flatnonzero(~here))
                if len(pieces.owner):
                    kept.append(pieces)
            if taken:
                kept += self._pass_on(index, taken, left > 0, areas, totals)
            waiting = kept
        for pieces in waiting:
            self._close(pieces, areas, totals)

    def _pass_on(
        self,
        index: TileIndex,
        taken: Sequence[Pieces],
        later: NDArray[np.bool_],
        areas: Areas,
        totals: Areas,
    ) -> list[Pieces]:
        """Add what one index measures; returns what goes to the next ones.

        ``later`` marks the pieces that other indexes follow for.
        """
        nodata = self.zonal.codes.nodata
        pieces = Pieces.merged(
            index.tiles[0].crs,
            taken,
            [self._moved(index, part.rings, part.crs) for part in taken],
        )
        found, whole = self.zonal.areas(index.tiles, pieces.rings)
        met = whole > 0
        fresh = met & np.isnan(pieces.area)
        np.add.at(totals, pieces.owner[fresh], whole[fresh])
        known = met & ~fresh
        scale = np.ones(len(met))
        scale[known] = pieces.area[known] / whole[known]
        found *= scale[:, None]
        blank = whole * scale - found[:, :nodata].sum(axis=1)
        go_on = (
            met & later[pieces.piece] & (blank > LEAST_BLANK * whole * scale)
        )
        found[go_on, nodata] = 0.0
        last = pieces.nodata & met & ~go_on
        found[last, nodata] = np.maximum(blank[last], 0.0)
        np.add.at(areas, pieces.owner[met], found[met])
        result, start = [], 0
        for part in taken:
            stop = start + len(part.owner)
            result.append(part.take(np.flatnonzero(~met[start:stop])))
            start = stop
        which = np.flatnonzero(go_on)
        if len(which):
            rings, part_of, empty = self.zonal.blanks(
                index.tiles, pieces.rings.take(which)
            )
            source = which[part_of]
            result.append(
                Pieces(
                    pieces.crs,
                    rings,
                    pieces.owner[source],
                    pieces.piece[source],
                    index.tiles[0].ring_areas(rings) * scale[source],
                    pieces.nodata[source] | empty,
                )
            )
        return [part for part in result if len(part.owner)]

    def _close(self, pieces: Pieces, areas: Areas, totals: Areas) -> None:
        """Count pieces that no index covers."""
        fresh = np.flatnonzero(np.isnan(pieces.area))
        if len(fresh):
            rings = pieces.rings.take(fresh)
            true = self._true_areas(rings, pieces.crs)
            np.add.at(totals, pieces.owner[fresh], true)
        column, empty = self.zonal.codes.nodata, pieces.nodata
        np.add.at(areas[:, column], pieces.owner[empty], pieces.area[empty])


def _around(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes (west, south, east, north) go around the globe."""
    return np.asarray(boxes[:, 2] - boxes[:, 0] >= 360.0 - BULGE)
