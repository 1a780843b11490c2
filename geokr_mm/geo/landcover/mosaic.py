"""Who answers where: tiles that overlap or lie in several projections.

Tiles of one CRS that do not overlap form a layer and are simply added. A
footprint near several layers is cut at the borders of UTM zones first: each
piece is answered by the layer whose zone it lies in, and what that layer
leaves blank (outside its files, or nodata) is passed to the others. So zones
that overlap are not counted twice, and zones that merely touch leave no hole
along their staircase of cells.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..geometry.polygons import Polygons
from ..geometry.reproject import Rings, join_rings, project_rings
from .borders import BULGE, Borders
from .pieces import OpenRings, joined, opened, plane_areas, sphere_areas
from .tile import EARTH_RADIUS
from .tile_index import Layer
from .zonal_areas import Survey

# Blank shares below this are rounding.
LEAST_BLANK = 1e-9
# Pieces cut at a zone border go through longitude and latitude, so they
# follow the true edges this much closer than whole footprints.
FINER = 1e-3


class Mosaic:
    """Answers for footprints in any CRS from one or several layers.

    Args:
        layers (sequence of Layer): All layers of a product.
        survey (Survey): Measures the rings of one layer.
        max_bend (float): See :func:`.footprint.project_rings`.
    """

    def __init__(
        self, layers: Sequence[Layer], survey: Survey, max_bend: float
    ) -> None:
        self.layers = tuple(layers)
        self.survey = survey
        self.max_bend = max_bend
        self.borders = Borders(layers)

    def areas(
        self, polygons: Polygons, crs: str
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Area per column, and in total, of footprints in square metres.

        Args:
            polygons (Polygons): N footprints.
            crs (str): Their CRS.

        Returns:
            tuple: float64 arrays (N, columns) and (N,).
        """
        rings = polygons.rings
        if len(self.layers) == 1:
            layer = self.layers[0]
            moved = self._moved(layer, rings, crs)
            areas, totals = self.survey.areas(layer.tiles, moved)
            bare = np.flatnonzero(totals == 0)
            totals[bare] = self.survey.totals(layer.tiles[0], moved.take(bare))
        else:
            areas = np.zeros((len(rings), self.survey.codebook.width))
            totals = np.zeros(len(rings))
            self._share(rings, crs, areas, totals)
        bare = np.flatnonzero(totals == 0)
        totals[bare] = self._true_areas(rings.take(bare), crs)
        if polygons.owner is None:
            return areas, totals
        if len(self.layers) > 1:
            # Each zone has a scale of its own.
            parts = np.flatnonzero(polygons.divided() & (totals > 0))
            true = self._true_areas(rings.take(parts), crs)
            areas[parts] *= (true / totals[parts])[:, None]
            totals[parts] = true
        return polygons.summed(areas), polygons.summed(totals)

    def _true_areas(self, rings: Rings, crs: str) -> NDArray[np.float64]:
        """Square metres on the sphere."""
        if not len(rings):
            return np.zeros(0)
        return sphere_areas(self._degrees(rings, crs, self.max_bend))

    def _moved(self, layer: Layer, rings: Rings, crs: str) -> Rings:
        tile = layer.tiles[0]
        return project_rings(rings, crs, tile.crs, tile.cell, self.max_bend)

    def _degrees(self, rings: Rings, crs: str, max_bend: float) -> Rings:
        """Rings in longitude and latitude, fit for the finest layer."""
        cell = min(
            min(t.cell)
            if t.geographic
            else math.degrees(min(t.cell) * t.unit / EARTH_RADIUS)
            for t in (layer.tiles[0] for layer in self.layers)
        )
        return project_rings(rings, crs, 'EPSG:4326', (cell, cell), max_bend)

    def _near(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which layers (rows) may touch which lon/lat boxes."""
        return np.stack([layer.near(boxes) for layer in self.layers])

    def _share(
        self,
        rings: Rings,
        crs: str,
        areas: NDArray[np.float64],
        totals: NDArray[np.float64],
    ) -> None:
        """Divide rings among the layers, cut where zones meet in them."""
        degrees = self._degrees(rings, crs, self.max_bend)
        boxes = degrees.bounds()
        near = self._near(boxes)
        crossed = self.borders.crossed(boxes) & (near.sum(axis=0) > 1)
        # A map of the pole itself answers better than twenty slices of it.
        free = np.array([not la.strips for la in self.layers])
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
        home = near & np.stack([la.home(middle) for la in self.layers])
        home &= free[:, None] | ~_around(boxes)
        pieces = opened('EPSG:4326', cut, owners, len(whole))
        # Zones measure the same ground differently, by 0.3 % at the edge of
        # a double one: pieces count by their true area.
        pieces.area[:] = sphere_areas(cut)
        np.add.at(totals, pieces.owner, pieces.area)
        self._answer(
            [opened(crs, rings.take(whole), whole, 0), pieces],
            home,
            near & ~home,
            areas,
            totals,
        )

    def _answer(
        self,
        waiting: list[OpenRings],
        home: NDArray[np.bool_],
        other: NDArray[np.bool_],
        areas: NDArray[np.float64],
        totals: NDArray[np.float64],
    ) -> None:
        """Ask home layers first, then the others for what is left.

        Args:
            waiting (list of OpenRings): All pieces.
            home, other (bool arrays (layers, pieces)): Whom to ask first,
                and whom for the rest.
            areas, totals (float64 arrays): Answers are added here.
        """
        left = home.sum(axis=0) + other.sum(axis=0)
        for wanted, layer in [
            *zip(home, self.layers, strict=True),
            *zip(other, self.layers, strict=True),
        ]:
            left -= wanted
            asked, kept = [], []
            for state in waiting:
                mine = wanted[state.piece]
                if mine.any():
                    asked.append(state.take(np.flatnonzero(mine)))
                    state = state.take(np.flatnonzero(~mine))
                if len(state.owner):
                    kept.append(state)
            if asked:
                kept += self._pass_on(layer, asked, left > 0, areas, totals)
            waiting = kept
        for state in waiting:
            self._close(state, areas, totals)

    def _pass_on(
        self,
        layer: Layer,
        asked: Sequence[OpenRings],
        later: NDArray[np.bool_],
        areas: NDArray[np.float64],
        totals: NDArray[np.float64],
    ) -> list[OpenRings]:
        """Book one layer's answer; returns what goes to the next ones."""
        nodata = self.survey.codebook.nodata
        state = joined(
            layer.tiles[0].crs,
            asked,
            [self._moved(layer, part.rings, part.crs) for part in asked],
        )
        found, whole = self.survey.areas(layer.tiles, state.rings)
        met = whole > 0
        fresh = met & np.isnan(state.area)
        np.add.at(totals, state.owner[fresh], whole[fresh])
        known = met & ~fresh
        scale = np.ones(len(met))
        scale[known] = state.area[known] / whole[known]
        found *= scale[:, None]
        blank = whole * scale - found[:, :nodata].sum(axis=1)
        go_on = (
            met & later[state.piece] & (blank > LEAST_BLANK * whole * scale)
        )
        found[go_on, nodata] = 0.0
        last = state.nodata & met & ~go_on
        found[last, nodata] = np.maximum(blank[last], 0.0)
        np.add.at(areas, state.owner[met], found[met])
        result, start = [], 0
        for part in asked:
            stop = start + len(part.owner)
            result.append(part.take(np.flatnonzero(~met[start:stop])))
            start = stop
        which = np.flatnonzero(go_on)
        if len(which):
            rings, part_of, empty = self.survey.blanks(
                layer.tiles, state.rings.take(which)
            )
            source = which[part_of]
            result.append(
                OpenRings(
                    state.crs,
                    rings,
                    state.owner[source],
                    state.piece[source],
                    plane_areas(rings, layer.tiles[0]) * scale[source],
                    state.nodata[source] | empty,
                )
            )
        return [part for part in result if len(part.owner)]

    def _close(
        self,
        state: OpenRings,
        areas: NDArray[np.float64],
        totals: NDArray[np.float64],
    ) -> None:
        """Book rings that nobody answered."""
        fresh = np.flatnonzero(np.isnan(state.area))
        if len(fresh):
            rings = self._degrees(
                state.rings.take(fresh), state.crs, self.max_bend
            )
            np.add.at(totals, state.owner[fresh], sphere_areas(rings))
        column = self.survey.codebook.nodata
        empty = state.nodata
        np.add.at(areas[:, column], state.owner[empty], state.area[empty])


def _around(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes (west, south, east, north) go around the globe."""
    return np.asarray(boxes[:, 2] - boxes[:, 0] >= 360.0 - BULGE)
