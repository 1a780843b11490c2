"""Rows of a large table brought into the order of the tiles, on disk.

Each slice of the table is sorted by tile and chunk and written once; then the
process that measures a chunk maps the files and takes its rows from each. No
process ever holds more than one slice.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.crs import transformer
from ..geometry.faults import refuse_faults
from ..geometry.polygons import Polygons
from ..landcover.chunks import ChunkLocator, chunk_batches
from .table import FootprintTable

ROW = 'row'
KEYS_KEY = b'geokr_mm_keys'
FAULTS_KEY = b'geokr_mm_faults'


@dataclass(frozen=True)
class SliceRows:
    """Rows ``start`` to ``stop`` of a sorted slice."""

    path: str
    start: int
    stop: int


class SortedSlice(NamedTuple):
    """What is in a sorted slice.

    Attributes:
        keys (int64 array (chunks, 4)): Tile, row and column of the chunk in
            it, and how many rows lie there; in this order.
        faults (dict[int, str]): What is wrong with rows that are no
            footprints, by their number in the table.
    """

    keys: NDArray[np.int64]
    faults: dict[int, str]


def centres_of(polygons: Polygons, crs: str) -> NDArray[np.float64]:
    """Longitude and latitude of the middle of footprints, array (N, 2).

    The mean vertex; that of several parts by their area. NaN for what is no
    footprint.
    """
    rings = polygons.rings
    middle = np.full((len(polygons), 2), np.nan)
    if len(rings):
        sums = np.add.reduceat(rings.points, rings.starts[:-1], axis=0)
        means = sums / np.diff(rings.starts)[:, None]
        if polygons.owner is None:
            middle = means
        else:
            areas = rings.areas()[:, None]
            whole = polygons.summed(areas)
            found = whole[:, 0] > 0
            middle[found] = (polygons.summed(means * areas) / whole)[found]
    move = transformer(crs, 'EPSG:4326')
    lonlat = np.stack(move.transform(*middle.T), axis=1)
    lonlat[~np.isfinite(lonlat).all(axis=1)] = np.nan
    return lonlat


def sort_slice(
    locator: ChunkLocator,
    source: FootprintTable,
    part: Any,
    path: str,
    first: int,
    grid: int,
) -> SortedSlice:
    """Check the footprints of one slice, sort it and keep it on disk.

    Args:
        locator (ChunkLocator): Finds the chunk of a place.
        part: Which slice, see :meth:`.FootprintTable.read`.
        path (str): Arrow file to write; one that is there is kept.
        first (int): Number of the slice's first row in the table.
        grid (int): Cells along a side; more than one need four corners.

    Raises:
        InputError: A row that is no footprint, where the table's ``invalid``
            is ``'error'``.
    """
    import pyarrow as pa

    if os.path.exists(path):
        with pa.memory_map(path) as stream:
            stored = pa.ipc.open_file(stream).schema.metadata
        keys = np.frombuffer(stored[KEYS_KEY], np.int64).reshape(-1, 4)
        faults = json.loads(stored[FAULTS_KEY])
        return SortedSlice(
            keys, {int(n): fault for n, fault in faults.items()}
        )
    table, known = source.read(part)
    if not len(table):
        return SortedSlice(np.empty((0, 4), np.int64), {})
    polygons = source.footprints(table, grid)
    polygons = replace(polygons, faults={**polygons.faults, **known})
    if source.invalid == 'error':
        refuse_faults(
            polygons.faults,
            source.path,
            '--invalid empty',
            lambda n: source.row_name(first + n),
        )
    faults = {first + n: fault for n, fault in polygons.faults.items()}
    centres = centres_of(polygons, source.crs)
    tiles = locator.tile_of(centres)
    inside = locator.chunk_of(centres, tiles)
    order = np.lexsort((inside[:, 2], inside[:, 1], inside[:, 0], tiles))
    keys, counts = np.unique(
        np.column_stack([tiles, inside[:, :2]])[order],
        axis=0,
        return_counts=True,
    )
    found = np.column_stack([keys, counts]).astype(np.int64)
    table = table.append_column(ROW, pa.array(first + np.arange(len(table))))
    table = table.take(pa.array(order)).combine_chunks()
    table = table.replace_schema_metadata(
        {KEYS_KEY: found.tobytes(), FAULTS_KEY: json.dumps(faults).encode()}
    )
    draft = f'{path}.tmp'
    with (
        pa.OSFile(draft, 'wb') as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)
    os.replace(draft, path)
    return SortedSlice(found, faults)


def plan_batches(
    files: list[str], keys: list[NDArray[np.int64]], most: int
) -> Iterator[tuple[int, list[SliceRows]]]:
    """Batches of one tile with whole chunks, in the order of the tiles.

    ``keys`` are those of each file, see :class:`SortedSlice`; a chunk with
    more than ``most`` rows is divided.

    Yields:
        tuple: Number of rows, and where they are.
    """
    number = np.repeat(np.arange(len(keys)), [len(k) for k in keys])
    table = np.concatenate(keys)
    ends = np.concatenate([np.cumsum(k[:, 3]) for k in keys])
    order = np.lexsort((number, table[:, 2], table[:, 1], table[:, 0]))
    number, ends, table = number[order], ends[order], table[order]
    starts = ends - table[:, 3]
    for taken in chunk_batches(table[:, :3], table[:, 3], most):
        rows = [
            SliceRows(
                files[number[entry]],
                int(starts[entry]) + begin,
                int(starts[entry]) + end,
            )
            for entry, begin, end in taken
        ]
        yield sum(r.stop - r.start for r in rows), rows


def load_rows(rows: list[SliceRows]) -> Any:
    """The rows of a batch as one pyarrow table."""
    import pyarrow as pa

    parts = []
    for some in rows:
        with pa.memory_map(some.path) as stream:
            table = pa.ipc.open_file(stream).read_all()
            parts.append(table.slice(some.start, some.stop - some.start))
    whole = pa.concat_tables(parts).combine_chunks()
    return whole.replace_schema_metadata(None)


def slice_path(folder: Path, number: int) -> str:
    """File of a sorted slice."""
    return str(folder / f'sorted-{number:06d}.arrow')
