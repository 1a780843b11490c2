"""Tile indexes: tiles that can simply be added up, and their own zones."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from ..core.crs import parse_crs, transformer
from ..geometry.longitudes import turned
from ..geometry.rings import Rings
from .tile import Tile

# Width of a UTM zone in degrees.
ZONE = 6.0
# Degrees that a tile may reach beyond its nominal place: the edges of a
# projected rectangle bulge.
MARGIN = 0.5
# As many tiles are compared one by one, which is faster than a tree.
FEW_TILES = 8
Boxes = NDArray[np.float64]


@dataclass(frozen=True)
class TileIndex:
    """Tiles of one CRS, none over another.

    Attributes:
        tiles (tuple[Tile, ...]): The tiles.
        zones (tuple): Longitude ranges (west, width) that the tiles are
            meant for; empty where the CRS is not a UTM zone.
        place (tuple): Longitude of the middle, half width, south, north.
    """

    tiles: tuple[Tile, ...]
    zones: tuple[tuple[float, float], ...]
    place: tuple[float, float, float, float]

    def near(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Which boxes (west, south, east, north) may touch the tiles."""
        middle, half, south, north = self.place
        lon = 0.5 * (boxes[:, 0] + boxes[:, 2])
        reach = 0.5 * (boxes[:, 2] - boxes[:, 0]) + half
        return np.asarray(
            (np.abs(turned(lon - middle)) <= reach)
            & (boxes[:, 3] >= south)
            & (boxes[:, 1] <= north)
        )

    def owns(self, lon: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which longitudes lie in the tiles' own zones."""
        inside = np.zeros(len(lon), np.bool_)
        for west, width in self.zones:
            inside |= (lon - west) % 360.0 < width
        return inside if self.zones else ~inside


def index_tiles(
    tiles: Sequence[Tile], double_width_from: float | None
) -> list[TileIndex]:
    """Sort tiles into indexes, in the order given.

    Each tile joins the first index of its CRS that it does not overlap. From
    the latitude ``double_width_from`` odd UTM zones also hold the zone east
    of them.
    """
    by_crs: dict[str, list[int]] = {}
    for number, tile in enumerate(tiles):
        by_crs.setdefault(tile.crs, []).append(number)
    groups: list[list[int]] = []
    for numbers in by_crs.values():
        places = _places([tiles[number] for number in numbers])
        own = np.array(numbers)
        groups += [own[places == n].tolist() for n in np.unique(places)]
    groups.sort()
    return [_index([tiles[n] for n in g], double_width_from) for g in groups]


def _places(tiles: Sequence[Tile]) -> NDArray[np.int64]:
    """Number of the index of each tile, all of one CRS."""
    bounds = np.array([tile.bounds for tile in tiles])
    cells = np.array([min(tile.cell) for tile in tiles])
    tree = shapely.STRtree(shapely.box(*bounds.T))
    places = np.zeros(len(tiles), np.int64)
    for number, box in enumerate(bounds):
        near = tree.query(shapely.box(*box))
        near = near[near < number]
        # Sharing an edge is no overlap, nor is a sliver from rounding.
        slack = 1e-3 * np.minimum(cells[near], cells[number])
        shared = np.minimum(bounds[near, 2:], box[2:]) - np.maximum(
            bounds[near, :2], box[:2]
        )
        over = near[(shared > slack[:, None]).all(axis=1)]
        taken = np.unique(places[over])
        free = np.flatnonzero(taken != np.arange(len(taken)))
        places[number] = free[0] if len(free) else len(taken)
    return places


def _index(tiles: Sequence[Tile], double_from: float | None) -> TileIndex:
    boxes = np.array([lonlat_box(t) for t in tiles])
    start = boxes[0, 0]
    left = start + turned(boxes[:, 0] - start)
    west = float(left.min())
    east = float((left + boxes[:, 2] - boxes[:, 0]).max())
    zones = set()
    zone = parse_crs(tiles[0].crs).utm_zone
    if zone is not None:
        number = int(zone[:-1])
        # A tile may bulge a little below its nominal latitude.
        nearest = np.abs(boxes[:, 1::2]).min(axis=1)
        for latitude in nearest:
            wide = double_from is not None and latitude > double_from - MARGIN
            width = 2 * ZONE if wide and number % 2 == 1 else ZONE
            zones.add((ZONE * (number - 1) - 180.0, width))
    return TileIndex(
        tuple(tiles),
        tuple(sorted(zones)),
        (
            0.5 * (west + east),
            0.5 * (east - west) + MARGIN,
            float(boxes[:, 1].min()) - MARGIN,
            float(boxes[:, 3].max()) + MARGIN,
        ),
    )


def lonlat_box(tile: Tile) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile; east may exceed 180."""
    if tile.geographic:
        return tile.bounds
    t = np.linspace(0.0, 1.0, 22)[:-1, None]
    corners = tile.corners
    edge = np.concatenate(
        [
            (1 - t) * a + t * b
            for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)
        ]
    )
    move = transformer(tile.crs, 'EPSG:4326')
    lon, lat = move.transform(edge[:, 0], edge[:, 1])
    if not (np.isfinite(lon) & np.isfinite(lat)).all():
        return -180.0, -90.0, 180.0, 90.0
    lon = lon[0] + turned(lon - lon[0])
    west, east = float(lon.min()), float(lon.max())
    south, north = float(lat.min()), float(lat.max())
    # A box around a pole shows no pole on its outline.
    if abs(np.diff(np.append(lon, lon[0]))).max() > 90.0:
        south = -90.0 if lat.mean() < 0 else south
        north = 90.0 if lat.mean() > 0 else north
        west, east = -180.0, 180.0
    return west, south, east, north


def tiles_near(
    tiles: Sequence[Tile], rings: Rings
) -> list[tuple[Tile, NDArray[np.int64], float]]:
    """Tiles, the rings near each, and degrees to add to their longitudes.

    Rings over geographic tiles are also tried full turns east and west: they
    may reach over the antimeridian, and maps count from any meridian.
    """
    box = rings.bounds()
    box[~np.isfinite(box).all(axis=1)] = np.nan
    bounds = np.array([tile.bounds for tile in tiles])
    turns = _turns(bounds, box) if tiles[0].geographic else [0.0]
    found = []
    for turn in turns:
        moved = box + np.array([turn, 0.0, turn, 0.0])
        for number, which in _pairs(bounds, moved):
            found.append((tiles[number], which, turn))
    return found


def _turns(bounds: Boxes, box: Boxes) -> list[float]:
    """Multiples of 360 degrees that bring some box to some tile."""
    known = box[np.isfinite(box).all(axis=1)]
    if not len(known):
        return [0.0]
    west = bounds[:, 0].min() - known[:, 2].max()
    east = bounds[:, 2].max() - known[:, 0].min()
    first, last = math.ceil(west / 360.0), math.floor(east / 360.0)
    # No turn first: sums of areas do not depend on the tiles' extent.
    turns = sorted(range(first, last + 1), key=lambda n: (abs(n), n))
    return [360.0 * n for n in turns]


def _pairs(bounds: Boxes, box: Boxes) -> list[tuple[int, NDArray[np.int64]]]:
    """Tiles and the boxes that touch their bounds."""
    if len(bounds) > FEW_TILES:
        tree = shapely.STRtree(shapely.box(*bounds.T))
        good = np.flatnonzero(np.isfinite(box).all(axis=1))
        ring, tile = tree.query(shapely.box(*box[good].T))
        order = np.lexsort((ring, tile))
        ring, tile = good[ring[order]], tile[order]
        ends = np.searchsorted(tile, np.arange(len(bounds) + 1))
        found = [ring[ends[i] : ends[i + 1]] for i in range(len(bounds))]
    else:
        found = [
            np.flatnonzero(
                (box[:, 2] > b[0]) & (box[:, 0] < b[2])
                & (box[:, 3] > b[1]) & (box[:, 1] < b[3])
            )
            for b in bounds
        ]  # fmt: skip
    return [(i, which) for i, which in enumerate(found) if len(which)]
