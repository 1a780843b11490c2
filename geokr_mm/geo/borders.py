"""Borders between zones, and cutting footprints along them."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from .layers import Layer
from .survey import solid_parts

# Degrees, about a metre: edges may bulge over a border by less than that
# beyond their vertices.
BULGE = 1e-5


class Borders:
    """Meridians where one layer's home ends and another's begins.

    Args:
        layers (sequence of Layer): All layers of a product.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        edges = {
            edge % 360.0
            for layer in layers
            for start, width in layer.strips
            for edge in (start, start + width)
        }
        #: Longitudes where a strip begins or ends, 0 to 360.
        self.edges = np.array(sorted(edges))

    def crossed(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which boxes (west, south, east, north) a border runs through."""
        found = np.zeros(len(boxes), np.bool_)
        for border in self.edges:
            with np.errstate(invalid='ignore'):
                ahead = (border - boxes[:, 0]) % 360.0
                # An edge may bulge over by more than its corners show.
                found |= ahead < boxes[:, 2] - boxes[:, 0] + BULGE
                found |= ahead > 360.0 - BULGE
        return found

    def cut(self, ring: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Parts of a lon/lat ring between the borders it crosses."""
        west, east = ring[:, 0].min(), ring[:, 0].max()
        turned = self.edges + 360.0 * np.ceil((west - self.edges) / 360.0)
        marks = sorted(float(t) for t in turned if west < t < east)
        if not marks:
            return [ring]
        polygon = shapely.Polygon(ring)
        found = []
        ends = [west - 1.0, *marks, east + 1.0]
        for left, right in zip(ends[:-1], ends[1:], strict=True):
            strip = shapely.box(left, -90.0, right, 90.0)
            found += solid_parts(shapely.intersection(polygon, strip))
        return found
