"""Footprints: rings of ground coordinates, and their way to another CRS.

Straight edges of a scene bend in another projection; an edge is densified
where its middle would lie more than :data:`MAX_BEND` cells off, which four
corners stay below up to about 4 km at 60 degrees latitude.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray

from ..errors import InputError
from .poles import around_pole, close_over_poles, turned
from .rings import Points, Rings, join_rings

__all__ = [
    'Rings',
    'as_rings',
    'join_rings',
    'parse_crs',
    'project_rings',
    'same_crs',
    'split_cells',
    'transformer',
]

# Cells of the target raster; beyond it an edge gets enough vertices to
# leave a tenth of this (the bend of a piece falls with its length squared).
MAX_BEND = 0.1


@lru_cache(maxsize=256)
def transformer(source: str, target: str) -> pyproj.Transformer:
    """A cached transformer, x before y on both sides.

    Args:
        source (str): Source CRS as WKT or any user text.
        target (str): Target CRS likewise.
    """
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


@lru_cache(maxsize=256)
def parse_crs(text: str) -> pyproj.CRS:
    """A cached CRS object; InputError where PROJ does not know it."""
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        raise InputError(
            f'unknown CRS {text[:80]!r}: give an EPSG code such as '
            'EPSG:32633, or WKT'
        ) from None


@lru_cache(maxsize=256)
def same_crs(one: str, other: str) -> bool:
    """Whether two CRS texts mean the same plane coordinates."""
    return one == other or parse_crs(one).equals(
        parse_crs(other), ignore_axis_order=True
    )


def as_rings(footprints: Any) -> Rings:
    """Footprints in any accepted form as flat rings.

    Args:
        footprints (array or sequence): Array (N, V, 2) of vertices, or a
            sequence of (V, 2) arrays or shapely polygons without holes.

    Raises:
        InputError: Holes, multi-part geometries, or fewer than 3 vertices.
    """
    if isinstance(footprints, Rings):
        return footprints
    if isinstance(footprints, np.ndarray) and footprints.dtype != object:
        if footprints.ndim != 3 or footprints.shape[2] != 2:
            raise InputError(
                f'footprints of shape {footprints.shape}: an array must be '
                '(N, vertices, 2)'
            )
        n, vertices, _ = footprints.shape
        points = footprints.reshape(-1, 2).astype(np.float64)
        return _checked(points, np.arange(n + 1) * vertices)
    joined = join_rings([_ring(item) for item in footprints])
    return _checked(joined.points, joined.starts)


def _checked(points: Points, starts: Any) -> Rings:
    sizes = np.diff(starts)
    if len(sizes) and sizes.min() < 3:
        raise InputError('a footprint needs at least 3 vertices')
    if not np.isfinite(points).all():
        raise InputError('a footprint has a coordinate that is not finite')
    return Rings(np.ascontiguousarray(points), starts.astype(np.int64))


def _ring(item: Any) -> Points:
    """Vertices of one polygon, without the closing one."""
    if hasattr(item, 'geom_type'):
        if item.geom_type != 'Polygon' or len(item.interiors):
            raise InputError(
                f'footprint of type {item.geom_type}: only polygons without '
                'holes are footprints'
            )
        item = np.asarray(item.exterior.coords)[:, :2]
    points: Points = np.asarray(item, np.float64)
    closed = len(points) > 1 and (points[0] == points[-1]).all()
    return points[:-1] if closed else points


def split_cells(corners: Points, grid: int) -> Points:
    """Cut quadrilaterals into grid x grid cells.

    Args:
        corners (float64 array (N, 4, 2)): Upper left, upper right, lower
            right, lower left.
        grid (int): Cells along each side.

    Returns:
        float64 array (N, grid * grid, 4, 2): Cells row by row.
    """
    t = np.linspace(0.0, 1.0, grid + 1)
    v, u = (a[..., None] for a in np.meshgrid(t, t, indexing='ij'))
    ul, ur, lr, ll = (corners[:, i, None, None, :] for i in range(4))
    nodes = (1 - v) * ((1 - u) * ul + u * ur) + v * ((1 - u) * ll + u * lr)
    cells = np.stack(
        [
            nodes[:, :-1, :-1],
            nodes[:, :-1, 1:],
            nodes[:, 1:, 1:],
            nodes[:, 1:, :-1],
        ],
        axis=3,
    )
    return cells.reshape(len(corners), grid * grid, 4, 2)


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
