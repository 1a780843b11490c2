"""Footprints from well-known binary, without an object for each rectangle."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .polygons import Polygons, read_shapes, ring_polygons, shape_polygons
from .reproject import as_rings

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
    """Geometries as footprints.

    Args:
        column (pyarrow.ChunkedArray): WKB; null where there is none.
    """
    import shapely

    array = _combined(column)
    corners = _rectangles(array)
    if corners is not None:
        return ring_polygons(as_rings(corners))
    raw = array.to_numpy(zero_copy_only=False)
    return shape_polygons(*read_shapes(shapely.from_wkb, raw))


def wkb_types(column: Any) -> list[str]:
    """Kinds of the geometries as GeoParquet writes them: 'Polygon Z'...

    Args:
        column (pyarrow.ChunkedArray): WKB.
    """
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
