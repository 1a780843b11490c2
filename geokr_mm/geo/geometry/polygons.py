"""Footprints of any shape, as the simple rings that the kernel measures.

A polygon with holes is cut into parts without, and the parts of a footprint
are added up: nothing is approximated. What cannot be a footprint has no ring
and a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ..core.crs import parse_crs
from .faults import few_vertices, shape_faults
from .rings import Points, Rings, join_rings, solid_parts


@dataclass(frozen=True)
class Polygons:
    """Footprints as simple rings.

    Attributes:
        rings (Rings): R rings without holes, those of a footprint together.
        owner (int64 array (R,) | None): Footprint of each ring, ascending;
            None where ring n is footprint n.
        count (int): Number of footprints, N.
        faults (Mapping[int, str]): What is wrong with footprints that have
            no ring, by number.
    """

    rings: Rings
    owner: NDArray[np.int64] | None
    count: int
    faults: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.count

    def owners(self) -> NDArray[np.int64]:
        """Footprint of each ring, array (R,)."""
        return np.arange(self.count) if self.owner is None else self.owner

    def divided(self) -> NDArray[np.bool_]:
        """Which rings are one of several of their footprint, array (R,)."""
        owner = self.owners()
        return np.bincount(owner, minlength=self.count)[owner] > 1

    def summed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of rings (R, ...) added up by footprint, (N, ...)."""
        if self.owner is None:
            return values
        found = np.zeros((self.count, *values.shape[1:]))
        if len(self.owner):
            rows, first = np.unique(self.owner, return_index=True)
            found[rows] = np.add.reduceat(values, first)
        return found

    def part(self, start: int, stop: int) -> 'Polygons':
        """The footprints ``start`` to ``stop``."""
        owner = self.owners()
        low, high = np.searchsorted(owner, [start, stop])
        return Polygons(
            self.rings.take(np.arange(low, high)),
            None if self.owner is None else owner[low:high] - start,
            stop - start,
            {
                n - start: f
                for n, f in self.faults.items()
                if start <= n < stop
            },
        )

    def without(self, faults: Mapping[int, str]) -> 'Polygons':
        """The same with further footprints that are none."""
        if not faults:
            return self
        owner = self.owners()
        kept = np.flatnonzero(~np.isin(owner, list(faults)))
        return Polygons(
            self.rings.take(kept),
            owner[kept],
            self.count,
            {**faults, **self.faults},
        )


def ring_polygons(rings: Rings) -> Polygons:
    """Rings, none without vertices, as footprints; each is checked."""
    every = Polygons(rings, None, len(rings))
    if not len(rings):
        return every
    doubtful = np.flatnonzero(~_convex_quadrilaterals(rings))
    if not len(doubtful):
        return every
    first, last = rings.starts[:-1], rings.starts[1:] - 1
    closed = (rings.points[first] == rings.points[last]).all(axis=1)
    corners = np.diff(rings.starts) - closed
    faults = {n: few_vertices(corners[n]) for n in np.flatnonzero(corners < 3)}
    rows = doubtful[corners[doubtful] >= 3]
    some = rings.take(rows)
    number = np.repeat(np.arange(len(rows)), np.diff(some.starts))
    with np.errstate(invalid='ignore'):
        outlines = shapely.linearrings(some.points, indices=number)
    found = shape_faults(shapely.polygons(outlines))
    faults |= {rows[n]: fault for n, fault in found.items()}
    return every.without({int(n): fault for n, fault in faults.items()})


def _convex_quadrilaterals(rings: Rings) -> NDArray[np.bool_]:
    """Which rings are certainly valid: four corners, all turns one way."""
    four = np.diff(rings.starts) == 4
    found = np.zeros(len(rings), np.bool_)
    some = rings if four.all() else rings.take(np.flatnonzero(four))
    corners = some.points.reshape(-1, 4, 2)
    turns = corner_turns(corners)
    found[four] = (turns > 0).all(axis=1) | (turns < 0).all(axis=1)
    return found


def corner_turns(corners: Points) -> Points:
    """Which way outlines (N, V, 2) turn at each corner, int8 array (N, V).

    1 to the left, -1 to the right, 0 where it is less than rounding of the
    coordinates could make.
    """
    after = np.roll(corners, -1, axis=1) - corners
    before = np.roll(after, 1, axis=1)
    with np.errstate(invalid='ignore'):
        turn = before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0]
        longest = np.abs(after).max(axis=(1, 2), initial=0.0)
        scale = np.abs(corners).max(axis=(1, 2), initial=0.0)
        least = 8 * (np.spacing(scale) * longest)[:, None]
        return (turn > least).astype(np.int8) - (turn < -least)


def shape_polygons(
    shapes: NDArray[Any], faults: Mapping[int, str] | None = None
) -> Polygons:
    """Polygons or None, object array (N,), as footprints.

    ``faults`` is what is known to be wrong with some, by number.
    """
    found = shape_faults(shapes) | dict(faults or {})
    good = np.setdiff1d(np.arange(len(shapes)), list(found))
    parts, which = shapely.get_parts(shapes[good], return_index=True)
    owner = good[which]
    solid = shapely.get_num_interior_rings(parts) == 0
    full = ~shapely.is_empty(parts)
    if solid.all() and full.all():
        points, ring = shapely.get_coordinates(parts, return_index=True)
        # Each ring closes with its first point, which flat rings leave out.
        last = np.append(np.diff(ring) != 0, True)[: len(ring)]
        starts = np.searchsorted(ring[~last], np.arange(len(parts) + 1))
        rings = Rings(np.ascontiguousarray(points[~last]), starts)
    else:
        outlines = [solid_parts(p) for p in parts]
        owner = np.repeat(owner, [len(some) for some in outlines])
        rings = join_rings([ring for some in outlines for ring in some])
    single = len(owner) == len(shapes) and not found
    single = single and bool((owner == np.arange(len(owner))).all())
    return Polygons(rings, None if single else owner, len(shapes), found)


def on_globe(polygons: Polygons, crs: str) -> Polygons:
    """The same without what lies beyond a pole, as swapped axes put it."""
    read = parse_crs(crs)
    if not read.is_geographic or read.axis_info[0].unit_name != 'degree':
        return polygons
    _, south, _, north = polygons.rings.bounds().T
    owner = polygons.owners()
    return polygons.without(
        {
            int(owner[n]): f'lies beyond a pole (latitude {south[n]:g} to '
            f'{north[n]:g}); x is longitude, y latitude'
            for n in np.flatnonzero((south > 90.0) | (north < -90.0))
        }
    )
