"""What a product says about footprints."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Fractions:
    """What a product says about footprints, cell by cell.

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

    def part(self, start: int, stop: int) -> 'Fractions':
        """The footprints ``start`` to ``stop``."""
        return Fractions(
            *(getattr(self, f.name)[start:stop] for f in fields(self))
        )
