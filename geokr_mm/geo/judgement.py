"""What several maps together say about the patches of a scene."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .knowledge import Fractions

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
    change: Change | None = None

    def part(self, start: int, stop: int) -> 'Judgement':
        """The patches ``start`` to ``stop``."""
        rows = slice(start, stop)
        change = self.change
        return replace(
            self,
            whole=self.whole.part(start, stop),
            cells=self.cells.part(start, stop),
            confidence=self.confidence[rows],
            grid_confidence=self.grid_confidence[rows],
            soft=None if self.soft is None else self.soft[rows],
            grid_soft=None if self.grid_soft is None else self.grid_soft[rows],
            change=None
            if change is None
            else replace(
                change,
                before=change.before[rows],
                after=change.after[rows],
                change=change.change[rows],
            ),
        )
