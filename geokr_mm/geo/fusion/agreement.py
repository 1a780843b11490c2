"""What several maps together say about the patches of a scene."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..landcover.knowledge import Fractions

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Change:
    """What two maps of one product say about N patches.

    Attributes:
        before_year, after_year (int): Years of the maps.
        before, after (float32 array (N, K)): Their class fractions.
        change (float32 array (N,)): Total variation between them, 0 to 1;
            NaN where one of them knows nothing.
    """

    before_year: int
    after_year: int
    before: Floats
    after: Floats
    change: Floats


@dataclass(frozen=True)
class Judgement:
    """What an atlas says about the N patches of a scene, of G cells each.

    Attributes:
        product (str), year (int): The map chosen.
        whole, cells (Fractions): What it says.
        confidence (float32 array (N,)): Trust in the label, 0 to 1.
        grid_confidence (float32 array (N, G)): The same per cell.
        soft (float32 array (N, K) | None): Label of all maps combined.
        grid_soft (float32 array (N, G, K) | None): The same per cell.
        disagreement (float32 array (N,) | None): Total variation between the
            maps, cell by cell, 0 to 1.
        change (Change | None): Maps before and after the image.
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
    change: Change | None = None


def between(
    before: tuple[int, Fractions], after: tuple[int, Fractions]
) -> Change:
    """How far two maps of one product differ on the same patches.

    Args:
        before (tuple[int, Fractions]): Year and answer of the earlier map.
        after (tuple[int, Fractions]): Of the later one.
    """
    one, other = before[1].fractions[:, 0], after[1].fractions[:, 0]
    change = 0.5 * np.abs(one.astype(float) - other).sum(axis=1)
    known = (before[1].valid[:, 0] > 0) & (after[1].valid[:, 0] > 0)
    change[~known] = np.nan
    return Change(
        before[0],
        after[0],
        one,
        other,
        np.minimum(change, 1.0).astype(np.float32),
    )


def knowledge_row(known: Judgement, i: int) -> dict[str, Any]:
    """Columns of an index that the land cover fills, for one patch.

    Args:
        known (Judgement): What is known of a scene's patches.
        i (int): Number of the patch.
    """
    change, soft, grid_soft = known.change, known.soft, known.grid_soft
    apart = known.disagreement
    row = {
        'product': known.product,
        'product_year': np.int32(known.year),
        'fractions': known.whole.fractions[i, 0],
        'grid_fractions': known.cells.fractions[i].ravel(),
        'grid_valid': known.cells.valid[i],
        'valid_fraction': known.whole.valid[i, 0],
        'sea_fraction': known.whole.sea[i, 0],
        'nodata_fraction': known.whole.nodata[i, 0],
        'confidence': known.confidence[i],
        'grid_confidence': known.grid_confidence[i],
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
