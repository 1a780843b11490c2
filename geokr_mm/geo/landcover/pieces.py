"""Pieces of footprints: cut at zone borders, measured by several indexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from ..geometry.rings import Points, Rings, solid_parts
from .tile_index import TileIndex

# Degrees, about a metre: edges may bulge over a border by less than that
# beyond their vertices.
BULGE = 1e-5


class Borders:
    """Meridians where one index's own zone ends and another's begins."""

    def __init__(self, indexes: Sequence[TileIndex]) -> None:
        edges = {
            edge % 360.0
            for index in indexes
            for start, width in index.zones
            for edge in (start, start + width)
        }
        #: Longitudes where a zone begins or ends, 0 to 360.
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

    def cut(self, rings: Rings) -> tuple[list[Points], NDArray[np.int64]]:
        """Parts of lon/lat rings between borders, and each one's ring.

        A ring that no border crosses is one part.
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
        whole = np.bincount(owner)[owner] == 1
        parts: list[Points] = []
        owners: list[int] = []
        for n, single, shape in zip(owner, whole, cut, strict=True):
            found = [rings[int(n)]] if single else solid_parts(shape)
            parts += found
            owners += [int(n)] * len(found)
        return parts, np.array(owners, np.int64)


@dataclass
class Pieces:
    """Rings in one CRS whose areas are still to be measured.

    Attributes:
        owner (int64 array): Footprint of each.
        piece (int64 array): Piece of a footprint each belongs to.
        area (float64 array): Area to share out, NaN before the first index
            has measured it.
        nodata (bool array): Whether some index has nodata there.
    """

    crs: str
    rings: Rings
    owner: NDArray[np.int64]
    piece: NDArray[np.int64]
    area: NDArray[np.float64]
    nodata: NDArray[np.bool_]

    @classmethod
    def unmeasured(
        cls, crs: str, rings: Rings, owner: NDArray[np.int64], first: int
    ) -> 'Pieces':
        """New rings, each a piece of its own."""
        n = len(rings)
        number = np.arange(first, first + n)
        area, nodata = np.full(n, np.nan), np.zeros(n, np.bool_)
        return cls(crs, rings, owner, number, area, nodata)

    @classmethod
    def merged(
        cls, crs: str, groups: Sequence['Pieces'], rings: Sequence[Rings]
    ) -> 'Pieces':
        """Several groups as one, given their rings in one CRS."""
        sizes = np.concatenate([np.diff(r.starts) for r in rings])
        together = Rings(
            np.concatenate([r.points for r in rings]),
            np.append(0, np.cumsum(sizes)),
        )
        return cls(
            crs,
            together,
            np.concatenate([g.owner for g in groups]),
            np.concatenate([g.piece for g in groups]),
            np.concatenate([g.area for g in groups]),
            np.concatenate([g.nodata for g in groups]),
        )

    def take(self, which: NDArray[np.int64]) -> 'Pieces':
        """The rings with these numbers."""
        return Pieces(
            self.crs,
            self.rings.take(which),
            self.owner[which],
            self.piece[which],
            self.area[which],
            self.nodata[which],
        )
