"""Tiles of GlobeLand30 and WorldCover: layout, names as delivered, files."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.warp import transform, transform_bounds
from rasterio.windows import Window
from scipy import ndimage

from ..core.grid import F64, U8
from ..land import legend as lc
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


_BLOCK = 512  # side of a tile's blocks, cells


def _stretch(
    node_x: F64, node_y: F64, source: int, target: int, shape: tuple[int, int]
) -> tuple[F64, F64]:
    """Transform a lattice of nodes and fill in linearly between them."""
    xx, yy = np.meshgrid(node_x, node_y)
    out = transform(
        CRS.from_epsg(source), CRS.from_epsg(target), xx.ravel(), yy.ravel()
    )
    rows = np.linspace(0, len(node_y) - 1, shape[0])
    cols = np.linspace(0, len(node_x) - 1, shape[1])
    at = np.meshgrid(rows, cols, indexing='ij')
    first, second = (
        ndimage.map_coordinates(
            np.asarray(part, np.float64).reshape(xx.shape), at, order=1
        )
        for part in out
    )
    return first, second


def cut(
    tile: Tile, place: Place, codes: U8, step: float
) -> tuple[Window, U8] | None:
    """What a place adds to a tile.

    ``codes`` are the product over the place, (n, n), in cells of ``step``
    metres.

    Returns:
        tuple | None: Window in the tile and codes, 0 where the place does not
        reach; None when they do not meet.
    """
    left, low, right, high = transform_bounds(
        f'EPSG:{place.epsg}', f'EPSG:{tile.epsg}', *place.bounds
    )
    col0 = max(math.floor((left - tile.west) / tile.step), 0)
    row0 = max(math.floor((tile.north - high) / tile.step), 0)
    width = min(math.ceil((right - tile.west) / tile.step), tile.width) - col0
    height = min(math.ceil((tile.north - low) / tile.step), tile.height) - row0
    if width <= 0 or height <= 0:
        return None
    x0 = tile.west + (col0 + 0.5) * tile.step
    y0 = tile.north - (row0 + 0.5) * tile.step
    node_x = np.linspace(x0, x0 + (width - 1) * tile.step, max(2, width // 24))
    node_y = np.linspace(
        y0, y0 - (height - 1) * tile.step, max(2, height // 24)
    )
    shape = (height, width)
    x, y = _stretch(node_x, node_y, tile.epsg, place.epsg, shape)
    lon, lat = _stretch(node_x, node_y, tile.epsg, 4326, shape)
    size = len(codes)
    half = place.size / 2
    col = np.floor((x - place.east + half) / step).astype(np.int64)
    row = np.floor((place.north + half - y) / step).astype(np.int64)
    inside = (col >= 0) & (col < size) & (row >= 0) & (row < size)
    west, south, east, north = tile.box
    inside &= (lon >= west) & (lon < east) & (lat >= south) & (lat < north)
    if not inside.any():
        return None
    taken = codes[row.clip(0, size - 1), col.clip(0, size - 1)]
    return (
        Window(col0, row0, width, height),
        np.where(inside, taken, lc.NODATA).astype(np.uint8),
    )


def write_tile(
    path: Path,
    tile: Tile,
    parts: list[tuple[Place, U8]],
    step: float,
    tags: dict[str, str],
) -> None:
    """Write a tile; ground that no place covers takes no room on disk.

    ``parts`` are places that may touch it with the product over them, in
    cells of ``step`` metres.
    """
    blocks: dict[tuple[int, int], U8] = {}
    for place, codes in parts:
        part = cut(tile, place, codes, step)
        if part is not None:
            _add(blocks, *part)
    with rasterio.open(
        path,
        'w',
        driver='GTiff',
        width=tile.width,
        height=tile.height,
        count=1,
        dtype='uint8',
        crs=CRS.from_epsg(tile.epsg),
        nodata=lc.NODATA,
        transform=Affine(tile.step, 0, tile.west, 0, -tile.step, tile.north),
        tiled=True,
        blockxsize=_BLOCK,
        blockysize=_BLOCK,
        compress='deflate',
        sparse_ok=True,
    ) as target:
        target.update_tags(**tags)
        for (r, c), block in sorted(blocks.items()):
            rows = min(_BLOCK, tile.height - r * _BLOCK)
            cols = min(_BLOCK, tile.width - c * _BLOCK)
            window = Window(c * _BLOCK, r * _BLOCK, cols, rows)
            target.write(block[:rows, :cols], 1, window=window)


def _add(blocks: dict[tuple[int, int], U8], window: Window, codes: U8) -> None:
    """Put codes into the blocks that a window touches."""
    first_row, top = divmod(window.row_off, _BLOCK)
    first_col, left = divmod(window.col_off, _BLOCK)
    bottom, right = -(top + window.height), -(left + window.width)
    whole = np.pad(codes, ((top, bottom % _BLOCK), (left, right % _BLOCK)))
    rows, cols = (side // _BLOCK for side in whole.shape)
    for r, c in np.ndindex(rows, cols):
        new = whole[r * _BLOCK :, c * _BLOCK :][:_BLOCK, :_BLOCK]
        at = (first_row + r, first_col + c)
        blocks[at] = np.where(new != lc.NODATA, new, blocks.get(at, new))
