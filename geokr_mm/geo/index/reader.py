"""Reading an index: one file or a folder of parts, here or at a URL."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ..core.atomic_output import HEAD
from ..core.raster import is_remote
from .mapped import BATCH_ROWS, is_large, mapped_table
from .schema import METADATA_KEY, IndexMetadata

# Up to layout 4 the footer held a stretch for each scene: far more than the
# 100 MB that pyarrow allows by default.
FOOTER_BYTES = 2**31 - 1


def read_index(path: str) -> tuple[Any, IndexMetadata]:
    """All rows of an index as Arrow columns, and what holds for all.

    Those of a large index are memory-mapped, see :mod:`.mapped`.

    Returns:
        tuple: pyarrow.Table, and the metadata; its ``radiometry['scenes']``
        holds the stretch of each scene, read from the rows when it is used.

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
            table, metadata = _folder(fs, place, path)
        elif fs.isfile(place):
            table, metadata = _file(fs, place, path)
        else:
            raise InputError(
                f'{path}: no such index; make it with tools/build_index.py'
            )
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
    if 'low' in table.column_names:
        stated = {**metadata.radiometry, 'scenes': SceneStretches(table)}
        metadata = replace(metadata, radiometry=stated)
    return table, metadata


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
        table = None
        if not remote and is_large(metadata, source.metadata.num_rows):
            table = mapped_table(
                Path(place),
                os.stat(place),
                source.schema_arrow.remove_metadata(),
                lambda: source.iter_batches(BATCH_ROWS, use_threads=False),
            )
        if table is not None:
            return table, metadata
        table = source.read()
    return table.replace_schema_metadata(None).combine_chunks(), metadata


def _folder(fs: Any, place: str, path: str) -> tuple[Any, IndexMetadata]:
    import pyarrow as pa

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
    parts = _parts(fs, place, path, head)
    rows = sum(part['rows'] for part in head['parts'])
    if not is_remote(path) and is_large(metadata, rows):
        first = next(parts)
        table = mapped_table(
            Path(place),
            os.stat(f'{place}/{HEAD}'),
            first.schema,
            lambda: (
                batch
                for part in _parts(fs, place, path, head)
                for batch in part.to_batches(BATCH_ROWS)
            ),
        )
        if table is not None:
            return table, metadata
        parts = _parts(fs, place, path, head)
    return pa.concat_tables(parts).combine_chunks(), metadata


def _parts(
    fs: Any, place: str, path: str, head: dict[str, Any]
) -> Iterator[Any]:
    """The tables of a folder."""
    import pyarrow.parquet as pq

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
        yield table


def _metadata(text: bytes, path: str) -> IndexMetadata:
    try:
        return IndexMetadata.from_json(text)
    except InputError as error:
        raise InputError(f'{path}: {error}') from None


class SceneStretches(Mapping[str, dict[str, list[float]]]):
    """``low`` and ``high`` of each scene, taken from its first row."""

    def __init__(self, table: Any) -> None:
        self._table = table

    @cached_property
    def _rows(self) -> dict[str, int]:
        own = np.asarray(self._table['low'].is_valid())
        first: dict[str, int] = {}
        names = self._table['scene'].to_pylist() if own.any() else ()
        for row, name in enumerate(names):
            if own[row]:
                first.setdefault(name, row)
        return first

    def __getitem__(self, scene: str) -> dict[str, list[float]]:
        row = self._rows[scene]
        return {
            side: self._table[side][row].as_py() for side in ('low', 'high')
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
