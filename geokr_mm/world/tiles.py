"""Products on disk: GlobeLand30 and WorldCover tiles, named as delivered."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.warp import transform, transform_bounds
from rasterio.windows import Window
from scipy import ndimage

from geokr_mm.world import land as lc
from geokr_mm.world.place import Place

U8 = npt.NDArray[np.uint8]
F64 = npt.NDArray[np.float64]

# ESA WorldCover codes of the common classes; the sea is water there.
WORLDCOVER_CODE = {
    lc.CROP: 40, lc.FOREST: 10, lc.GRASS: 30, lc.SHRUB: 20, lc.WETLAND: 90,
    lc.WATER: 80, lc.TUNDRA: 100, lc.BUILT: 50, lc.BARE: 60, lc.SNOW: 70,
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
        'EPSG:4326', f'EPSG:{epsg}', *box, densify_pts=41)
    side = 'n' if lat >= 0 else 's'
    x0, y0 = math.floor(left / 30) * 30.0, math.ceil(high / 30) * 30.0
    return Tile(
        name=f'{side}{zone:02d}_{start:02d}_{year}lc030.tif',
        epsg=epsg, west=x0, north=y0, step=30.0,
        width=math.ceil((right - x0) / 30), height=math.ceil(
            (y0 - low) / 30), box=box)


def worldcover_tile(lon: float, lat: float, year: int) -> Tile:
    """The ESA WorldCover tile (3 by 3 degrees) that answers for a point."""
    west, south = math.floor(lon / 3) * 3, math.floor(lat / 3) * 3
    version = 'v100' if year == 2020 else 'v200'
    corner = (f'{"N" if south >= 0 else "S"}{abs(south):02d}'
              f'{"E" if west >= 0 else "W"}{abs(west):03d}')
    return Tile(
        name=f'ESA_WorldCover_10m_{year}_{version}_{corner}_Map.tif',
        epsg=4326, west=float(west), north=float(south + 3),
        step=3 / 36000, width=36000, height=36000,
        box=(west, south, west + 3, south + 3))


def corners(place: Place) -> list[tuple[float, float]]:
    """Corners and centre of a place, longitude and latitude."""
    half = place.size / 2
    xs = [place.east + half * s for s in (-1, 1, 1, -1, 0)]
    ys = [place.north + half * s for s in (-1, -1, 1, 1, 0)]
    lon, lat = transform(f'EPSG:{place.epsg}', 'EPSG:4326', xs, ys)
    return list(zip(lon, lat, strict=True))


def _stretch(node_x: F64, node_y: F64, source: int, target: int,
             shape: tuple[int, int]) -> tuple[F64, F64]:
    """Transform a lattice of nodes and fill in linearly between them."""
    xx, yy = np.meshgrid(node_x, node_y)
    out = transform(CRS.from_epsg(source), CRS.from_epsg(target),
                    xx.ravel(), yy.ravel())
    rows = np.linspace(0, len(node_y) - 1, shape[0])
    cols = np.linspace(0, len(node_x) - 1, shape[1])
    at = np.meshgrid(rows, cols, indexing='ij')
    first, second = (
        ndimage.map_coordinates(
            np.asarray(part, np.float64).reshape(xx.shape), at, order=1)
        for part in out)
    return first, second


def cut(tile: Tile, piece: Piece) -> tuple[Window, U8] | None:
    """What a place adds to a tile.

    Args:
        tile (Tile): Target.
        piece (Piece): The product over the place.

    Returns:
        tuple | None: Window in the tile and codes (0 where the place does
        not reach), or None when they do not meet.
    """
    place = piece.place
    half = place.size / 2
    left, low, right, high = transform_bounds(
        f'EPSG:{place.epsg}', f'EPSG:{tile.epsg}', place.east - half,
        place.north - half, place.east + half, place.north + half)
    col0 = max(math.floor((left - tile.west) / tile.step), 0)
    row0 = max(math.floor((tile.north - high) / tile.step), 0)
    col1 = min(math.ceil((right - tile.west) / tile.step), tile.width)
    row1 = min(math.ceil((tile.north - low) / tile.step), tile.height)
    if col0 >= col1 or row0 >= row1:
        return None
    shape = (row1 - row0, col1 - col0)
    nodes = [max(2, n // 24) for n in shape]
    first = (tile.west + (col0 + .5) * tile.step,
             tile.north - (row0 + .5) * tile.step)
    node_x = np.linspace(first[0], first[0] + (shape[1] - 1) * tile.step,
                         nodes[1])
    node_y = np.linspace(first[1], first[1] - (shape[0] - 1) * tile.step,
                         nodes[0])
    x, y = _stretch(node_x, node_y, tile.epsg, place.epsg, shape)
    lon, lat = x, y
    if tile.epsg == 4326:
        lon, lat = np.meshgrid(
            np.linspace(node_x[0], node_x[-1], shape[1]),
            np.linspace(node_y[0], node_y[-1], shape[0]))
    else:
        lon, lat = _stretch(node_x, node_y, tile.epsg, 4326, shape)
    size = piece.codes.shape[0]
    col = np.floor((x - place.east + half) / piece.step).astype(np.int64)
    row = np.floor((place.north + half - y) / piece.step).astype(np.int64)
    inside = (col >= 0) & (col < size) & (row >= 0) & (row < size)
    west, south, east, north = tile.box
    inside &= (lon >= west) & (lon < east) & (lat >= south) & (lat < north)
    if not inside.any():
        return None
    codes = piece.codes[row.clip(0, size - 1), col.clip(0, size - 1)]
    return (Window(col0, row0, shape[1], shape[0]),
            np.where(inside, codes, lc.NODATA).astype(np.uint8))


def write_tile(path: Path, tile: Tile, pieces: list[Piece],
               tags: dict[str, str]) -> None:
    """Write a tile; ground that no place covers takes no room on disk.

    Args:
        path (Path): Target file.
        tile (Tile): Layout.
        pieces (list[Piece]): Places that may touch it.
        tags (dict[str, str]): Metadata.
    """
    side = 512
    blocks: dict[tuple[int, int], U8] = {}
    for piece in pieces:
        part = cut(tile, piece)
        if part is None:
            continue
        window, codes = part
        for r in range(window.row_off // side,
                       (window.row_off + window.height - 1) // side + 1):
            for c in range(window.col_off // side,
                           (window.col_off + window.width - 1) // side + 1):
                block = blocks.setdefault(
                    (r, c), np.zeros((side, side), np.uint8))
                top, left = r * side, c * side
                y0, x0 = max(top, window.row_off), max(left, window.col_off)
                y1 = min(top + side, window.row_off + window.height)
                x1 = min(left + side, window.col_off + window.width)
                new = codes[y0 - window.row_off:y1 - window.row_off,
                            x0 - window.col_off:x1 - window.col_off]
                old = block[y0 - top:y1 - top, x0 - left:x1 - left]
                old[new != 0] = new[new != 0]
    with rasterio.open(
        path, 'w', driver='GTiff', width=tile.width, height=tile.height,
        count=1, dtype='uint8', crs=CRS.from_epsg(tile.epsg), nodata=0,
        transform=Affine(tile.step, 0, tile.west, 0, -tile.step, tile.north),
        tiled=True, blockxsize=side, blockysize=side, compress='deflate',
        sparse_ok=True,
    ) as target:
        target.update_tags(**tags)
        for (r, c), block in sorted(blocks.items()):
            rows = min(side, tile.height - r * side)
            cols = min(side, tile.width - c * side)
            target.write(block[:rows, :cols], 1, window=Window(
                c * side, r * side, cols, rows))


