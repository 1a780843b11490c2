"""Borders between zones, and cutting footprints along them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from ..geometry.rings import Rings
from ..geometry.solid import solid_parts
from .tile_index import Layer

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

    def cut(
        self, rings: Rings
    ) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
        """Parts of lon/lat rings between the borders that they cross.

        Args:
            rings (Rings): N rings, degrees.

        Returns:
            tuple: The parts, and the number of the ring that each is of; a
            ring that no border crosses is one part.
        """
        if not len(rings):
            return [], np.zeros(0, np.int64)
        west, _, east, _ = rings.bounds().T
        turn = np.ceil((west[:, None] - self.edges) / 360.0)
        marks = np.sort(self.edges + 360.0 * turn, axis=1)
        inside = (marks > west[:, None]) & (marks < east[:, None])
        strips = [
            (n, left, right)
            for n, some in enumerate(inside)
            for left, right in pairwise(
                [west[n] - 1.0, *marks[n][some], east[n] + 1.0]
            )
        ]
        owner = np.array([n for n, _, _ in strips], np.int64)
        sides = np.array([strip[1:] for strip in strips])
        number = np.repeat(np.arange(len(rings)), np.diff(rings.starts))
        outlines = shapely.linearrings(rings.points, indices=number)
        cut = shapely.intersection(
            shapely.polygons(outlines)[owner],
            shapely.box(sides[:, 0], -90.0, sides[:, 1], 90.0),
        )
        alone = np.bincount(owner)[owner] == 1
        parts: list[NDArray[np.float64]] = []
        owners: list[int] = []
        for n, single, shape in zip(owner, alone, cut, strict=True):
            found = [rings[int(n)]] if single else solid_parts(shape)
            parts += found
            owners += [int(n)] * len(found)
        return parts, np.array(owners, np.int64)
