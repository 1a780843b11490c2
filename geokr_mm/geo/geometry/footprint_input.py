"""Footprints as users hold them: arrays, geometries, tables of geopandas."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import shapely

from ...errors import InputError
from ..core.crs import crs_name, crs_text, parse_crs, require_place, same_place
from .faults import INVALID, few_vertices, refuse_faults, warn_of_faults
from .polygons import Polygons, on_globe, ring_polygons, shape_polygons
from .quadrilaterals import four_cornered
from .rings import as_rings

NAME = 'footprints'


class Footprints(NamedTuple):
    """Footprints, their CRS, and the index of a pandas object or None."""

    polygons: Polygons
    crs: str
    index: Any


def read_footprints(
    given: Any, crs: Any = None, grid: int = 1, invalid: str = 'error'
) -> Footprints:
    """Understand footprints in any form.

    Args:
        given: Array (N, V, 2) of vertices; a sequence of arrays (V, 2) and
            shapely polygons; a GeoDataFrame or GeoSeries; or one polygon.
        crs: Their CRS; only a GeoDataFrame or GeoSeries has its own.
        grid (int): Cells along a side; more than one need four corners.
            Geometries keep no order of corners: theirs are put into the
            order upper left, upper right, lower right, lower left.
        invalid (str): ``'error'``, or ``'empty'`` to give what is no
            footprint no area, with an :class:`.errors.InputWarning`.

    Raises:
        InputError: No or another CRS, or a row that is no footprint.
    """
    if invalid not in INVALID:
        raise InputError(
            f'invalid={invalid!r}: give one of {", ".join(INVALID)}'
        )
    given, stated, index = _unwrapped(given)
    crs = _one_crs(stated, crs)
    polygons, drawn = _polygons(given)
    if crs is None:
        raise InputError(
            f"{NAME}: no CRS; give it with crs, e.g. crs='EPSG:32633'"
        )
    crs = crs_text(crs)
    require_place(crs, NAME)
    polygons = on_globe(polygons, crs)
    if grid > 1:
        polygons = four_cornered(polygons, upright=drawn)
    name = _namer(index)
    if invalid == 'error':
        refuse_faults(polygons.faults, NAME, "invalid='empty'", name)
    warn_of_faults(polygons.faults, len(polygons), NAME, name)
    return Footprints(polygons, crs, index)


def _unwrapped(given: Any) -> tuple[Any, Any, Any]:
    """Geometries, CRS and index of what geopandas and pandas hold."""
    crs, index = getattr(given, 'crs', None), getattr(given, 'index', None)
    if index is None or callable(index):
        return given, crs, None
    if hasattr(given, 'columns'):
        try:
            given = given.geometry
        except AttributeError:
            raise InputError(
                f'{NAME}: a table without a column of geometries; name it '
                'with GeoDataFrame.set_geometry'
            ) from None
    return given.to_numpy(), crs, index


def _one_crs(stated: Any, given: Any) -> Any:
    """The CRS of footprints that may have their own."""
    if stated is None or given is None:
        return given if stated is None else stated
    texts = [crs_text(crs) for crs in (stated, given)]
    if not same_place(*texts):
        names = [crs_name(parse_crs(text)) for text in texts]
        raise InputError(
            f'{NAME}: are in {names[0]}, but crs is {names[1]}; leave crs '
            'out, or bring them to that CRS with to_crs'
        )
    return stated


def _namer(index: Any) -> Callable[[int], str]:
    """Names of rows: their number, and their label where it is another."""

    def name(number: int) -> str:
        label = number if index is None else index[number]
        return f'row {number}' + ('' if label == number else f' ({label!r})')

    return name


def _polygons(given: Any) -> tuple[Polygons, bool]:
    """Footprints, and whether they came as geometries."""
    if hasattr(given, 'geom_type'):
        return shape_polygons(np.array([given], object)), True
    if isinstance(given, np.ndarray) and given.dtype != object:
        return _from_array(given), False
    try:
        items = list(given)
    except TypeError:
        raise InputError(
            f'{NAME} of type {type(given).__name__}: give an array, polygons '
            'or a GeoDataFrame'
        ) from None
    drawn = any(hasattr(item, 'geom_type') for item in items)
    if not drawn and all(item is not None for item in items):
        try:
            return _from_array(np.asarray(items, np.float64)), False
        except (TypeError, ValueError):
            # Of different numbers of vertices.
            pass
    shapes = np.full(len(items), None, object)
    faults: dict[int, str] = {}
    for n, item in enumerate(items):
        if item is None or hasattr(item, 'geom_type'):
            shapes[n] = item
            continue
        try:
            shapes[n] = _outline(item)
        except ValueError as error:
            faults[n] = str(error)
    return shape_polygons(shapes, faults), drawn


def _from_array(array: Any) -> Polygons:
    if array.ndim == 2 and array.shape[1] == 2 and len(array):
        array = array[None]
    if not array.size:
        array = array.reshape(0, 4, 2)
    if array.ndim != 3 or array.shape[2] != 2:
        raise InputError(
            f'{NAME} of shape {array.shape}: an array must be '
            '(N, vertices, 2), or (vertices, 2) for one polygon'
        )
    n, vertices, _ = array.shape
    if vertices > 3 and n and (array[:, 0] == array[:, -1]).all():
        array, vertices = array[:, :-1], vertices - 1
    return ring_polygons(as_rings(array))


def _outline(item: Any) -> shapely.Polygon:
    """One array of vertices as a polygon; ValueError with its fault."""
    try:
        points = np.asarray(item, np.float64)
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError('is no array of vertices (V, 2)')
    different = len(np.unique(points, axis=0))
    if different < 3:
        raise ValueError(few_vertices(different))
    return shapely.Polygon(points)
