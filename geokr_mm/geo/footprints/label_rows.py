"""One part of a labelled table of footprints: measured and written."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..geometry.polygons import Polygons
from ..geometry.rings import Rings
from ..geometry.wkb import wkb_types
from ..index.writer import geo_metadata
from ..landcover.fractions import Fractions
from ..landcover.landcover import LandCover
from .external_sort import ROW, SliceRows, centres_of, load_rows
from .table import FootprintTable
from .vector_files import GEOMETRY

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
    batch: list[SliceRows],
    path: str,
    grid: int,
    most: int,
) -> bool:
    """Measure the footprints of a part and write it.

    Args:
        path (str): GeoParquet file to write; a whole one is kept.
        most (int): Footprints to measure at once.

    Returns:
        bool: Whether the product covers any of them.

    Raises:
        InputError: Footprints or land cover that cannot be used, or a full
            disk.
    """
    rows = sum(r.stop - r.start for r in batch)
    done = _covered(path, rows)
    if done is not None:
        return done
    table = load_rows(batch)
    taken = sorted({*COLUMNS, ROW} & {*table.column_names[:-1]})
    if taken:
        raise InputError(
            f'{source.path}: already has the column {taken[0]!r}; rename or '
            'drop it'
        )
    polygons = source.footprints(table, grid)
    measured = []
    for start in range(0, rows, most):
        some = polygons.part(start, min(start + most, rows))
        whole = cover.measure(some, source.crs)
        cells = whole if grid == 1 else cover.measure(some, source.crs, grid)
        measured.append((whole, cells))
    try:
        return _write(cover, source, table, polygons, measured, path)
    except OSError as error:
        raise InputError(
            f'{path}: cannot be written ({error.strerror or error}); free '
            'space or choose another --out'
        ) from None


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
    polygons: Polygons,
    measured: list[tuple[Fractions, Fractions]],
    path: str,
) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def column(of: int, name: str) -> NDArray[Any]:
        parts = [getattr(pair[of], name) for pair in measured]
        return np.concatenate(parts).reshape(len(polygons), -1)

    lonlat = centres_of(polygons, source.crs)
    n = len(polygons)
    product = pa.array([cover.product.name]).dictionary_encode()
    known = [column(0, name) for name in ('valid', 'sea', 'nodata')]
    covered = bool(np.any(known))
    values = {
        # Null where there is no footprint, never NaN.
        'lon': pa.array(lonlat[:, 0], from_pandas=True),
        'lat': pa.array(lonlat[:, 1], from_pandas=True),
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
            b'geo': geo_metadata(
                source.crs, wkb_types(table[GEOMETRY]), _box(polygons.rings)
            ),
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


def _box(rings: Rings) -> list[float]:
    """Left, bottom, right and top of all rings, nothing of none."""
    if not len(rings):
        return []
    boxes = rings.bounds()
    return [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
