"""Rings in another CRS.

Straight edges of a scene bend in another projection; an edge is densified
where its middle would lie more than :data:`MAX_BEND` cells off, which four
corners stay below up to about 4 km at 60 degrees latitude. Rings around a
pole have no outline in longitude and latitude: they are closed along it.
"""

import numpy as np
from numpy.typing import NDArray

from ..core.crs import parse_crs, same_crs, transformer
from .longitudes import turned
from .rings import Points, Rings, join_rings

# Cells of the target raster; beyond it an edge gets enough vertices to
# leave a tenth of this (the bend of a piece falls with its length squared).
MAX_BEND = 0.1


def project_rings(
    rings: Rings,
    source: str,
    target: str,
    cell: tuple[float, float],
    max_bend: float = MAX_BEND,
) -> Rings:
    """The same rings in another CRS, densified where their edges bend.

    Longitudes are made continuous within a ring, so a ring over the
    antimeridian may reach beyond 180 degrees; one around a pole is closed
    along the pole and 360 degrees wide. What the target cannot show is not
    finite.

    Args:
        cell (tuple[float, float]): Cell size of the raster to be read, in
            target units.
        max_bend (float): Largest tolerated bend in cells.
    """
    if same_crs(source, target) or not len(rings):
        return rings
    move = transformer(source, target)
    following = rings.following()
    middle = 0.5 * (rings.points + rings.points[following])
    both = np.concatenate([rings.points, middle])
    moved = np.stack(move.transform(both[:, 0], both[:, 1]), axis=1)
    sizes = np.diff(rings.starts)
    owner = np.repeat(np.arange(len(rings)), sizes)
    geographic = parse_crs(target).is_geographic
    first = moved[rings.starts[:-1], 0]
    n = len(rings.points)
    corner, half = moved[:n], moved[n:]
    polar: NDArray[np.bool_] = np.zeros(len(rings), np.bool_)
    with np.errstate(invalid='ignore'):
        chord, sag = corner[following] - corner, half - corner
        if geographic:
            polar = _around_pole(corner[:, 0], following, rings.starts)
            for steps in (chord, sag):
                steps[:, 0] = turned(steps[:, 0])
        off = (sag - 0.5 * chord) / np.abs(cell)
        bend = np.hypot(off[:, 0], off[:, 1])
        bend[~np.isfinite(bend)] = 0.0
    if not (bend > max_bend).any() and not polar.any():
        if geographic:
            corner[:, 0] = _unwrap(corner[:, 0], owner, first)
        return Rings(np.ascontiguousarray(corner), rings.starts)
    pieces = np.ones(n, np.int64)
    bent = bend > max_bend
    pieces[bent] = np.ceil(np.sqrt(bend[bent] / (0.1 * max_bend)))
    starts = np.concatenate([[0], np.cumsum(pieces)])
    edge = np.repeat(np.arange(n), pieces)
    share = ((np.arange(starts[-1]) - starts[edge]) / pieces[edge])[:, None]
    dense = (1 - share) * rings.points[edge] + (
        share * rings.points[following[edge]]
    )
    out = np.stack(move.transform(dense[:, 0], dense[:, 1]), axis=1)
    if geographic:
        out[:, 0] = _unwrap(out[:, 0], owner[edge], first)
    result = Rings(np.ascontiguousarray(out), starts[rings.starts])
    return _close_over_poles(result, polar) if polar.any() else result


def _unwrap(lon: Points, owner: NDArray[np.int64], first: Points) -> Points:
    """Longitudes within 180 degrees of their ring's first vertex."""
    base = first[owner]
    with np.errstate(invalid='ignore'):
        turns: Points = np.round((lon - base) / 360.0)
        return lon - 360.0 * turns


def _around_pole(
    lon: Points, following: NDArray[np.int64], starts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which rings go once around a pole."""
    step = turned(lon[following] - lon)
    with np.errstate(invalid='ignore'):
        return np.abs(np.add.reduceat(step, starts[:-1])) > 180.0


def _close_over_poles(rings: Rings, around: NDArray[np.bool_]) -> Rings:
    """Rings around a pole as the outline of what they enclose.

    Such a ring runs from some longitude to the same a turn further; its
    inside lies between that line and the pole, so the ring is closed along
    the pole itself, 360 degrees wide.
    """
    parts = []
    for number in range(len(rings)):
        ring = rings[number]
        if not around[number]:
            parts.append(ring)
            continue
        steps = turned(np.diff(ring[:, 0], append=ring[0, 0]))
        lon = ring[0, 0] + np.concatenate([[0.0], np.cumsum(steps)])
        lat = np.append(ring[:, 1], ring[0, 1])
        pole = 90.0 if lat.mean() > 0 else -90.0
        line = np.stack([lon, lat], axis=1)
        along = [[lon[-1], pole], [lon[0], pole]]
        parts.append(np.concatenate([line, along]))
    return join_rings(parts)
