"""Class fractions of footprints, and what is not a class."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Fractions:
    """Shares of footprints in a product, cell by cell.

    Attributes:
        fractions (float32 array (N, G, K)): Share of each class in the
            valid area; zeros where nothing is valid (see ``valid``).
        valid (float32 array (N, G)): Share of the area with a class.
        sea (float32 array (N, G)): Share that is open sea.
        nodata (float32 array (N, G)): Share that the product leaves blank.
        uncovered (float32 array (N, G)): Share outside all its files.
    """

    fractions: NDArray[np.float32]
    valid: NDArray[np.float32]
    sea: NDArray[np.float32]
    nodata: NDArray[np.float32]
    uncovered: NDArray[np.float32]

    def to_frame(self, classes: Sequence[str], index: Any = None) -> Any:
        """The same as a pandas.DataFrame, a row for each footprint or cell.

        Args:
            classes (sequence of str): Names of the K classes; a column each.
            index (pandas.Index): Labels of the footprints; their numbers by
                default. Several cells add a second level ``cell``.
        """
        import pandas as pd

        count, cells = self.valid.shape
        rows = pd.RangeIndex(count) if index is None else index
        frame = pd.DataFrame(
            self.fractions.reshape(count * cells, -1),
            index=rows.repeat(cells) if cells > 1 else rows,
            columns=list(classes),
        )
        for name in ('valid', 'sea', 'nodata', 'uncovered'):
            column = f'{name}_fraction' if name in classes else name
            frame[column] = getattr(self, name).ravel()
        if cells > 1:
            number = np.tile(np.arange(cells), count)
            cell = pd.Index(number, name='cell')
            frame = frame.set_index(cell, append=True)
        return frame

    def part(self, start: int, stop: int) -> 'Fractions':
        """The footprints ``start`` to ``stop``."""
        return Fractions(
            *(getattr(self, f.name)[start:stop] for f in fields(self))
        )
