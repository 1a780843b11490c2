"""What a map stack holds for the patches of a scene."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..landcover.fractions import Fractions

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class MapChange:
    """Years and class fractions (N, K) of two maps of one product.

    ``change`` (N,) is the total variation between them, 0 to 1; NaN where
    one of them has no class.
    """

    before_year: int
    after_year: int
    before: Floats
    after: Floats
    change: Floats


@dataclass(frozen=True)
class PatchLabels:
    """Labels of the N patches of a scene, of G cells each.

    Attributes:
        whole, cells (Fractions): Of patches and their cells in the map chosen.
        confidence (float32 array (N,)): Trust in the label, 0 to 1.
        grid_confidence (float32 array (N, G)): The same per cell.
        soft (float32 array (N, K) | None): Label of all maps combined.
        grid_soft (float32 array (N, G, K) | None): The same per cell.
        disagreement (float32 array (N,) | None): Total variation between the
            maps, cell by cell, 0 to 1.
        change (MapChange | None): Maps before and after the image.
    """

    product: str
    year: int
    whole: Fractions
    cells: Fractions
    confidence: Floats
    grid_confidence: Floats
    soft: Floats | None = None
    grid_soft: Floats | None = None
    disagreement: Floats | None = None
    change: MapChange | None = None


def map_change(
    before: tuple[int, Fractions], after: tuple[int, Fractions]
) -> MapChange:
    """How far two maps of one product differ on the same whole patches."""
    one, other = before[1].fractions[:, 0], after[1].fractions[:, 0]
    change = 0.5 * np.abs(one.astype(float) - other).sum(axis=1)
    known = (before[1].valid[:, 0] > 0) & (after[1].valid[:, 0] > 0)
    change[~known] = np.nan
    change = np.minimum(change, 1.0).astype(np.float32)
    return MapChange(before[0], after[0], one, other, change)


def label_columns(labels: PatchLabels, i: int) -> dict[str, Any]:
    """Columns of an index that the land cover fills, for patch ``i``."""
    change, soft, grid_soft = labels.change, labels.soft, labels.grid_soft
    apart = labels.disagreement
    row = {
        'product': labels.product,
        'product_year': np.int32(labels.year),
        'fractions': labels.whole.fractions[i, 0],
        'grid_fractions': labels.cells.fractions[i].ravel(),
        'grid_valid': labels.cells.valid[i],
        'valid_fraction': labels.whole.valid[i, 0],
        'sea_fraction': labels.whole.sea[i, 0],
        'nodata_fraction': labels.whole.nodata[i, 0],
        'confidence': labels.confidence[i],
        'grid_confidence': labels.grid_confidence[i],
        'soft_fractions': None if soft is None else soft[i],
        'grid_soft_fractions': None
        if grid_soft is None
        else grid_soft[i].ravel(),
        'disagreement': None if apart is None else apart[i],
        'change': None,
        'before_year': None,
        'before_fractions': None,
        'after_year': None,
        'after_fractions': None,
    }
    if change is not None and np.isfinite(change.change[i]):
        row.update(
            change=change.change[i],
            before_year=np.int32(change.before_year),
            before_fractions=change.before[i],
            after_year=np.int32(change.after_year),
            after_fractions=change.after[i],
        )
    return row
