"""The index's file: metadata, columns, and writing it whole or not at all."""

import contextlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from .legend import Legend
from .raster import is_remote

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


def check_target(path: str | Path) -> None:
    """Refuse an output path before hours of work go into it.

    Raises:
        InputError: It is a folder, or its folder cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(
            f'{path}: is a folder; give the index a file name, e.g. '
            f'{path / "index.parquet"}'
        )
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise InputError(
            f'{path}: cannot be written there; choose another --out'
        )


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
                'geometry_types': sorted(set(geometry.geom_type) - {None}),
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
