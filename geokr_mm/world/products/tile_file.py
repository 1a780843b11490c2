"""Writing product tiles from the parts that places add to them."""

import math
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.warp import transform, transform_bounds
from rasterio.windows import Window
from scipy import ndimage

from ..land import legend as lc
from .tiles import F64, U8, Piece, Tile


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
        f'EPSG:{place.epsg}',
        f'EPSG:{tile.epsg}',
        place.east - half,
        place.north - half,
        place.east + half,
        place.north + half,
    )
    col0 = max(math.floor((left - tile.west) / tile.step), 0)
    row0 = max(math.floor((tile.north - high) / tile.step), 0)
    col1 = min(math.ceil((right - tile.west) / tile.step), tile.width)
    row1 = min(math.ceil((tile.north - low) / tile.step), tile.height)
    if col0 >= col1 or row0 >= row1:
        return None
    shape = (row1 - row0, col1 - col0)
    nodes = [max(2, n // 24) for n in shape]
    first = (
        tile.west + (col0 + 0.5) * tile.step,
        tile.north - (row0 + 0.5) * tile.step,
    )
    node_x = np.linspace(
        first[0], first[0] + (shape[1] - 1) * tile.step, nodes[1]
    )
    node_y = np.linspace(
        first[1], first[1] - (shape[0] - 1) * tile.step, nodes[0]
    )
    x, y = _stretch(node_x, node_y, tile.epsg, place.epsg, shape)
    lon, lat = x, y
    if tile.epsg == 4326:
        lon, lat = np.meshgrid(
            np.linspace(node_x[0], node_x[-1], shape[1]),
            np.linspace(node_y[0], node_y[-1], shape[0]),
        )
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
    return (
        Window(col0, row0, shape[1], shape[0]),
        np.where(inside, codes, lc.NODATA).astype(np.uint8),
    )


def write_tile(
    path: Path, tile: Tile, pieces: list[Piece], tags: dict[str, str]
) -> None:
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
        for r in range(
            window.row_off // side,
            (window.row_off + window.height - 1) // side + 1,
        ):
            for c in range(
                window.col_off // side,
                (window.col_off + window.width - 1) // side + 1,
            ):
                block = blocks.setdefault(
                    (r, c), np.zeros((side, side), np.uint8)
                )
                top, left = r * side, c * side
                y0, x0 = max(top, window.row_off), max(left, window.col_off)
                y1 = min(top + side, window.row_off + window.height)
                x1 = min(left + side, window.col_off + window.width)
                new = codes[
                    y0 - window.row_off : y1 - window.row_off,
                    x0 - window.col_off : x1 - window.col_off,
                ]
                old = block[y0 - top : y1 - top, x0 - left : x1 - left]
                old[new != 0] = new[new != 0]
    with rasterio.open(
        path,
        'w',
        driver='GTiff',
        width=tile.width,
        height=tile.height,
        count=1,
        dtype='uint8',
        crs=CRS.from_epsg(tile.epsg),
        nodata=0,
        transform=Affine(tile.step, 0, tile.west, 0, -tile.step, tile.north),
        tiled=True,
        blockxsize=side,
        blockysize=side,
        compress='deflate',
        sparse_ok=True,
    ) as target:
        target.update_tags(**tags)
        for (r, c), block in sorted(blocks.items()):
            rows = min(side, tile.height - r * side)
            cols = min(side, tile.width - c * side)
            target.write(
                block[:rows, :cols],
                1,
                window=Window(c * side, r * side, cols, rows),
            )
