"""Places: squares of land, each in one UTM zone, far from one another."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rasterio.crs import CRS
from rasterio.warp import transform

from ..core.hashing import subseed
from .climates import CLIMATES, Climate

F64 = npt.NDArray[np.float64]
# Slots lie this many degrees of latitude apart, so that places of up to
# 20 km never touch.
_SLOT = 0.3
_ROWS = 6
_COLS = 10
ROLES = ('train', 'labels')


@dataclass(frozen=True)
class Place:
    """A square of land.

    Args:
        seed (int): Of this place alone.
        name (str): Unique in its world.
        climate (Climate): What grows there.
        lon (float): Centre, degrees.
        lat (float): Centre, degrees.
        epsg (int): UTM zone that its coordinates are in.
        east (float): Centre, metres in that zone, a multiple of 240.
        north (float): Centre, metres in that zone, a multiple of 240.
        size (float): Side, metres.
    """

    seed: int
    name: str
    climate: Climate
    lon: float
    lat: float
    epsg: int
    east: float
    north: float
    size: float

    def to_local(self, x: F64, y: F64, epsg: int) -> tuple[F64, F64]:
        """Coordinates of any system as metres from the centre.

        Args:
            x (F64): East or longitude.
            y (F64): North or latitude.
            epsg (int): Their system.

        Returns:
            tuple: East and north, same shape.
        """
        if epsg != self.epsg:
            flat = transform(
                CRS.from_epsg(epsg),
                CRS.from_epsg(self.epsg),
                x.ravel(),
                y.ravel(),
            )
            x = np.asarray(flat[0], np.float64).reshape(x.shape)
            y = np.asarray(flat[1], np.float64).reshape(y.shape)
        return x - self.east, y - self.north


def utm_epsg(lon: float, lat: float) -> int:
    """EPSG code of the UTM zone of a point."""
    zone = int(math.floor(lon / 6)) + 31
    return (32600 if lat >= 0 else 32700) + zone


def make_place(seed: int, number: int, role: str, size: float) -> Place:
    """The place with a number.

    Args:
        seed (int): Of the world.
        number (int): 0, 1, 2, ...; regions take turns.
        role (str): 'train' or 'labels': the two never share ground.
        size (float): Side, metres, at most 20,000.

    Returns:
        Place: With its own seed.
    """
    climate = CLIMATES[number % len(CLIMATES)]
    slot = number // len(CLIMATES)
    tile, slot = divmod(slot, _ROWS * _COLS // 2)
    row, col = divmod(slot, _COLS // 2)
    col = 2 * col + (1 if role == 'labels' else 0)
    lat = climate.lat + row * _SLOT * (1 if climate.lat > 0 else -1)
    lon = climate.lon + col * _SLOT / math.cos(math.radians(lat))
    lon = (lon + 6 * tile + 180) % 360 - 180
    epsg = utm_epsg(lon, lat)
    east, north = transform('EPSG:4326', f'EPSG:{epsg}', [lon], [lat])
    return Place(
        seed=subseed(seed, 'place', role, number),
        name=f'{climate.name}{number // len(CLIMATES):03d}{role[0]}',
        climate=climate,
        lon=lon,
        lat=lat,
        epsg=epsg,
        east=round(east[0] / 240) * 240.0,
        north=round(north[0] / 240) * 240.0,
        size=size,
    )
