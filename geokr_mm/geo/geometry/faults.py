"""What keeps a geometry from being a footprint, in words for its owner."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ...errors import InputError, InputWarning

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
#: What to do with rows that are no footprints.
INVALID = ('error', 'empty')


def refuse_faults(
    faults: Mapping[int, str],
    name: str,
    option: str,
    row: Callable[[int], str],
) -> None:
    """InputError with the first of the rows that are no footprints.

    Args:
        faults (Mapping[int, str]): What is wrong with rows, by number.
        name (str): Where they are from.
        option (str): How the user keeps such rows empty instead.
        row (callable): Gives the name of a row by its number.
    """
    if not faults:
        return
    first = min(faults)
    more = len(faults) - 1
    raise InputError(
        f'{name}: {row(first)} {faults[first]}'
        + (f' (and {more} more rows)' if more else '')
        + f'; mend it, or keep such rows empty with {option}'
    )


def warn_of_faults(
    faults: Mapping[int, str],
    count: int,
    name: str,
    row: Callable[[int], str],
) -> None:
    """Warn that some of ``count`` rows are no footprints and stay empty."""
    if faults:
        first = min(faults)
        warnings.warn(
            f'{name}: {len(faults)} of {count} rows are no footprints and '
            f'stay empty; the first: {row(first)} {faults[first]}',
            InputWarning,
            stacklevel=4,
        )


def few_vertices(number: int) -> str:
    """The fault of an outline of less than three vertices."""
    return f'has {number} vertices, a polygon needs 3'


def shape_faults(shapes: NDArray[Any]) -> dict[int, str]:
    """What keeps geometries or None, array (N,), from being footprints."""
    polygon = np.isin(shapely.get_type_id(shapes), POLYGONS)
    empty = shapely.is_empty(shapes)
    doubtful = ~polygon | empty | ~shapely.is_valid(shapes)
    doubtful |= shapely.area(shapes) <= _least_area(shapes)
    faults = {int(n): _fault(shapes[n]) for n in np.flatnonzero(doubtful)}
    return {n: fault for n, fault in faults.items() if fault is not None}


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
