"""What a shard holds of a patch beside its pixels, for other readers."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from ..geo.scenes.patch import PatchRecord

#: Columns of an index that describe a patch and its label.
COLUMNS = (
    'patch_id', 'scene', 'date', 'gsd', 'crs', 'lon', 'lat', 'product',
    'product_year', 'fractions', 'grid_fractions', 'grid_valid',
    'valid_fraction', 'sea_fraction', 'nodata_fraction', 'confidence',
    'grid_confidence', 'soft_fractions', 'grid_soft_fractions',
    'disagreement', 'change',
)  # fmt: skip


def describe(
    row: Mapping[str, Any],
    record: PatchRecord,
    classes: tuple[str, ...],
    dtype: str,
) -> bytes:
    """One patch as JSON.

    Args:
        row (mapping): Of the index.
        record (PatchRecord): With the packed bands.
        classes (tuple[str, ...]): In the order of the fractions.
        dtype (str): Of the pixels.
    """
    window = record.window
    known = {name: row.get(name) for name in COLUMNS}
    return json.dumps(
        {
            **{n: _rounded(v) for n, v in known.items() if v is not None},
            'classes': classes,
            'bands': record.bands,
            'dtype': dtype,
            'shape': (len(record.bands), window.height, window.width),
            **{
                name: getattr(record, name).tolist()
                for name in ('low', 'high', 'scale', 'offset')
            },
            'footprint': shapely.geometry.mapping(
                shapely.from_wkb(row['geometry'])
            ),
        }
    ).encode()


def _rounded(value: Any) -> Any:
    """Shares without the digits that float32 does not have."""
    if isinstance(value, list):
        return np.round(np.array(value, np.float64), 6).tolist()
    return value
