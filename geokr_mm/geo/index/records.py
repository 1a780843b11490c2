"""What a patch's record is made of, row by row."""

from bisect import bisect_right
from typing import Any

import numpy as np

from ..scenes.patch import PatchRecord
from ..scenes.radiometry import limits_of
from ..scenes.windowed_read import BandSource, Grid, Window
from .schema import IndexMetadata

COLUMNS = (
    'patch_id', 'scene', 'files', 'col_off', 'row_off', 'width', 'height',
    'bands', 'band_files', 'band_numbers', 'lon', 'lat', 'valid_fraction',
    'crc32', 'low', 'high', 'scale', 'offset', 'alphas', 'scene_grid',
    'resampling', 'crs',
)  # fmt: skip


class RecordRows:
    """Rows of a table as dictionaries of the columns behind a record.

    Args:
        table (pyarrow.Table): May lack columns, as layout 1 does.
    """

    def __init__(self, table: Any) -> None:
        names = [n for n in COLUMNS if n in table.column_names]
        batches = table.select(names).to_batches()
        self._starts = np.cumsum([0, *map(len, batches)]).tolist()
        self._parts = [
            dict(zip(names, batch.columns, strict=True)) for batch in batches
        ]

    def __getitem__(self, row: int) -> dict[str, Any]:
        part = bisect_right(self._starts, row) - 1
        at = row - self._starts[part]
        return {n: c[at].as_py() for n, c in self._parts[part].items()}


def make_record(
    row: dict[str, Any], metadata: IndexMetadata, **further: Any
) -> PatchRecord:
    """A record of a row; ``further`` are the fields that no column holds."""
    low, high = _stretch(row, metadata)
    ones = np.ones(len(row['bands']))
    scale, offset = row.get('scale'), row.get('offset')
    return PatchRecord(
        patch_id=row['patch_id'],
        scene=row['scene'],
        window=Window(
            row['col_off'], row['row_off'], row['width'], row['height']
        ),
        bands=tuple(row['bands']),
        sources=tuple(map(BandSource, row['band_files'], row['band_numbers'])),
        low=low,
        high=high,
        valid_fraction=row['valid_fraction'],
        lon=row['lon'],
        lat=row['lat'],
        # Indexes of layout 1 have none.
        crc32=tuple(row.get('crc32', ())),
        scale=ones if scale is None else np.array(scale),
        offset=0 * ones if offset is None else np.array(offset),
        grid=_grid(row),
        alphas=tuple(row.get('alphas') or ()),
        **further,
    )


def _stretch(row: dict[str, Any], metadata: IndexMetadata) -> tuple[Any, Any]:
    """A row's own stretch, or that of all rows in the row's bands."""
    if row.get('low') is not None:
        return np.array(row['low']), np.array(row['high'])
    limits = limits_of(metadata.radiometry, row['scene'])
    named = list(metadata.bands)
    order = [named.index(b) for b in row['bands']]
    return np.array(limits['low'])[order], np.array(limits['high'])[order]


def _grid(row: dict[str, Any]) -> Grid | None:
    """Grid that a row's files are read on, None where all have it."""
    stored = row.get('scene_grid')
    if stored is None:
        return None
    *transform, width, height = stored
    size = int(width), int(height)
    return Grid(row['crs'], tuple(transform), *size, row['resampling'])
