"""The knowledge index: one row per patch, read from GeoParquet."""

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.raster import is_remote
from ..scenes.patch import PatchRecord
from .lists import ListRows
from .mapped import is_large
from .reader import read_index
from .records import RecordRows, make_record
from .schema import IndexMetadata


class KnowledgeIndex:
    """An opened index.

    Args:
        path (str): Where it was read from.
        table (pyarrow.Table): Its rows, column by column.
        metadata (IndexMetadata): What holds for all rows.
        scene_root (str): Folder that replaces the index's own as the
            base of relative scene paths.
        rows (int64 array (N,)): Rows of the table in use; None for all.
    """

    def __init__(
        self,
        path: str,
        table: Any,
        metadata: IndexMetadata,
        scene_root: str | None = None,
        rows: NDArray[np.int64] | None = None,
    ) -> None:
        self.path = path
        self.metadata = metadata
        self.scene_root = scene_root
        self._table, self._rows = table, rows
        self._mapped = False

    def __reduce__(self) -> Any:
        if self._mapped:
            return _reopened, (self.path, self.scene_root, self._rows)
        return KnowledgeIndex, (
            self.path,
            self._table,
            self.metadata,
            self.scene_root,
            self._rows,
        )

    @property
    def table(self) -> Any:
        """The rows in use as a pyarrow.Table: all of their columns."""
        if self._rows is None:
            return self._table
        return self._table.take(self._rows).combine_chunks()

    @table.setter
    def table(self, table: Any) -> None:
        self._table, self._rows, self._mapped = table, None, False

    @classmethod
    def open(
        cls, path: str | Path, scene_root: str | Path | None = None
    ) -> 'KnowledgeIndex':
        """Read an index.

        Args:
            path (str or Path): File or folder that tools/build_index.py
                wrote, or its URL.
            scene_root (str or Path): Base of relative scene paths where the
                scenes moved; the index's folder by default.

        Raises:
            InputError: No such file, or not an index of this package.
        """
        path = str(path)
        table, metadata = read_index(path)
        root = None if scene_root is None else str(scene_root)
        index = cls(path, table, metadata, root)
        index._mapped = is_large(metadata, len(table))
        return index

    def __len__(self) -> int:
        return len(self._table if self._rows is None else self._rows)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of the fractions."""
        return self.metadata.legend.names

    @property
    def palette(self) -> NDArray[np.uint8]:
        """Class colours (K, 3)."""
        return self.metadata.legend.palette

    def lists(self, name: str) -> ListRows:
        """A column of class fractions, or of shares of cells, row by row.

        Soft fractions are the plain ones where maps were not combined.
        """
        if name not in self._lists:
            g, k = self.metadata.grid, len(self.classes)
            grid, per_class = name.startswith('grid_'), 'fractions' in name
            shape = (g, g) * grid + (k,) * per_class
            other, column = None, None
            if 'soft_' in name:
                other = self.lists(name.replace('soft_', ''))
            if other is None or name in self._table.column_names:
                column = self._table[name]
            if column is None or column.null_count == len(column) > 0:
                return other or self.lists(name)
            self._lists[name] = ListRows(column, shape, self._rows, other)
        return self._lists[name]

    @cached_property
    def _lists(self) -> dict[str, ListRows]:
        return {}

    @cached_property
    def fractions(self) -> NDArray[np.float32]:
        """Class fractions (N, K)."""
        return self.lists('fractions').all()

    @cached_property
    def grid_fractions(self) -> NDArray[np.float32]:
        """Class fractions per cell (N, g, g, K)."""
        return self.lists('grid_fractions').all()

    @cached_property
    def grid_valid(self) -> NDArray[np.float32]:
        """Valid share per cell (N, g, g)."""
        return self.lists('grid_valid').all()

    @property
    def valid_fraction(self) -> NDArray[np.float32]:
        """Valid share of each patch (N,)."""
        return self._numbers('valid_fraction')

    @cached_property
    def frame(self) -> Any:
        """All rows as a GeoDataFrame: for looking, not for training.

        Objects for every row: some kilobytes each.
        """
        import geopandas

        rows = self.table.to_pandas()
        shapes = geopandas.GeoSeries.from_wkb(rows['geometry'], crs=4326)
        return geopandas.GeoDataFrame(rows.assign(geometry=shapes))

    def column(self, name: str) -> NDArray[Any]:
        """A column with one value in each row, array (N,)."""
        return np.asarray(self._column(name).to_numpy())

    def flat(self, name: str) -> NDArray[Any]:
        """Values of a column of lists, one after the other."""
        parts = [np.asarray(c.flatten()) for c in self._column(name).chunks]
        return np.concatenate(parts) if parts else np.empty(0)

    def distinct(self, name: str) -> list[Any]:
        """Values that occur in a column."""
        return list(self._column(name).unique().to_pylist())

    def codes(self, name: str) -> NDArray[np.int64]:
        """A column's values as numbers from 0, the same for the same value."""
        column = self._column(name).dictionary_encode().unify_dictionaries()
        parts = [np.asarray(chunk.indices) for chunk in column.chunks]
        return np.concatenate([np.empty(0, np.int64), *parts])

    def most_files(self) -> int:
        """Files of the scene that has the most."""
        import pyarrow.compute as pc

        most = pc.max(pc.list_value_length(self._table['files'])).as_py()
        return int(most or 1)

    def _column(self, name: str) -> Any:
        column = self._table[name]
        return column if self._rows is None else column.take(self._rows)

    @property
    def confidence(self) -> NDArray[np.float32]:
        """Trust in each patch's label, 0 to 1, (N,).

        1 in indexes of layouts 1 and 2, which store none.
        """
        return self._numbers('confidence', 1.0)

    @cached_property
    def grid_confidence(self) -> NDArray[np.float32]:
        """Trust in the label of each cell, 0 to 1, (N, g, g)."""
        g = self.metadata.grid
        if 'grid_confidence' not in self._table.column_names:
            return np.ones((len(self), g, g), np.float32)
        return self.lists('grid_confidence').all()

    @property
    def change(self) -> NDArray[np.float32]:
        """Change between the maps before and after each image, 0 to 1, (N,).

        Total variation of their class fractions; 0 where there are no two
        such maps of one product.
        """
        return np.nan_to_num(self._numbers('change', 0.0))

    @property
    def disagreement(self) -> NDArray[np.float32]:
        """Total variation between the maps of each patch, 0 to 1, (N,).

        Mean over cells; 0 where maps were not combined.
        """
        return np.nan_to_num(self._numbers('disagreement', 0.0))

    @cached_property
    def soft_fractions(self) -> NDArray[np.float32]:
        """Class fractions of all maps combined (N, K).

        The plain fractions where maps were not combined.
        """
        return self.lists('soft_fractions').all()

    @cached_property
    def grid_soft_fractions(self) -> NDArray[np.float32]:
        """The same per cell (N, g, g, K)."""
        return self.lists('grid_soft_fractions').all()

    def _numbers(
        self, column: str, missing: float | None = None
    ) -> NDArray[np.float32]:
        """A column of numbers (N,); ``missing`` where there is none."""
        if missing is not None and column not in self._table.column_names:
            return np.full(len(self), missing, np.float32)
        return np.asarray(self.column(column), np.float32)

    def kept(self) -> 'KnowledgeIndex':
        """The rows that no filter rejects."""
        keep = self.column('keep')
        return self if keep.all() else self.take(np.flatnonzero(keep))

    def take(self, which: Any) -> 'KnowledgeIndex':
        """Some rows."""
        rows = np.asarray(which, np.int64)
        if self._rows is not None:
            rows = self._rows[rows]
        some = KnowledgeIndex(
            self.path, self._table, self.metadata, self.scene_root, rows
        )
        some._mapped = self._mapped
        return some

    @cached_property
    def _records(self) -> RecordRows:
        return RecordRows(self._table)

    def record(self, i: int) -> PatchRecord:
        """One row as a light, picklable record with resolved files."""
        i = range(len(self))[i]
        row = self._records[i if self._rows is None else int(self._rows[i])]
        return make_record(
            row,
            self.metadata,
            files=tuple(self.resolve(f) for f in row['files']),
            fractions=self.lists('fractions')[i],
            grid_fractions=self.lists('grid_fractions')[i],
            grid_valid=self.lists('grid_valid')[i],
        )

    def resolve(self, file: str) -> str:
        """A stored scene path as one that can be opened."""
        if is_remote(file) or os.path.isabs(file):
            return file
        base = self._base
        if is_remote(base):
            return f'{base.rstrip("/")}/{file}'
        return os.path.normpath(os.path.join(base, file))

    @cached_property
    def _base(self) -> str:
        """What stored scene paths are relative to."""
        if self.scene_root is not None:
            return self.scene_root
        if is_remote(self.path):
            return self.path.rstrip('/').rpartition('/')[0]
        # A link to an index is read as the index itself.
        return str(Path(self.path).resolve().parent)


def _reopened(
    path: str, scene_root: str | None, rows: NDArray[np.int64] | None
) -> KnowledgeIndex:
    """Some rows of an index in another process, which maps it as well."""
    index = KnowledgeIndex.open(path, scene_root)
    return index if rows is None else index.take(rows)
