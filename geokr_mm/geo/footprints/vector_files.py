"""Geometries of GeoParquet files, and of those that GDAL reads."""

import json
import warnings
from collections.abc import Iterator
from typing import Any

from ...errors import InputError

#: The geometry column of our own tables.
GEOMETRY = 'geometry'
# Rows of a slice where the file itself has no row groups.
SLICE_ROWS = 65536


def is_parquet(path: str) -> bool:
    """Whether a file is Parquet by its name."""
    return path.lower().endswith(('.parquet', '.geoparquet'))


def unreadable(path: str, error: Exception) -> InputError:
    """One line for a file that a library cannot read."""
    return InputError(
        f'{path}: not a readable table of footprints '
        f'({" ".join(str(error).split())[:120]})'
    )


def parquet_geometry(path: str) -> tuple[str | None, str]:
    """CRS and geometry column of a GeoParquet file."""
    import pyarrow
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise unreadable(path, error) from None
    stored = schema.metadata or {}
    if b'geo' not in stored:
        raise InputError(
            f'{path}: a Parquet file without geometries (GeoParquet); write '
            'it with geopandas.GeoDataFrame.to_parquet'
        )
    try:
        described = json.loads(stored[b'geo'])
        name = described['primary_column']
        column = described['columns'][name]
        encoding = column['encoding']
        schema.field(name)
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f'{path}: damaged description of its geometries (GeoParquet); '
            'write it with geopandas.GeoDataFrame.to_parquet'
        ) from None
    if encoding != 'WKB':
        raise InputError(
            f'{path}: geometries encoded as {encoding}; write them as WKB'
        )
    # GeoParquet without the key means longitude and latitude.
    crs = column.get('crs', 'OGC:CRS84')
    return (json.dumps(crs) if isinstance(crs, dict) else crs), name


def one_layer(path: str, wanted: str | None) -> str:
    """The layer of a vector file that holds footprints."""
    import pyogrio

    try:
        listed = pyogrio.list_layers(path).tolist()
    except (OSError, RuntimeError) as error:
        raise unreadable(path, error) from None
    names = [str(name) for name, kind in listed if kind is not None]
    if not names:
        raise InputError(f'{path}: no layer with geometries')
    if wanted is not None and wanted not in names:
        raise InputError(
            f'{path}: no layer {wanted!r} with geometries; there are '
            f'{", ".join(names)[:200]}'
        )
    if wanted is None and len(names) > 1:
        raise InputError(
            f'{path}: several layers ({", ".join(names)[:200]}); choose one '
            f'with --layer, e.g. --layer {names[0]}'
        )
    return wanted or names[0]


def vector_crs(path: str, layer: str) -> str | None:
    """CRS of a layer, by GDAL."""
    import pyogrio

    try:
        crs: str | None = pyogrio.read_info(path, layer=layer)['crs']
    except (OSError, RuntimeError) as error:
        raise unreadable(path, error) from None
    return crs


def vector_slices(path: str, layer: str | None) -> Iterator[tuple[Any, str]]:
    """Some rows at a time, and the name of their geometry column."""
    import pyarrow as pa
    import pyogrio

    try:
        with pyogrio.open_arrow(
            path, layer=layer, batch_size=SLICE_ROWS, use_pyarrow=True
        ) as (about, reader):
            name = about['geometry_name'] or 'wkb_geometry'
            batches = iter(reader)
            while True:
                with warnings.catch_warnings():
                    # Such rows are named when they are checked.
                    warnings.filterwarnings('ignore', 'Non closed ring')
                    batch = next(batches, None)
                if batch is None:
                    break
                yield pa.Table.from_batches([batch]), name
    except (pa.ArrowException, OSError, RuntimeError) as error:
        raise unreadable(path, error) from None
