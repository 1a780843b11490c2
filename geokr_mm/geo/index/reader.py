"""Reading an index: one file or a folder of parts, here or at a URL."""

import json
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..core.atomic_output import HEAD
from ..core.raster import is_remote
from .schema import METADATA_KEY, IndexMetadata

# Up to layout 4 the footer held a stretch for each scene: far more than the
# 100 MB that pyarrow allows by default.
FOOTER_BYTES = 2**31 - 1


def read_index(path: str) -> tuple[Any, IndexMetadata]:
    """All rows of an index as Arrow columns, and what holds for all.

    Args:
        path (str): File or folder, local or an fsspec URL.

    Returns:
        tuple: pyarrow.Table, and the metadata.

    Raises:
        InputError: No such index, or not one of this package.
    """
    import fsspec
    import pyarrow

    try:
        fs, place = fsspec.core.url_to_fs(
            path if is_remote(path) else str(Path(path).resolve())
        )
        if fs.isdir(place):
            return _folder(fs, place, path)
        if not fs.isfile(place):
            raise InputError(
                f'{path}: no such index; make it with tools/build_index.py'
            )
        return _file(fs, place, path)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f'{path}: not a readable Parquet file '
            f'({" ".join(str(error).split())[:120]}); build it again'
        ) from None
    except ImportError as error:
        raise InputError(
            f'{path}: needs a package for this kind of address ({error})'
        ) from None


def _file(fs: Any, place: str, path: str) -> tuple[Any, IndexMetadata]:
    import pyarrow.parquet as pq

    # Fetching ahead pays over a network only, and holds the file once more.
    remote = is_remote(path)
    with (
        fs.open(place, 'rb') as stream,
        pq.ParquetFile(
            stream,
            pre_buffer=remote,
            thrift_string_size_limit=FOOTER_BYTES,
            thrift_container_size_limit=FOOTER_BYTES,
        ) as source,
    ):
        stored = source.schema_arrow.metadata or {}
        if METADATA_KEY not in stored:
            raise InputError(
                f'{path}: a Parquet file, but not a knowledge index; make '
                'one with tools/build_index.py'
            )
        metadata = _metadata(stored[METADATA_KEY], path)
        table = source.read()
    return table.replace_schema_metadata(None).combine_chunks(), metadata


def _folder(fs: Any, place: str, path: str) -> tuple[Any, IndexMetadata]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not fs.isfile(f'{place}/{HEAD}'):
        raise InputError(
            f'{path}: a folder without {HEAD}, so not a complete index; '
            'build it again, or give the index file in it'
        )
    head = json.loads(fs.cat_file(f'{place}/{HEAD}'))
    if head.get('kind') != 'index':
        raise InputError(
            f'{path}: footprints with labels, not an index of patches; read '
            'them with geopandas.read_parquet'
        )
    metadata = _metadata(json.dumps(head['metadata']).encode(), path)
    tables = []
    for part in head['parts']:
        try:
            with fs.open(f'{place}/{part["name"]}', 'rb') as stream:
                table = pq.read_table(stream).replace_schema_metadata(None)
        except FileNotFoundError:
            raise InputError(
                f'{path}: part {part["name"]} is missing; bring it back or '
                'build the index again'
            ) from None
        if len(table) != part['rows']:
            raise InputError(
                f'{path}: part {part["name"]} has {len(table)} rows, not '
                f'{part["rows"]}; build the index again'
            )
        tables.append(table)
    return pa.concat_tables(tables).combine_chunks(), metadata


def _metadata(text: bytes, path: str) -> IndexMetadata:
    try:
        return IndexMetadata.from_json(text)
    except InputError as error:
        raise InputError(f'{path}: {error}') from None
