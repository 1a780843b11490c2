"""The knowledge index: one row per patch, GeoParquet, written whole."""

import contextlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .legend import Legend
from .raster import is_remote
from .scene import BandSource, PatchRecord, Window

#: Raised when columns or their meaning change.
SCHEMA = 1
METADATA_KEY = b'geokr_mm'


@dataclass(frozen=True)
class IndexMetadata:
    """What holds for all rows of an index.

    Attributes:
        legend (Legend): Classes of all fractions.
        product (str), product_year (int): The map behind them.
        grid (int): Cells along a patch's side in ``grid_fractions``.
        patch_size, stride (int): Pixels.
        bands (tuple[str, ...]): Band names, in order.
        radiometry (dict): ``mode`` and, per scene, ``low`` and ``high``.
        statistics (dict): ``mean`` and ``std`` of each band after the
            stretch, 0..255, over the kept patches.
        filters (dict): Name to parameters.
        inputs_hash (str): SHA-256 over scenes, land cover and options.
        command (str): How it was made.
        version (str): geokr_mm's version.
        schema (int): Version of the file's layout.
    """

    legend: Legend
    product: str
    product_year: int
    grid: int
    patch_size: int
    stride: int
    bands: tuple[str, ...]
    radiometry: dict[str, Any]
    statistics: dict[str, list[float]]
    filters: dict[str, dict[str, float]]
    inputs_hash: str
    command: str
    version: str
    schema: int = SCHEMA
    extra: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Compact JSON with sorted keys."""
        data = {**asdict(self), 'legend': self.legend.to_dict()}
        return json.dumps(data, sort_keys=True).encode()

    @classmethod
    def from_json(cls, text: bytes) -> 'IndexMetadata':
        """The inverse of :meth:`to_json`."""
        data = json.loads(text)
        data['legend'] = Legend.from_dict(data['legend'])
        data['bands'] = tuple(data['bands'])
        return cls(**data)


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
            metadata = IndexMetadata.from_json(stored[METADATA_KEY])
            frame = geopandas.read_parquet(path)
        except (pyarrow.ArrowException, OSError) as error:
            raise InputError(
                f'{path}: not a readable Parquet file '
                f'({" ".join(str(error).split())[:120]}); build it again'
            ) from None
        if metadata.schema > SCHEMA:
            raise InputError(
                f'{path}: written by a newer geokr_mm (layout '
                f'{metadata.schema}, this one reads {SCHEMA}); upgrade'
            )
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

    def _stack(self, column: str, width: int) -> NDArray[np.float32]:
        if not len(self.frame):
            return np.empty((0, width), np.float32)
        return np.stack(list(self.frame[column])).astype(np.float32)

    def kept(self) -> 'KnowledgeIndex':
        """The rows that no filter rejects."""
        frame = self.frame[self.frame['keep']].reset_index(drop=True)
        return KnowledgeIndex(
            self.path, frame, self.metadata, self.scene_root
        )

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
        )

    def resolve(self, file: str) -> str:
        """A stored scene path as one that can be opened."""
        if is_remote(file) or Path(file).is_absolute():
            return file
        base = self.scene_root or str(Path(self.path).parent)
        return os.path.normpath(os.path.join(base, file))


def store_path(file: str, folder: str) -> str:
    """A scene's path as an index in ``folder`` stores it.

    Relative with forward slashes, so that index and scenes can move
    together; absolute where they share no folder, URLs unchanged.
    """
    if is_remote(file):
        return file
    target, base = Path(file).resolve(), Path(folder).resolve()
    if target.parts[:2] != base.parts[:2]:
        return target.as_posix()
    return Path(os.path.relpath(target, base)).as_posix()


def write_index(
    path: str | Path, columns: dict[str, Any], metadata: IndexMetadata
) -> None:
    """Write an index whole or not at all.

    The table goes to a temporary file in the same folder, which is synced
    and then renamed over the target; the folder is synced last.

    Args:
        path (str or Path): Target file.
        columns (dict): Column name to values; ``geometry`` holds shapely
            polygons in EPSG:4326.
        metadata (IndexMetadata): Stored in the file's metadata.

    Raises:
        InputError: The disk is full or the folder cannot be written.
    """
    table = _table(columns, metadata)
    _replace(Path(path), table)


def _table(columns: dict[str, Any], metadata: IndexMetadata) -> Any:
    import geopandas
    import pyarrow as pa

    geometry = geopandas.GeoDataFrame(
        {'geometry': columns['geometry']}, crs='EPSG:4326'
    )
    geo = pa.table(geometry.to_arrow(index=False, geometry_encoding='WKB'))
    types = {
        'fractions': pa.list_(pa.float32()),
        'grid_fractions': pa.list_(pa.float32()),
        'grid_valid': pa.list_(pa.float32()),
        'files': pa.list_(pa.string()),
        'bands': pa.list_(pa.string()),
        'verdicts': pa.list_(pa.string()),
        'band_files': pa.list_(pa.int16()),
        'band_numbers': pa.list_(pa.int16()),
        'date': pa.string(),
    }
    arrays, names = [], []
    for name, values in columns.items():
        if name == 'geometry':
            arrays.append(geo.column(0))
        else:
            arrays.append(pa.array(values, type=types.get(name)))
        names.append(name)
    table = pa.table(arrays, names=names)
    described = {
        'version': '1.0.0',
        'primary_column': 'geometry',
        'columns': {
            'geometry': {
                'encoding': 'WKB',
                'geometry_types': ['Polygon'],
                'crs': geometry.crs.to_json_dict(),
                'bbox': [float(v) for v in geometry.total_bounds],
            }
        },
    }
    return table.replace_schema_metadata(
        {
            b'geo': json.dumps(described, sort_keys=True).encode(),
            METADATA_KEY: metadata.to_json(),
        }
    )


def _replace(path: Path, table: Any) -> None:
    import pyarrow.parquet as pq

    folder = path.parent
    temporary = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            dir=folder, prefix=f'.{path.name}.', suffix='.tmp'
        )
        with os.fdopen(handle, 'wb') as stream:
            pq.write_table(table, stream, compression='zstd')
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes private files; an index is as readable as any.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
        temporary = None
        sync_folder(folder)
    except OSError as error:
        raise InputError(
            f'{path}: cannot be written ({error.strerror or error}); free '
            'space or choose another --out; nothing was changed'
        ) from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
