"""A copy of an index with other labels."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..core.atomic_output import build_lock, check_target
from ..core.raster import is_remote
from .knowledge_index import KnowledgeIndex
from .schema import schema
from .target import Target
from .writer import Extent

# Classes that no cell has can still be given a share of it, from this floor.
FLOOR = 1e-3
ROUNDS = 50
# Rows at a time: cells of 8 x 8 in double precision stay below 50 MB.
ROWS = 8192
Array = NDArray[np.floating[Any]]


def write_soft_labels(
    index: KnowledgeIndex,
    labels: Array,
    out: str | Path,
    command: str,
) -> None:
    """Copy an index, with new soft labels of the patches that are in use.

    ``soft_fractions`` become the labels, and ``grid_soft_fractions`` the
    cells spread to agree with them, see :func:`spread`. All other columns,
    and rows that a filter rejects, stay as they are. Train on them with
    ``GeoKRDataset(soft_labels=True)``.

    Args:
        index (KnowledgeIndex): As opened, all rows.
        labels (ndarray): Class fractions of the kept rows, (M, K).
        out (str | Path): The copy, in the index's own folder, since scene
            paths are relative to it; a trailing ``/`` makes a folder of
            parts.
        command (str): How the labels were made; stored after the index's.

    Raises:
        InputError: If labels do not fit the index, the copy cannot be
            written, or is to lie elsewhere; nothing is written then.
    """
    kept = np.flatnonzero(index.column('keep'))
    shape = (len(kept), len(index.classes))
    if labels.shape != shape:
        raise InputError(
            f'{index.path}: labels of shape {labels.shape} for {shape[0]} '
            f'patches in use and {shape[1]} classes; take the index that '
            'they were made for'
        )
    lacking = sorted(set(schema().names) - set(index.table.column_names))
    if lacking:
        raise InputError(
            f'{index.path}: written by an older version, without '
            f'{", ".join(lacking)}; build it again with tools/build_index.py'
        )
    target = Target.of(str(out))
    if is_remote(index.path) or target.remote:
        raise InputError(f'{out}: labels are written beside a local index')
    if target.place.resolve().parent != Path(index.path).resolve().parent:
        raise InputError(
            f'{out}: must lie in the folder of {index.path}, where scenes '
            'are found; choose another --out'
        )
    if target.place.resolve() == Path(index.path).resolve():
        raise InputError(f'{out}: is the index itself; choose another --out')
    check_target(target.place, target.folder)
    old = index.metadata
    # Another hash, so that a backbone's card shows which labels it had.
    given = np.ascontiguousarray(labels, np.float32).tobytes()
    metadata = replace(
        old,
        command=f'{old.command}\n{command}',
        inputs_hash=hashlib.sha256(
            old.inputs_hash.encode() + given
        ).hexdigest(),
    )
    tables = _relabelled(index, kept, labels)
    with build_lock(target.place):
        draft = target.place.parent / f'.{target.place.name}.making'
        extent = Extent()
        extent.add(index.table)
        target.write(draft, tables, metadata, extent)


def spread(cells: Array, valid: Array, labels: Array) -> NDArray[np.float32]:
    """Cells whose mean is the label, as near to the old ones as can be.

    Iterative proportional fitting (Deming and Stephan, Annals of
    Mathematical Statistics 11, 1940), which gives the cells of least
    divergence from the old ones: shares of each class are scaled over all
    cells to meet the label, then each cell to sum to 1, and so on.

    Args:
        cells (ndarray): Class fractions of G cells, (N, G, K); shares below
            ``FLOOR`` count as that.
        valid (ndarray): Covered share of each cell, (N, G).
        labels (ndarray): Class fractions of patches, (N, K).

    Returns:
        ndarray: (N, G, K); cells without any class stay without.
    """
    there = cells.sum(axis=2, keepdims=True) > 0
    found = np.maximum(np.asarray(cells, np.float64), FLOOR) * there
    found /= np.maximum(found.sum(axis=2, keepdims=True), 1e-12)
    weight = valid[:, :, None] * there
    weight = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    wanted = np.asarray(labels, np.float64)[:, None]
    for _ in range(ROUNDS):
        mean = (weight * found).sum(axis=1, keepdims=True)
        found *= wanted / np.maximum(mean, 1e-12)
        found /= np.maximum(found.sum(axis=2, keepdims=True), 1e-12)
    return np.asarray(found, np.float32)


def _relabelled(
    index: KnowledgeIndex, kept: NDArray[np.int64], labels: Array
) -> Iterator[Any]:
    """The index's rows some at a time, with new soft labels."""
    for start in range(0, len(index), ROWS):
        part = KnowledgeIndex(
            index.path, index.table.slice(start, ROWS), index.metadata
        )
        mine = (kept >= start) & (kept < start + ROWS)
        rows = kept[mine] - start
        given = np.asarray(labels[mine], np.float32)
        n, k = given.shape
        cells = part.grid_fractions[rows].reshape(n, -1, k)
        # Where nothing was learned, cells stay to the last bit.
        moved = (given != part.fractions[rows]).any(axis=1)
        valid = part.grid_valid[rows].reshape(n, -1)
        cells[moved] = spread(cells[moved], valid[moved], given[moved])
        table = part.table
        for name, values in (
            ('soft_fractions', given),
            ('grid_soft_fractions', cells.reshape(n, -1)),
        ):
            table = _filled(table, name, rows, values)
        yield table


def _filled(
    table: Any, name: str, rows: NDArray[np.int64], values: Array
) -> Any:
    """A table with a column of lists replaced in some rows."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = schema().get_field_index(name)
    kind = schema().field(name).type
    fresh: list[Any] = [None] * len(table)
    for row, value in zip(rows, values, strict=True):
        fresh[row] = value
    old = table[name].combine_chunks().cast(kind)
    mixed = pc.coalesce(pa.array(fresh, type=kind), old)
    return table.set_column(column, name, mixed)
