"""Tile layouts of GlobeLand30 and WorldCover, named as delivered."""

import math
from dataclasses import dataclass

from rasterio.warp import transform, transform_bounds

from ..land.place import Place, utm_epsg

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Tile:
    """One file of a product, named as its makers name it.

    West, north and step are in units of its reference system; ``box`` is
    west, south, east and north of what it covers, degrees.
    """

    name: str
    epsg: int
    west: float
    north: float
    step: float
    width: int
    height: int
    box: Box


def globeland30_tile(lon: float, lat: float, year: int) -> Tile:
    """The GlobeLand30 tile that covers a point.

    Tiles are 5 by 6 degrees, from 60 degrees on 5 by 12 in the odd zone.
    """
    epsg = utm_epsg(lon, lat)
    wide = 6
    if abs(lat) >= 60:
        epsg -= (epsg + 1) % 2
        wide = 12
    zone = epsg % 100
    west = (zone - 31) * 6.0
    start = int(abs(lat) // 5) * 5
    south = float(start if lat >= 0 else -start - 5)
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
    """The ESA WorldCover tile (3 by 3 degrees) that covers a point."""
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


FIND_TILE = {'globeland30': globeland30_tile, 'worldcover': worldcover_tile}


def tiles_of(
    places: list[Place], product: str, year: int
) -> list[tuple[Tile, list[Place]]]:
    """Tiles at corners and centres of places, by name, with their places."""
    found: dict[str, tuple[Tile, list[Place]]] = {}
    for place in places:
        west, south, east, north = place.bounds
        xs = [west, east, east, west, place.east]
        ys = [south, south, north, north, place.north]
        points = transform(f'EPSG:{place.epsg}', 'EPSG:4326', xs, ys)
        for lon, lat in zip(*points, strict=True):
            tile = FIND_TILE[product](lon, lat, year)
            members = found.setdefault(tile.name, (tile, []))[1]
            if place not in members:
                members.append(place)
    return [found[name] for name in sorted(found)]
