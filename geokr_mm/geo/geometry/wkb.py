"""Footprints from WKB and WKT; rectangles without an object for each."""

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from .polygons import Polygons, ring_polygons, shape_polygons
from .rings import as_rings

# One ring of five points, little endian (OGC 06-103r4, WKB polygon).
RECTANGLE = bytes.fromhex('01030000000100000005000000')
RECTANGLE_BYTES = len(RECTANGLE) + 5 * 16
# Byte order and type, at the start of every geometry.
HEADER_BYTES = 5
# Bits of extended WKB, and the thousands of ISO WKB, that mean a Z.
EXTENDED_Z = 0x80000000
TYPES = (
    'Geometry', 'Point', 'LineString', 'Polygon', 'MultiPoint',
    'MultiLineString', 'MultiPolygon', 'GeometryCollection',
)  # fmt: skip


def wkb_polygons(column: Any) -> Polygons:
    """A column (pyarrow.ChunkedArray) of WKB as footprints."""
    array = _combined(column)
    corners = _rectangles(array)
    if corners is not None:
        return ring_polygons(as_rings(corners))
    raw = array.to_numpy(zero_copy_only=False)
    return shape_polygons(*read_shapes(shapely.from_wkb, raw))


def read_shapes(
    read: Callable[..., Any], stored: NDArray[Any]
) -> tuple[NDArray[Any], dict[int, str]]:
    """Geometries (N,), and what is wrong with those that cannot be read.

    Args:
        read (callable): :func:`shapely.from_wkb` or ``from_wkt``.
        stored (object array (N,)): What to read; None stays None.
    """
    try:
        shapes = read(stored, on_invalid='ignore')
    except NotImplementedError:
        # One curve among them stops the reading of all.
        shapes = np.array([_read_one(read, one)[0] for one in stored])
    faults = {}
    for n in np.flatnonzero(shapely.is_missing(shapes)).tolist():
        if stored[n] is not None:
            faults[n] = _read_one(read, stored[n])[1]
    return shapes, faults


def _read_one(read: Callable[..., Any], stored: Any) -> tuple[Any, str]:
    """A geometry, or None and what is wrong with it."""
    try:
        return read(stored), ''
    except (shapely.errors.ShapelyError, NotImplementedError) as error:
        reason = ' '.join(str(error).split())
    if 'closed linestring' in reason:
        return None, 'has a ring that is not closed'
    return None, f'has a geometry that cannot be read ({reason[:80]})'


def wkb_types(column: Any) -> list[str]:
    """Kinds of geometries in WKB as GeoParquet writes them: 'Polygon Z'..."""
    import pyarrow.compute as pc

    found = set()
    heads = pc.unique(pc.binary_slice(_combined(column), 0, HEADER_BYTES))
    for head in heads.drop_null().to_pylist():
        number = int.from_bytes(head[1:], 'little' if head[0] else 'big')
        deep = bool(number & EXTENDED_Z) or number % 10000 // 1000 in (1, 3)
        kind = number % 1000 if number < EXTENDED_Z else number & 0xFF
        if kind < len(TYPES):
            found.add(TYPES[kind] + (' Z' if deep else ''))
    return sorted(found)


def _combined(column: Any) -> Any:
    import pyarrow as pa

    array = column.combine_chunks().cast(pa.binary())
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    return array


def _rectangles(array: Any) -> NDArray[np.float64] | None:
    """Corners (N, 4, 2) where all are quadrilaterals, read in one go."""
    n = len(array)
    if not n or array.null_count:
        return None
    offsets = np.frombuffer(array.buffers()[1], np.int32)
    offsets = offsets[array.offset : array.offset + n + 1]
    if (np.diff(offsets) != RECTANGLE_BYTES).any():
        return None
    data = np.frombuffer(array.buffers()[2], np.uint8)
    rows = data[offsets[0] : offsets[-1]].reshape(n, RECTANGLE_BYTES)
    head = len(RECTANGLE)
    if (rows[:, :head] != np.frombuffer(RECTANGLE, np.uint8)).any():
        return None
    flat = np.ascontiguousarray(rows[:, head:]).view('<f8')
    rings = flat.reshape(n, 5, 2)
    closed = (rings[:, 0] == rings[:, 4]).all()
    return rings[:, :4] if closed else None
