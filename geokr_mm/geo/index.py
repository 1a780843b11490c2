"""The knowledge index: one row per patch, read from GeoParquet."""

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .index_file import METADATA_KEY, IndexMetadata
from .index_writer import write_index
from .patch import BandSource, PatchRecord, Window
from .raster import is_remote

__all__ = ['IndexMetadata', 'KnowledgeIndex', 'write_index']


class KnowledgeIndex:
    """An opened index.

    Args:
        path (str): Where it was read from.
        frame (GeoDataFrame): Its rows.
        metadata (IndexMetadata): What holds for all rows.
        scene_root (str): Folder that replaces the index's own as the
            base of relative scene paths.
    """

    def __init__(
        self,
        path: str,
        frame: Any,
        metadata: IndexMetadata,
        scene_root: str | None = None,
    ) -> None:
        self.path = path
        self.frame = frame
        self.metadata = metadata
        self.scene_root = scene_root

    @classmethod
    def open(
        cls, path: str | Path, scene_root: str | Path | None = None
    ) -> 'KnowledgeIndex':
        """Read an index.

        Args:
            path (str or Path): File that tools/build_index.py wrote.
            scene_root (str or Path): Base of relative scene paths where the
                scenes moved; the index's folder by default.

        Raises:
            InputError: No such file, or not an index of this package.
        """
        import geopandas
        import pyarrow
        import pyarrow.parquet as pq

        path = str(path)
        if not is_remote(path) and not Path(path).is_file():
            raise InputError(
                f'{path}: no such index; make it with tools/build_index.py'
            )
        try:
            stored = pq.read_schema(path).metadata or {}
            if METADATA_KEY not in stored:
                raise InputError(
                    f'{path}: a Parquet file, but not a knowledge index; '
                    'make one with tools/build_index.py'
                )
            try:
                metadata = IndexMetadata.from_json(stored[METADATA_KEY])
            except InputError as error:
                raise InputError(f'{path}: {error}') from None
            frame = geopandas.read_parquet(path)
        except (pyarrow.ArrowException, OSError) as error:
            raise InputError(
                f'{path}: not a readable Parquet file '
                f'({" ".join(str(error).split())[:120]}); build it again'
            ) from None
        root = None if scene_root is None else str(scene_root)
        return cls(path, frame, metadata, root)

    def __len__(self) -> int:
        return len(self.frame)

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
        return np.asarray(self.frame['valid_fraction'], np.float32)

    @property
    def confidence(self) -> NDArray[np.float32]:
        """Trust in each patch's label, 0 to 1, (N,).

        1 in indexes of layouts 1 and 2, which store none.
        """
        if 'confidence' not in self.frame:
            return np.ones(len(self.frame), np.float32)
        return np.asarray(self.frame['confidence'], np.float32)

    @cached_property
    def grid_confidence(self) -> NDArray[np.float32]:
        """Trust in the label of each cell, 0 to 1, (N, g, g)."""
        g = self.metadata.grid
        if 'grid_confidence' not in self.frame:
            return np.ones((len(self.frame), g, g), np.float32)
        return self._stack('grid_confidence', g * g).reshape(-1, g, g)

    @property
    def change(self) -> NDArray[np.float32]:
        """Change between the maps before and after each image, 0 to 1, (N,).

        Total variation of their class fractions; 0 where there are no two
        such maps of one product.
        """
        if 'change' not in self.frame:
            return np.zeros(len(self.frame), np.float32)
        return np.nan_to_num(np.asarray(self.frame['change'], np.float32))

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

    def _or_plain(
        self, column: str, plain: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """A column of lists; ``plain`` where it is missing or null."""
        if column not in self.frame:
            return plain
        stored = self.frame[column]
        there = np.flatnonzero(stored.notna())
        if not len(there):
            return plain
        values = np.stack(list(stored.iloc[there])).astype(np.float32)
        mixed = plain.copy()
        mixed[there] = values.reshape(-1, *plain.shape[1:])
        return mixed

    def _stack(self, column: str, width: int) -> NDArray[np.float32]:
        if not len(self.frame):
            return np.empty((0, width), np.float32)
        return np.stack(list(self.frame[column])).astype(np.float32)

    def kept(self) -> 'KnowledgeIndex':
        """The rows that no filter rejects."""
        frame = self.frame[self.frame['keep']].reset_index(drop=True)
        return KnowledgeIndex(self.path, frame, self.metadata, self.scene_root)

    def record(self, i: int) -> PatchRecord:
        """One row as a light, picklable record with resolved files."""
        row = self.frame.iloc[i]
        pair = self.metadata.radiometry['scenes'][row['scene']]
        named = list(self.metadata.bands)
        order = [named.index(b) for b in row['bands']]
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
            low=np.array(pair['low'])[order],
            high=np.array(pair['high'])[order],
            fractions=self.fractions[i],
            grid_fractions=self.grid_fractions[i],
            grid_valid=self.grid_valid[i],
            valid_fraction=float(row['valid_fraction']),
            lon=float(row['lon']),
            lat=float(row['lat']),
            # Indexes of layout 1 have none.
            crc32=tuple(map(int, row.get('crc32', ()))),
        )

    def resolve(self, file: str) -> str:
        """A stored scene path as one that can be opened."""
        if is_remote(file) or Path(file).is_absolute():
            return file
        base = self.scene_root or str(Path(self.path).parent)
        return os.path.normpath(os.path.join(base, file))
