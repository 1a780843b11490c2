"""Tile layouts of GlobeLand30 and WorldCover, named as delivered."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rasterio.warp import transform, transform_bounds

from ..land import legend as lc
from ..land.place import Place

U8 = npt.NDArray[np.uint8]
F64 = npt.NDArray[np.float64]

# ESA WorldCover codes of the common classes; the sea is water there.
WORLDCOVER_CODE = {
    lc.CROP: 40,
    lc.FOREST: 10,
    lc.GRASS: 30,
    lc.SHRUB: 20,
    lc.WETLAND: 90,
    lc.WATER: 80,
    lc.TUNDRA: 100,
    lc.BUILT: 50,
    lc.BARE: 60,
    lc.SNOW: 70,
    lc.SEA: 80,
}


@dataclass(frozen=True)
class Tile:
    """One file of a product.

    Args:
        name (str): File name, as the product's makers name it.
        epsg (int): Coordinate system.
        west (float): Left edge in it.
        north (float): Upper edge in it.
        step (float): Cell size in its units.
        width (int): Columns.
        height (int): Rows.
        box (tuple): West, south, east, north that it answers for, degrees.
    """

    name: str
    epsg: int
    west: float
    north: float
    step: float
    width: int
    height: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Piece:
    """A product over one place, on a grid of the place's own.

    Args:
        place (Place): Where.
        codes (U8): (n, n), codes of the common legend.
        step (float): Cell size, metres.
    """

    place: Place
    codes: U8
    step: float


def globeland30_tile(lon: float, lat: float, year: int) -> Tile:
    """The GlobeLand30 tile that answers for a point.

    Tiles are 5 by 6 degrees, from 60 degrees on 5 by 12 in the odd zone.
    """
    zone = int(math.floor(lon / 6)) + 31
    wide = 6
    if abs(lat) >= 60:
        zone -= (zone + 1) % 2
        wide = 12
    west = (zone - 31) * 6.0
    start = int(abs(lat) // 5) * 5
    south = float(start if lat >= 0 else -start - 5)
    epsg = (32600 if lat >= 0 else 32700) + zone
    box = (west, south, west + wide, south + 5)
    left, low, right, high = transform_bounds(
        'EPSG:4326', f'EPSG:{epsg}', *box, densify_pts=41
    )
    side = 'n' if lat >= 0 else 's'
    x0, y0 = math.floor(left / 30) * 30.0, math.ceil(high / 30) * 30.0
    return Tile(
        name=f'{side}{zone:02d}_{start:02d}_{year}lc030.tif',
        epsg=epsg,
        west=x0,
        north=y0,
        step=30.0,
        width=math.ceil((right - x0) / 30),
        height=math.ceil((y0 - low) / 30),
        box=box,
    )


def worldcover_tile(lon: float, lat: float, year: int) -> Tile:
    """The ESA WorldCover tile (3 by 3 degrees) that answers for a point."""
    west, south = math.floor(lon / 3) * 3, math.floor(lat / 3) * 3
    version = 'v100' if year == 2020 else 'v200'
    corner = (
        f'{"N" if south >= 0 else "S"}{abs(south):02d}'
        f'{"E" if west >= 0 else "W"}{abs(west):03d}'
    )
    return Tile(
        name=f'ESA_WorldCover_10m_{year}_{version}_{corner}_Map.tif',
        epsg=4326,
        west=float(west),
        north=float(south + 3),
        step=3 / 36000,
        width=36000,
        height=36000,
        box=(west, south, west + 3, south + 3),
    )


def corners(place: Place) -> list[tuple[float, float]]:
    """Corners and centre of a place, longitude and latitude."""
    half = place.size / 2
    xs = [place.east + half * s for s in (-1, 1, 1, -1, 0)]
    ys = [place.north + half * s for s in (-1, -1, 1, 1, 0)]
    lon, lat = transform(f'EPSG:{place.epsg}', 'EPSG:4326', xs, ys)
    return list(zip(lon, lat, strict=True))
