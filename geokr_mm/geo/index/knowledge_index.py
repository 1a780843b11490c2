"""The knowledge index: one row per patch, read from GeoParquet."""

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.raster import is_remote
from ..scenes.patch import PatchRecord
from ..scenes.radiometry import limits_of
from ..scenes.windowed_read import BandSource, Grid, Window
from .reader import read_index
from .schema import IndexMetadata

#: Columns that a record is made of.
RECORD = (
    'patch_id', 'scene', 'files', 'col_off', 'row_off', 'width', 'height',
    'bands', 'band_files', 'band_numbers', 'lon', 'lat', 'valid_fraction',
    'crc32', 'low', 'high', 'scale', 'offset', 'alphas', 'scene_grid',
    'resampling', 'crs',
)  # fmt: skip


class KnowledgeIndex:
    """An opened index.

    Args:
        path (str): Where it was read from.
        table (pyarrow.Table): Its rows, column by column.
        metadata (IndexMetadata): What holds for all rows.
        scene_root (str): Folder that replaces the index's own as the
            base of relative scene paths.
    """

    def __init__(
        self,
        path: str,
        table: Any,
        metadata: IndexMetadata,
        scene_root: str | None = None,
    ) -> None:
        self.path = path
        self.table = table
        self.metadata = metadata
        self.scene_root = scene_root

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
        return cls(path, table, metadata, root)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of the fractions."""
        return self.metadata.legend.names

    @property
    def palette(self) -> NDArray[np.uint8]:
        """Class colours (K, 3)."""
        return self.metadata.legend.palette

    @cached_property
    def fractions(self) -> NDArray[np.float32]:
        """Class fractions (N, K)."""
        return self._lists('fractions', len(self.classes))

    @cached_property
    def grid_fractions(self) -> NDArray[np.float32]:
        """Class fractions per cell (N, g, g, K)."""
        g = self.metadata.grid
        return self._lists('grid_fractions', g, g, len(self.classes))

    @cached_property
    def grid_valid(self) -> NDArray[np.float32]:
        """Valid share per cell (N, g, g)."""
        g = self.metadata.grid
        return self._lists('grid_valid', g, g)

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
        return np.asarray(self.table[name].to_numpy())

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
        if 'grid_confidence' not in self.table.column_names:
            return np.ones((len(self), g, g), np.float32)
        return self._lists('grid_confidence', g, g)

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
        return self._or_plain('soft_fractions', self.fractions)

    @cached_property
    def grid_soft_fractions(self) -> NDArray[np.float32]:
        """The same per cell (N, g, g, K)."""
        return self._or_plain('grid_soft_fractions', self.grid_fractions)

    def _numbers(
        self, column: str, missing: float | None = None
    ) -> NDArray[np.float32]:
        """A column of numbers (N,); ``missing`` where there is none."""
        if missing is not None and column not in self.table.column_names:
            return np.full(len(self), missing, np.float32)
        return np.asarray(self.column(column), np.float32)

    def _or_plain(
        self, column: str, plain: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """A column of lists; ``plain`` where it is missing or null."""
        if column not in self.table.column_names:
            return plain
        stored = self.table[column].combine_chunks()
        there = np.flatnonzero(np.asarray(stored.is_valid()))
        if not len(there):
            return plain
        values = np.asarray(stored.drop_null().flatten(), np.float32)
        mixed = plain.copy()
        mixed[there] = values.reshape(-1, *plain.shape[1:])
        return mixed

    def _lists(self, column: str, *shape: int) -> NDArray[np.float32]:
        """A column of lists (N, *shape)."""
        if not len(self):
            return np.empty((0, *shape), np.float32)
        values = self.table[column].combine_chunks().flatten()
        flat = np.asarray(values.to_numpy(zero_copy_only=False), np.float32)
        return flat.reshape(len(self), *shape)

    def kept(self) -> 'KnowledgeIndex':
        """The rows that no filter rejects."""
        return self._of(self.table.filter(self.table['keep']))

    def take(self, which: Any) -> 'KnowledgeIndex':
        """Some rows."""
        return self._of(self.table.take(np.asarray(which, np.int64)))

    def _of(self, rows: Any) -> 'KnowledgeIndex':
        table = rows.combine_chunks()
        return KnowledgeIndex(self.path, table, self.metadata, self.scene_root)

    @cached_property
    def _record_names(self) -> list[str]:
        """Columns behind a record; layout 1 lacks some."""
        return [n for n in RECORD if n in self.table.column_names]

    def record(self, i: int) -> PatchRecord:
        """One row as a light, picklable record with resolved files."""
        (row,) = self.table.select(self._record_names).slice(i, 1).to_pylist()
        low, high = self._stretch(row)
        ones = np.ones(len(row['bands']))
        return PatchRecord(
            patch_id=row['patch_id'],
            scene=row['scene'],
            files=tuple(self.resolve(f) for f in row['files']),
            window=Window(
                row['col_off'], row['row_off'], row['width'], row['height']
            ),
            bands=tuple(row['bands']),
            sources=tuple(
                map(BandSource, row['band_files'], row['band_numbers'])
            ),
            low=low,
            high=high,
            fractions=self.fractions[i],
            grid_fractions=self.grid_fractions[i],
            grid_valid=self.grid_valid[i],
            valid_fraction=row['valid_fraction'],
            lon=row['lon'],
            lat=row['lat'],
            # Indexes of layout 1 have none.
            crc32=tuple(row.get('crc32', ())),
            scale=ones if row.get('scale') is None else np.array(row['scale']),
            offset=0 * ones
            if row.get('offset') is None
            else np.array(row['offset']),
            grid=_grid(row),
            alphas=tuple(row.get('alphas') or ()),
        )

    def _stretch(self, row: dict[str, Any]) -> tuple[Any, Any]:
        """A row's own stretch, or that of all rows in the row's bands."""
        if row.get('low') is not None:
            return np.array(row['low']), np.array(row['high'])
        limits = limits_of(self.metadata.radiometry, row['scene'])
        named = list(self.metadata.bands)
        order = [named.index(b) for b in row['bands']]
        return np.array(limits['low'])[order], np.array(limits['high'])[order]

    def resolve(self, file: str) -> str:
        """A stored scene path as one that can be opened."""
        if is_remote(file) or Path(file).is_absolute():
            return file
        base = self.scene_root
        if base is None and is_remote(self.path):
            base = self.path.rstrip('/').rpartition('/')[0]
        elif base is None:
            # A link to an index is read as the index itself.
            base = str(Path(self.path).resolve().parent)
        if is_remote(base):
            return f'{base.rstrip("/")}/{file}'
        return os.path.normpath(os.path.join(base, file))


def _grid(row: dict[str, Any]) -> Grid | None:
    """Grid that a row's files are read on, None where all have it."""
    stored = row.get('scene_grid')
    if stored is None:
        return None
    *transform, width, height = stored
    size = int(width), int(height)
    return Grid(row['crs'], tuple(transform), *size, row['resampling'])
