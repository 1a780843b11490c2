"""Many simple polygons, with all their vertices (P, 2) in one flat array."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Points = NDArray[np.float64]
# A hole narrower than this many steps of its coordinates has an area like
# their rounding, and no line runs through it.
NARROWEST = 8


@dataclass(frozen=True)
class Rings:
    """Ring n is ``points[starts[n]:starts[n + 1]]``, not closed."""

    points: Points
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, n: int) -> Points:
        return self.points[self.starts[n] : self.starts[n + 1]]

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


def as_rings(corners: Any) -> Rings:
    """N rings from an array (N, V, 2) of their vertices."""
    n, vertices, _ = corners.shape
    points = corners.reshape(-1, 2).astype(np.float64)
    starts = np.arange(n + 1, dtype=np.int64) * vertices
    return Rings(np.ascontiguousarray(points), starts)


def join_rings(parts: Sequence[Points]) -> Rings:
    """Rings from one array of vertices each."""
    starts = np.cumsum([0] + [len(p) for p in parts]).astype(np.int64)
    points = np.concatenate(parts) if len(parts) else np.empty((0, 2))
    return Rings(np.ascontiguousarray(points), starts)


def solid_parts(shape: shapely.Geometry) -> list[Points]:
    """Outlines (V, 2) of a geometry's polygons, cut until none has a hole.

    Cuts run north to south through the middle of the holes' centres, so that
    many holes take few cuts each. The parts together are the geometry, up to
    rounding. Outlines are not closed.
    """
    if shape.geom_type == 'Polygon' and not len(shape.interiors):
        return [shapely.get_coordinates(shape)[:-1]] if shape.area else []
    found: list[Points] = []
    for part in shapely.get_parts(shape):
        if part.geom_type != 'Polygon' or part.area == 0:
            continue
        cut = _cut(part)
        if cut is None:
            found.append(shapely.get_coordinates(part.exterior)[:-1])
            continue
        left, bottom, right, top = part.bounds
        for half in ((left, bottom, cut, top), (cut, bottom, right, top)):
            found += solid_parts(
                shapely.intersection(part, shapely.box(*half))
            )
    return found


def _cut(polygon: shapely.Polygon) -> float | None:
    """X of a line through about half of the holes; None without holes."""
    rings = shapely.get_rings(polygon)[1:]
    left, _, right, _ = shapely.bounds(rings).reshape(-1, 4).T
    wide = right - left > NARROWEST * np.spacing(np.maximum(-left, right))
    if not wide.any():
        return None
    middles = np.sort(0.5 * (left + right)[wide])
    return float(middles[len(middles) // 2])
