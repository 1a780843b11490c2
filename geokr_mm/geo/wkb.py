"""Outlines from well-known binary, without an object for each polygon."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .rings import Rings

# One ring of five points, little endian (OGC 06-103r4, WKB polygon).
RECTANGLE = bytes.fromhex('01030000000100000005000000')
RECTANGLE_BYTES = len(RECTANGLE) + 5 * 16


def wkb_rings(column: Any, path: str) -> Rings:
    """Outlines of WKB polygons as flat rings.

    Args:
        column (pyarrow.ChunkedArray): WKB.
        path (str): The file, for messages.

    Raises:
        InputError: A geometry that is no polygon without holes.
    """
    import pyarrow as pa
    import shapely

    array = column.combine_chunks().cast(pa.binary())
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    n = len(array)
    if array.null_count:
        raise InputError(f'{path}: {array.null_count} rows have no footprint')
    corners = _rectangles(array)
    if corners is not None:
        points = corners.reshape(-1, 2)
        starts: Any = np.arange(n + 1) * 4
    else:
        shapes = shapely.from_wkb(array.to_numpy(zero_copy_only=False))
        wrong = shapely.get_type_id(shapes) != shapely.GeometryType.POLYGON
        wrong |= shapely.get_num_interior_rings(shapes) > 0
        wrong |= shapely.is_empty(shapes)
        if wrong.any():
            shape = shapes[int(wrong.argmax())]
            raise InputError(
                f'{path}: footprint {str(shape)[:60]}: only polygons without '
                'holes are footprints'
            )
        owner: Any
        points, owner = shapely.get_coordinates(shapes, return_index=True)
        # Each ring closes with its first point, which flat rings leave out.
        last = np.append(np.diff(owner) != 0, True)
        points, owner = points[~last], owner[~last]
        starts = np.searchsorted(owner, np.arange(n + 1))
    if not np.isfinite(points).all():
        raise InputError(f'{path}: a footprint has a coordinate not finite')
    return Rings(np.ascontiguousarray(points), starts.astype(np.int64))


def _rectangles(array: Any) -> NDArray[np.float64] | None:
    """Corners (N, 4, 2) where all are quadrilaterals, read in one go."""
    n = len(array)
    offsets = np.frombuffer(array.buffers()[1], np.int32)
    offsets = offsets[array.offset : array.offset + n + 1]
    if not n or (np.diff(offsets) != RECTANGLE_BYTES).any():
        return None
    data = np.frombuffer(array.buffers()[2], np.uint8)
    rows = data[offsets[0] : offsets[-1]].reshape(n, RECTANGLE_BYTES)
    head = len(RECTANGLE)
    if (rows[:, :head] != np.frombuffer(RECTANGLE, np.uint8)).any():
        return None
    rings = np.ascontiguousarray(rows[:, head:]).view('<f8')
    return rings.reshape(n, 5, 2)[:, :4]
