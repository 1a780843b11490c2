"""Footprints: rings of ground coordinates, and their way to another CRS.

Straight edges of a scene bend in another projection; an edge is densified
where its middle would lie more than :data:`MAX_BEND` cells off, which four
corners stay below up to about 4 km at 60 degrees latitude.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.crs import parse_crs, same_crs, transformer
from .poles import around_pole, close_over_poles, turned
from .rings import Points, Rings, join_rings

__all__ = [
    'Rings',
    'as_rings',
    'join_rings',
    'parse_crs',
    'project_rings',
    'same_crs',
    'transformer',
]

# Cells of the target raster; beyond it an edge gets enough vertices to
# leave a tenth of this (the bend of a piece falls with its length squared).
MAX_BEND = 0.1


def as_rings(corners: Any) -> Rings:
    """An array of outlines as flat rings, unchecked.

    Args:
        corners (array (N, V, 2)): Vertices of N rings.
    """
    n, vertices, _ = corners.shape
    points = corners.reshape(-1, 2).astype(np.float64)
    starts = np.arange(n + 1, dtype=np.int64) * vertices
    return Rings(np.ascontiguousarray(points), starts)


def _unwrap(lon: Points, owner: NDArray[np.int64], first: Points) -> Points:
    """Longitudes within 180 degrees of their ring's first vertex."""
    base = first[owner]
    with np.errstate(invalid='ignore'):
        turns: Points = np.round((lon - base) / 360.0)
        return lon - 360.0 * turns


def project_rings(
    rings: Rings,
    source: str,
    target: str,
    cell: tuple[float, float],
    max_bend: float = MAX_BEND,
) -> Rings:
    """Rings in another CRS, densified where their edges bend.

    Longitudes are made continuous within a ring, so a ring over the
    antimeridian may reach beyond 180 degrees; one around a pole is closed
    along the pole and 360 degrees wide.

    Args:
        rings (Rings): In the source CRS.
        source (str): CRS of the rings.
        target (str): CRS wanted.
        cell (tuple[float, float]): Cell size of the raster that will be
            asked, in target units.
        max_bend (float): Largest tolerated bend in cells.

    Returns:
        Rings: Same number and order; a ring that the target cannot show is
        not finite.
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
            polar = around_pole(corner[:, 0], following, rings.starts)
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
    return close_over_poles(result, polar) if polar.any() else result
