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
import shapely
from numpy.typing import NDArray

from .footprint import Rings, join_rings, project_rings
from .layers import Layer
from .pieces import OpenRings, opened, plane_areas, sphere_areas
from .survey import Survey, solid_parts
from .tile import EARTH_RADIUS

# Blank shares below this are rounding.
LEAST_BLANK = 1e-9
# Pieces cut at a zone border go through longitude and latitude, so they
# follow the true edges this much closer than whole footprints.
FINER = 1e-3


class Mosaic:
    """Answers for rings in any CRS from one or several layers.

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

    def areas(
        self, rings: Rings, crs: str
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Area per column, and in total, of each ring in square metres."""
        everything = np.arange(len(rings))
        if len(self.layers) == 1:
            areas, totals = self._ask(self.layers[0], rings, crs)
        else:
            areas = np.zeros((len(rings), self.survey.codebook.width))
            totals = np.zeros(len(rings))
            degrees = self._degrees(rings, crs, self.max_bend)
            near = self._near(degrees)
            for number, layer in enumerate(self.layers):
                alone = everything[near[number] & (near.sum(axis=0) == 1)]
                if len(alone):
                    areas[alone], totals[alone] = self._ask(
                        layer, rings.take(alone), crs
                    )
            shared = everything[near.sum(axis=0) > 1]
            if len(shared):
                self._share(rings.take(shared), crs, shared, areas, totals)
        bare = everything[totals == 0]
        if len(bare):
            totals[bare] = sphere_areas(
                self._degrees(rings.take(bare), crs, self.max_bend)
            )
        return areas, totals

    def _ask(
        self, layer: Layer, rings: Rings, crs: str
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.survey.areas(layer.tiles, self._moved(layer, rings, crs))

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

    def _near(self, degrees: Rings) -> NDArray[np.bool_]:
        """Which layers (rows) may touch which rings."""
        boxes = degrees.bounds()
        return np.stack([layer.near(boxes) for layer in self.layers])

    def _share(
        self,
        rings: Rings,
        crs: str,
        owner: NDArray[np.int64],
        areas: NDArray[np.float64],
        totals: NDArray[np.float64],
    ) -> None:
        """Divide rings near several layers among them."""
        degrees = self._degrees(rings, crs, self.max_bend * FINER)
        near = self._near(degrees)
        pieces: list[NDArray[np.float64]] = []
        owners: list[int] = []
        uncut = []
        for n in range(len(rings)):
            parts = self._cut(degrees[n], near[:, n])
            if len(parts) < 2:
                uncut.append(n)
                continue
            pieces += parts
            owners += [int(owner[n])] * len(parts)
        whole = np.array(uncut, np.int64)
        self._answer(
            opened(crs, rings.take(whole), owner[whole]),
            degrees.take(whole), areas, totals,
        )  # fmt: skip
        cut = join_rings(pieces)
        self._answer(
            opened('EPSG:4326', cut, np.array(owners, np.int64)),
            cut, areas, totals,
        )  # fmt: skip

    def _cut(
        self, ring: NDArray[np.float64], near: NDArray[np.bool_]
    ) -> list[NDArray[np.float64]]:
        """Parts of a lon/lat ring between borders of zones."""
        west, east = ring[:, 0].min(), ring[:, 0].max()
        borders = set()
        for number in np.flatnonzero(near):
            for start, width in self.layers[number].strips:
                for edge in (start, start + width):
                    turned = edge + 360.0 * np.ceil((west - edge) / 360.0)
                    if west < turned < east:
                        borders.add(float(turned))
        if not borders:
            return [ring]
        polygon = shapely.Polygon(ring)
        marks = [west - 1.0, *sorted(borders), east + 1.0]
        found = []
        for left, right in zip(marks[:-1], marks[1:], strict=True):
            strip = shapely.box(left, -90.0, right, 90.0)
            found += solid_parts(shapely.intersection(polygon, strip))
        return found

    def _answer(
        self,
        pieces: OpenRings,
        degrees: Rings,
        areas: NDArray[np.float64],
        totals: NDArray[np.float64],
    ) -> None:
        """Ask home layers first, then the others for what is left."""
        if not len(pieces.rings):
            return
        boxes = degrees.bounds()
        near = self._near(degrees)
        middle = 0.5 * (boxes[:, 0] + boxes[:, 2])
        home = near & np.stack([la.home(middle) for la in self.layers])
        turns = [(la, home[i]) for i, la in enumerate(self.layers)]
        turns += [(la, (near & ~home)[i]) for i, la in enumerate(self.layers)]
        waiting = [pieces]
        for place, (layer, wanted) in enumerate(turns):
            later = np.zeros(len(pieces.piece), np.bool_)
            for _, other in turns[place + 1 :]:
                later |= other
            kept = []
            for state in waiting:
                asked = wanted[state.piece]
                kept.append(state.take(np.flatnonzero(~asked)))
                if asked.any():
                    state = state.take(np.flatnonzero(asked))
                    kept += self._pass_on(layer, state, later, areas, totals)
            waiting = [state for state in kept if len(state.owner)]
        for state in waiting:
            self._close(state, areas, totals)

    def _pass_on(
        self,
        layer: Layer,
        state: OpenRings,
        later: NDArray[np.bool_],
        areas: NDArray[np.float64],
        totals: NDArray[np.float64],
    ) -> list[OpenRings]:
        """Book one layer's answer; returns what goes to the next ones."""
        nodata = self.survey.codebook.nodata
        moved = self._moved(layer, state.rings, state.crs)
        found, whole = self.survey.areas(layer.tiles, moved)
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
        result = [state.take(np.flatnonzero(~met))]
        which = np.flatnonzero(go_on)
        if len(which):
            rings, part, empty = self.survey.blanks(
                layer.tiles, moved.take(which)
            )
            source = which[part]
            result.append(
                OpenRings(
                    layer.tiles[0].crs,
                    rings,
                    state.owner[source],
                    state.piece[source],
                    plane_areas(rings, layer.tiles[0]) * scale[source],
                    state.nodata[source] | empty,
                )
            )
        return result

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
