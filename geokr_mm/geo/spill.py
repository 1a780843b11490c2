"""Rows of a large table brought into the order of the tiles, on disk.

Each slice of the table is sorted by tile and chunk and written once; then
whoever answers for a chunk maps the files and takes its rows from each. No
process ever holds more than one slice.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .footprint import transformer
from .footprint_table import GEOMETRY, FootprintTable
from .rings import Rings
from .split import TileSplit, portions
from .wkb import wkb_rings

ROW = 'row'
KEYS_KEY = b'geokr_mm_keys'


@dataclass(frozen=True)
class Piece:
    """Rows ``start`` to ``stop`` of a sorted slice."""

    path: str
    start: int
    stop: int


def centres_of(rings: Rings, crs: str) -> NDArray[np.float64]:
    """Longitude and latitude of the mean vertex of each ring, (N, 2)."""
    sums = np.add.reduceat(rings.points, rings.starts[:-1], axis=0)
    middle = sums / np.diff(rings.starts)[:, None]
    move = transformer(crs, 'EPSG:4326')
    return np.stack(move.transform(*middle.T), axis=1)


def sort_slice(
    split: TileSplit, source: FootprintTable, piece: Any, path: str, first: int
) -> NDArray[np.int64]:
    """Sort one slice and keep it on disk.

    Args:
        split (TileSplit): Tells the tile of a place.
        source (FootprintTable): The table.
        piece: Which slice, see :meth:`.footprint_table.FootprintTable.read`.
        path (str): Arrow file to write; one that is there is kept.
        first (int): Number of the slice's first row in the table.

    Returns:
        int64 array (chunks, 4): Tile, row and column of the chunk in it, and
        how many rows lie there; in this order.
    """
    import pyarrow as pa

    if os.path.exists(path):
        with pa.memory_map(path) as stream:
            stored = pa.ipc.open_file(stream).schema.metadata[KEYS_KEY]
        return np.frombuffer(stored, np.int64).reshape(-1, 4)
    table = source.read(piece)
    if not len(table):
        return np.empty((0, 4), np.int64)
    centres = centres_of(wkb_rings(table[GEOMETRY], source.path), source.crs)
    home = split.tile_of(centres)
    inside = split.chunk_of(centres, home)
    order = np.lexsort((inside[:, 2], inside[:, 1], inside[:, 0], home))
    keys, counts = np.unique(
        np.column_stack([home, inside[:, :2]])[order],
        axis=0,
        return_counts=True,
    )
    found = np.column_stack([keys, counts]).astype(np.int64)
    table = table.append_column(ROW, pa.array(first + np.arange(len(table))))
    table = table.take(pa.array(order)).combine_chunks()
    table = table.replace_schema_metadata({KEYS_KEY: found.tobytes()})
    draft = f'{path}.tmp'
    with (
        pa.OSFile(draft, 'wb') as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)
    os.replace(draft, path)
    return found


def gather(
    files: list[str], keys: list[NDArray[np.int64]], most: int
) -> Iterator[tuple[int, list[Piece]]]:
    """Portions of one tile with whole chunks, in the order of the tiles.

    Args:
        files (list of str): Sorted slices.
        keys (list of int64 arrays): What :func:`sort_slice` told of each.
        most (int): Rows in a portion; a chunk with more is divided.

    Yields:
        tuple: Rows of the portion, and where they are.
    """
    number = np.repeat(np.arange(len(keys)), [len(k) for k in keys])
    table = np.concatenate(keys)
    ends = np.concatenate([np.cumsum(k[:, 3]) for k in keys])
    order = np.lexsort((number, table[:, 2], table[:, 1], table[:, 0]))
    number, ends, table = number[order], ends[order], table[order]
    starts = ends - table[:, 3]
    for taken in portions(table[:, :3], table[:, 3], most):
        pieces = [
            Piece(
                files[number[entry]],
                int(starts[entry]) + begin,
                int(starts[entry]) + end,
            )
            for entry, begin, end in taken
        ]
        yield sum(p.stop - p.start for p in pieces), pieces


def load(pieces: list[Piece]) -> Any:
    """The rows of a portion as one pyarrow table."""
    import pyarrow as pa

    parts = []
    for piece in pieces:
        with pa.memory_map(piece.path) as stream:
            table = pa.ipc.open_file(stream).read_all()
            parts.append(table.slice(piece.start, piece.stop - piece.start))
    whole = pa.concat_tables(parts).combine_chunks()
    return whole.replace_schema_metadata(None)


def spill_path(folder: Path, number: int) -> str:
    """File of a sorted slice."""
    return str(folder / f'sorted-{number:06d}.arrow')
