"""Pieces of footprints on their way from one layer to the next."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry.reproject import Rings
from .tile import EARTH_RADIUS, Tile


@dataclass
class OpenRings:
    """Rings in one CRS that still wait for an answer.

    Attributes:
        crs (str): Their CRS.
        rings (Rings): The rings.
        owner (int64 array): Footprint of each.
        piece (int64 array): Piece of a footprint each belongs to.
        area (float64 array): Area to share out, NaN before the first answer.
        nodata (bool array): Whether some layer called it nodata.
    """

    crs: str
    rings: Rings
    owner: NDArray[np.int64]
    piece: NDArray[np.int64]
    area: NDArray[np.float64]
    nodata: NDArray[np.bool_]

    def take(self, which: NDArray[np.int64]) -> 'OpenRings':
        """The rings with these numbers."""
        return OpenRings(
            self.crs,
            self.rings.take(which),
            self.owner[which],
            self.piece[which],
            self.area[which],
            self.nodata[which],
        )


def opened(
    crs: str, rings: Rings, owner: NDArray[np.int64], first: int
) -> OpenRings:
    """Rings that nobody has answered yet, each a piece of its own.

    Args:
        crs (str): Their CRS.
        rings (Rings): The rings.
        owner (int64 array): Footprint of each.
        first (int): Number of the first piece.
    """
    n = len(rings)
    return OpenRings(
        crs,
        rings,
        owner,
        np.arange(first, first + n),
        np.full(n, np.nan),
        np.zeros(n, np.bool_),
    )


def joined(
    crs: str, parts: Sequence[OpenRings], rings: Sequence[Rings]
) -> OpenRings:
    """Several groups as one, in one CRS.

    Args:
        crs (str): The CRS.
        parts (sequence of OpenRings): The groups.
        rings (sequence of Rings): Their rings in that CRS.
    """
    shifts = np.cumsum([0] + [len(r.points) for r in rings])
    starts = [r.starts[:-1] + s for r, s in zip(rings, shifts, strict=False)]
    together = Rings(
        np.concatenate([r.points for r in rings]),
        np.concatenate([*starts, shifts[-1:]]).astype(np.int64),
    )
    return OpenRings(
        crs,
        together,
        np.concatenate([p.owner for p in parts]),
        np.concatenate([p.piece for p in parts]),
        np.concatenate([p.area for p in parts]),
        np.concatenate([p.nodata for p in parts]),
    )


def sphere_areas(rings: Rings) -> NDArray[np.float64]:
    """Area of lon/lat rings on the sphere, square metres.

    Green's theorem with edges straight in longitude and latitude: the
    integral of sin(lat) over an edge is its longitude step times the mean
    of sin(lat) along it, sin(middle) * sin(h) / h with h half the rise.
    """
    if not len(rings):
        return np.zeros(0)
    lon, lat = np.radians(rings.points).T
    after, first = rings.following(), rings.starts[:-1]
    with np.errstate(invalid='ignore'):
        step = lon[after] - lon
        half = 0.5 * (lat[after] - lat)
        mean = np.sin(lat + half) * np.sinc(half / np.pi)
        # The steps add up to nothing, so any constant may be taken off: small
        # rings would drown in the rounding of their coordinates.
        base = np.repeat(np.sin(lat[first]), np.diff(rings.starts))
        total = np.add.reduceat(step * (mean - base), first)
    total[~np.isfinite(total)] = 0.0
    return np.asarray(EARTH_RADIUS**2 * np.abs(total), np.float64)


def plane_areas(rings: Rings, tile: Tile) -> NDArray[np.float64]:
    """Area of rings in a tile's CRS, square metres."""
    if tile.geographic:
        return sphere_areas(rings)
    return rings.areas() * tile.unit**2
