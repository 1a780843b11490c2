"""Many polygons in one flat array.

``points`` (P, 2) holds all vertices; ring n is
``points[starts[n]:starts[n + 1]]``, not closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Rings:
    """Many polygons in one flat array (see the module's text)."""

    points: Points
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def bounds(self) -> Points:
        """Left, bottom, right, top of each ring, array (N, 4)."""
        if not len(self):
            return np.empty((0, 4))
        first = self.starts[:-1]
        low = np.minimum.reduceat(self.points, first, axis=0)
        high = np.maximum.reduceat(self.points, first, axis=0)
        return np.concatenate([low, high], axis=1)

    def following(self) -> NDArray[np.int64]:
        """Number of each vertex's next one, around its ring."""
        found = np.arange(1, len(self.points) + 1)
        found[self.starts[1:] - 1] = self.starts[:-1]
        return found

    def areas(self) -> NDArray[np.float64]:
        """Plane area of each ring, array (N,), in squares of its unit."""
        if not len(self):
            return np.zeros(0)
        # Relative to the first vertex: coordinates may be large numbers.
        sizes, first = np.diff(self.starts), self.starts[:-1]
        after = self.following()
        with np.errstate(invalid='ignore'):
            origin = np.repeat(self.points[first], sizes, axis=0)
            x, y = (self.points - origin).T
            total = np.add.reduceat(x * y[after] - y * x[after], first)
        return np.asarray(0.5 * np.abs(total), np.float64)

    def take(self, which: NDArray[np.int64]) -> 'Rings':
        """The rings with these numbers, in this order."""
        sizes = (self.starts[1:] - self.starts[:-1])[which]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        offset = np.repeat(self.starts[:-1][which] - starts[:-1], sizes)
        index = np.arange(starts[-1]) + offset
        return Rings(np.ascontiguousarray(self.points[index]), starts)

    def __getitem__(self, n: int) -> Points:
        return self.points[self.starts[n] : self.starts[n + 1]]


def join_rings(parts: Sequence[Points]) -> Rings:
    """Rings from one array of vertices each."""
    starts = np.cumsum([0] + [len(p) for p in parts]).astype(np.int64)
    points = np.concatenate(parts) if len(parts) else np.empty((0, 2))
    return Rings(np.ascontiguousarray(points), starts)
