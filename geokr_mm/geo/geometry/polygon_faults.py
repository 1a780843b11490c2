"""What keeps a geometry from being a footprint, in words for its owner."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

POLYGONS = (
    shapely.GeometryType.POLYGON,
    shapely.GeometryType.MULTIPOLYGON,
)
# What GEOS calls them.
CROSSINGS = {
    'Self-intersection': 'crosses itself',
    'Ring Self-intersection': 'touches itself',
}
# Parts that share more than this of their area lie over one another.
OVERLAP = 1e-9


def few_vertices(number: int) -> str:
    """What is wrong with an outline of less than three vertices."""
    return f'has {number} vertices, a polygon needs 3'


def shape_faults(shapes: NDArray[Any]) -> dict[int, str]:
    """What keeps geometries from being footprints.

    Args:
        shapes (object array (N,)): Shapely geometries, or None.

    Returns:
        dict[int, str]: What is wrong with each that is none, by number.
    """
    kinds = shapely.get_type_id(shapes)
    polygon = np.isin(kinds, POLYGONS)
    empty = shapely.is_empty(shapes)
    doubtful = ~polygon | empty | ~shapely.is_valid(shapes)
    doubtful |= shapely.area(shapes) <= _least_area(shapes)
    faults = {}
    for n in np.flatnonzero(doubtful):
        fault = _fault(shapes[n])
        if fault is not None:
            faults[int(n)] = fault
    return faults


def _least_area(shapes: NDArray[Any]) -> NDArray[np.float64]:
    """Area that rounding of the coordinates could make of a line."""
    box = shapely.bounds(shapes).reshape(-1, 4)
    with np.errstate(invalid='ignore'):
        step = np.spacing(np.abs(box).max(axis=1))
        return step * np.hypot(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])


def _fault(shape: Any) -> str | None:
    """What is wrong with one geometry, None where it can be measured."""
    if shape is None:
        return 'has no geometry'
    kind = shape.geom_type
    if shape.is_empty:
        return f'is an empty {kind}'
    if kind not in ('Polygon', 'MultiPolygon'):
        return f'is a {kind}, not a polygon'
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return 'has a coordinate that is not finite'
    # A crossing outline may add up to nothing as well.
    if shape.convex_hull.area <= _least_area(np.array([shape]))[0]:
        return 'has no area'
    reason, _, place = shapely.is_valid_reason(shape).partition('[')
    if reason == 'Valid Geometry':
        return None if shape.area > 0 else 'has no area'
    near = f' near {place.rstrip("]")}' if place else ''
    if kind == 'MultiPolygon':
        parts = shapely.get_parts(shape)
        if shapely.is_valid(parts).all():
            return _overlap(parts, near)
    if reason in CROSSINGS:
        return f'{CROSSINGS[reason]}{near}'
    return f'is no valid polygon: {reason.lower()}{near}'


def _overlap(parts: NDArray[Any], near: str) -> str | None:
    """Valid parts may share borders, which adds nothing, but no ground."""
    apart = shapely.area(parts).sum()
    together = shapely.union_all(parts).area
    if abs(apart - together) <= OVERLAP * apart:
        return None
    return f'has parts that lie over one another{near}'
