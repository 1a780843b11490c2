"""The knowledge index: one row per patch, read from GeoParquet."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.raster import is_remote
from ..scenes.radiometry import pair_of
from ..scenes.windowed_read import BandSource, Grid, PatchRecord, Window
from .reader import read_index
from .schema import IndexMetadata
from .writer import write_index

__all__ = ['IndexMetadata', 'KnowledgeIndex', 'write_index']

#: Columns that a record is made of.
RECORD = (
    'patch_id', 'scene', 'files', 'col_off', 'row_off', 'width', 'height',
    'bands', 'band_files', 'band_numbers', 'lon', 'lat', 'valid_fraction',
    'crc32', 'low', 'high', 'scale', 'offset', 'scene_grid', 'resampling',
    'crs',
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
        if 'low' in table.column_names:
            scenes = SceneStretches(table)
            stated = {**metadata.radiometry, 'scenes': scenes}
            metadata = replace(metadata, radiometry=stated)
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
        return self._stack('fractions', len(self.classes))

    @cached_property
    def grid_fractions(self) -> NDArray[np.float32]:
        """Class fractions per cell (N, g, g, K)."""
        g, k = self.metadata.grid, len(self.classes)
        return self._stack('grid_fractions', g * g * k).reshape(-1, g, g, k)

    @cached_property
    def grid_valid(self) -> NDArray[np.float32]:
        """Valid share per cell (N, g, g)."""
        g = self.metadata.grid
        return self._stack('grid_valid', g * g).reshape(-1, g, g)

    @property
    def valid_fraction(self) -> NDArray[np.float32]:
        """Valid share of each patch (N,)."""
        return np.asarray(self.column('valid_fraction'), np.float32)

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
        """A column with one value in each row, array (N,).

        Args:
            name (str): Its name, see :func:`.index_file.schema`.
        """
        return np.asarray(self.table[name].to_numpy())

    @property
    def confidence(self) -> NDArray[np.float32]:
        """Trust in each patch's label, 0 to 1, (N,).

        1 in indexes of layouts 1 and 2, which store none.
        """
        if 'confidence' not in self.table.column_names:
            return np.ones(len(self), np.float32)
        return np.asarray(self.column('confidence'), np.float32)

    @cached_property
    def grid_confidence(self) -> NDArray[np.float32]:
        """Trust in the label of each cell, 0 to 1, (N, g, g)."""
        g = self.metadata.grid
        if 'grid_confidence' not in self.table.column_names:
            return np.ones((len(self), g, g), np.float32)
        return self._stack('grid_confidence', g * g).reshape(-1, g, g)

    @property
    def change(self) -> NDArray[np.float32]:
        """Change between the maps before and after each image, 0 to 1, (N,).

        Total variation of their class fractions; 0 where there are no two
        such maps of one product.
        """
        return self._or_zero('change')

    @property
    def disagreement(self) -> NDArray[np.float32]:
        """Total variation between the maps of each patch, 0 to 1, (N,).

        Mean over cells; 0 where maps were not combined.
        """
        return self._or_zero('disagreement')

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

    def _or_zero(self, column: str) -> NDArray[np.float32]:
        """A column of numbers; 0 where it is missing or null."""
        if column not in self.table.column_names:
            return np.zeros(len(self), np.float32)
        return np.nan_to_num(np.asarray(self.column(column), np.float32))

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

    def _stack(self, column: str, width: int) -> NDArray[np.float32]:
        if not len(self):
            return np.empty((0, width), np.float32)
        values = self.table[column].combine_chunks().flatten()
        flat = np.asarray(values.to_numpy(zero_copy_only=False), np.float32)
        return flat.reshape(len(self), width)

    def kept(self) -> 'KnowledgeIndex':
        """The rows that no filter rejects."""
        table = self.table.filter(self.table['keep']).combine_chunks()
        return KnowledgeIndex(self.path, table, self.metadata, self.scene_root)

    def take(self, which: Any) -> 'KnowledgeIndex':
        """Some rows.

        Args:
            which (int array): Their numbers.
        """
        table = self.table.take(np.asarray(which, np.int64)).combine_chunks()
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
                int(row['col_off']),
                int(row['row_off']),
                int(row['width']),
                int(row['height']),
            ),
            bands=tuple(row['bands']),
            sources=tuple(
                BandSource(int(f), int(n))
                for f, n in zip(
                    row['band_files'], row['band_numbers'], strict=True
                )
            ),
            low=low,
            high=high,
            fractions=self.fractions[i],
            grid_fractions=self.grid_fractions[i],
            grid_valid=self.grid_valid[i],
            valid_fraction=float(row['valid_fraction']),
            lon=float(row['lon']),
            lat=float(row['lat']),
            # Indexes of layout 1 have none.
            crc32=tuple(map(int, row.get('crc32', ()))),
            scale=ones if row.get('scale') is None else np.array(row['scale']),
            offset=0 * ones
            if row.get('offset') is None
            else np.array(row['offset']),
            grid=_grid(row),
        )

    def _stretch(self, row: dict[str, Any]) -> tuple[Any, Any]:
        """A row's own stretch, or that of all rows in the row's bands."""
        if row.get('low') is not None:
            return np.array(row['low']), np.array(row['high'])
        pair = pair_of(self.metadata.radiometry, row['scene'])
        named = list(self.metadata.bands)
        order = [named.index(b) for b in row['bands']]
        return np.array(pair['low'])[order], np.array(pair['high'])[order]

    def resolve(self, file: str) -> str:
        """A stored scene path as one that can be opened."""
        if is_remote(file) or Path(file).is_absolute():
            return file
        base = self.scene_root
        if base is None and is_remote(self.path):
            base = self.path.rstrip('/').rpartition('/')[0]
        elif base is None:
            base = str(Path(self.path).parent)
        if is_remote(base):
            return f'{base.rstrip("/")}/{file}'
        return os.path.normpath(os.path.join(base, file))


class SceneStretches(Mapping[str, dict[str, list[float]]]):
    """``low`` and ``high`` of each scene, taken from its first row.

    Args:
        table (pyarrow.Table): Rows of an index.
    """

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


def _grid(row: dict[str, Any]) -> Grid | None:
    """Grid that a row's files are read on, None where all have it."""
    stored = row.get('scene_grid')
    if stored is None:
        return None
    *transform, width, height = stored
    return Grid(
        row['crs'],
        tuple(transform),
        int(width),
        int(height),
        row['resampling'],
    )
