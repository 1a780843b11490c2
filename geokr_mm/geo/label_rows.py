"""One part of a labelled table of footprints: measured and written."""

import json
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .footprint_table import GEOMETRY, FootprintTable
from .knowledge import Fractions
from .landcover import LandCover
from .rings import Rings
from .spill import ROW, Piece, centres_of, load
from .wkb import wkb_rings

#: What is added to the columns of the table.
COLUMNS = (
    'lon',
    'lat',
    'product',
    'product_year',
    'fractions',
    'grid_fractions',
    'grid_valid',
    'valid_fraction',
    'sea_fraction',
    'nodata_fraction',
)


def label_part(
    cover: LandCover,
    source: FootprintTable,
    pieces: list[Piece],
    path: str,
    grid: int,
    most: int,
) -> bool:
    """Ask about the footprints of a part and write it.

    Args:
        cover (LandCover): The product.
        source (FootprintTable): Whose footprints.
        pieces (list of Piece): Where they are.
        path (str): GeoParquet file to write; a whole one is kept.
        grid (int): Cells along a side.
        most (int): Footprints to ask about at once.

    Returns:
        bool: Whether the product covers any of them.

    Raises:
        InputError: Footprints or land cover that cannot be used, or a full
            disk.
    """
    rows = sum(p.stop - p.start for p in pieces)
    done = _covered(path, rows)
    if done is not None:
        return done
    table = load(pieces)
    taken = sorted({*COLUMNS, ROW} & {*table.column_names[:-1]})
    if taken:
        raise InputError(
            f'{source.path}: already has the column {taken[0]!r}; rename or '
            'drop it'
        )
    rings = wkb_rings(table[GEOMETRY], source.path)
    if grid > 1:
        rings = upright(rings, source.path)
    answers = []
    for start in range(0, rows, most):
        some = rings.take(np.arange(start, min(start + most, rows)))
        whole = cover.coverage(some, source.crs, 1)
        corners = some.points.reshape(-1, 4, 2) if grid > 1 else None
        answers.append(
            (
                whole,
                whole
                if corners is None
                else cover.coverage(corners, source.crs, grid),
            )
        )
    try:
        return _write(cover, source, table, rings, answers, path)
    except OSError as error:
        raise InputError(
            f'{path}: cannot be written ({error.strerror or error}); free '
            'space or choose another --out'
        ) from None


def upright(rings: Rings, path: str) -> Rings:
    """Quadrilaterals with the upper left corner first, then clockwise.

    Files keep polygons in any turn from any corner; cells of a grid are
    counted from the upper left one.

    Raises:
        InputError: A footprint that has not four corners.
    """
    if (np.diff(rings.starts) != 4).any():
        raise InputError(
            f'{path}: a grid needs footprints of exactly four corners'
        )
    corners: NDArray[np.float64] = rings.points.reshape(-1, 4, 2)
    side = corners - np.roll(corners, 1, axis=1)
    after = np.roll(side, -1, axis=1)
    turn = (side[..., 0] * after[..., 1] - side[..., 1] * after[..., 0]).sum(
        axis=1
    )
    corners = np.where((turn > 0)[:, None, None], corners[:, ::-1], corners)
    first = (corners[..., 1] - corners[..., 0]).argmax(axis=1)
    index = (first[:, None] + np.arange(4)) % 4
    turned = np.take_along_axis(corners, index[..., None], axis=1)
    return Rings(np.ascontiguousarray(turned.reshape(-1, 2)), rings.starts)


def _covered(path: str, rows: int) -> bool | None:
    """What an earlier run found, None where it did not finish the part."""
    import pyarrow
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as part:
            if part.metadata.num_rows != rows:
                return None
            return (part.metadata.metadata or {})[b'geokr_mm_covered'] == b'1'
    except (OSError, pyarrow.ArrowException, KeyError):
        return None


def _write(
    cover: LandCover,
    source: FootprintTable,
    table: Any,
    rings: Rings,
    answers: list[tuple[Fractions, Fractions]],
    path: str,
) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def column(of: int, name: str) -> NDArray[Any]:
        parts = [getattr(pair[of], name) for pair in answers]
        return np.concatenate(parts).reshape(len(rings), -1)

    lonlat = centres_of(rings, source.crs)
    n = len(rings)
    product = pa.array([cover.product.name]).dictionary_encode()
    covered = bool((column(0, 'uncovered') < 1).any())
    values = {
        'lon': pa.array(lonlat[:, 0]),
        'lat': pa.array(lonlat[:, 1]),
        'product': pa.DictionaryArray.from_arrays(
            np.zeros(n, np.int32), product.dictionary
        ),
        'product_year': pa.array(np.full(n, cover.year, np.int32)),
        'fractions': _lists(column(0, 'fractions')),
        'grid_fractions': _lists(column(1, 'fractions')),
        'grid_valid': _lists(column(1, 'valid')),
        'valid_fraction': pa.array(column(0, 'valid')[:, 0]),
        'sea_fraction': pa.array(column(0, 'sea')[:, 0]),
        'nodata_fraction': pa.array(column(0, 'nodata')[:, 0]),
    }
    for name in COLUMNS:
        table = table.append_column(name, values[name])
    table = table.replace_schema_metadata(
        {
            b'geo': _geo(source.crs, rings),
            b'geokr_mm_covered': b'1' if covered else b'0',
        }
    )
    draft = f'{path}.tmp'
    pq.write_table(table, draft, compression='zstd')
    os.replace(draft, path)
    return covered


def _lists(values: NDArray[np.float32]) -> Any:
    """A float32 table as a list column."""
    import pyarrow as pa

    n, width = values.shape
    field = pa.list_(pa.field('element', pa.float32()))
    return pa.ListArray.from_arrays(
        pa.array(np.arange(n + 1, dtype=np.int32) * width),
        pa.array(values.ravel()),
        type=field,
    )


def _geo(crs: str, rings: Rings) -> bytes:
    """GeoParquet's metadata of a part."""
    import pyproj

    boxes = rings.bounds()
    box = [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
    described = {
        'version': '1.0.0',
        'primary_column': GEOMETRY,
        'columns': {
            GEOMETRY: {
                'encoding': 'WKB',
                'geometry_types': ['Polygon'],
                'crs': pyproj.CRS(crs).to_json_dict(),
                'bbox': np.round(box, 9).tolist(),
            }
        },
    }
    return json.dumps(described, sort_keys=True).encode()
