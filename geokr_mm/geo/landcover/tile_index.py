"""Layers: tiles that can simply be added up, and where they are at home."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from ..geometry.reproject import parse_crs, transformer
from .tile import Tile

# Width of a UTM zone in degrees.
ZONE = 6.0
# Degrees that a tile may reach beyond its nominal place: the edges of a
# projected rectangle bulge.
MARGIN = 0.5


@dataclass(frozen=True)
class Layer:
    """Tiles of one CRS, none over another.

    Attributes:
        tiles (tuple[Tile, ...]): The tiles.
        strips (tuple): Longitude ranges (west, width) the tiles are meant
            for; empty where the CRS is not a UTM zone.
        place (tuple): Longitude of the middle, half width, south, north.
    """

    tiles: tuple[Tile, ...]
    strips: tuple[tuple[float, float], ...]
    place: tuple[float, float, float, float]

    def near(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which boxes (west, south, east, north) may touch the layer."""
        middle, half, south, north = self.place
        lon = 0.5 * (boxes[:, 0] + boxes[:, 2])
        reach = 0.5 * (boxes[:, 2] - boxes[:, 0]) + half
        return np.asarray(
            (np.abs(_turn(lon - middle)) <= reach)
            & (boxes[:, 3] >= south)
            & (boxes[:, 1] <= north)
        )

    def home(self, lon: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which longitudes lie in the layer's own strips."""
        inside = np.zeros(len(lon), np.bool_)
        for west, width in self.strips:
            inside |= (lon - west) % 360.0 < width
        return inside if self.strips else ~inside


def _turn(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Difference of longitudes, -180 to 180."""
    return (degrees + 180.0) % 360.0 - 180.0


def make_layers(
    tiles: Sequence[Tile], double_width_from: float | None
) -> list[Layer]:
    """Sort tiles into layers, in the order given.

    Each tile joins the first layer of its CRS that it does not overlap.

    Args:
        tiles (sequence of Tile): All tiles of a product.
        double_width_from (float): Latitude from which odd UTM zones also
            hold the zone east of them; None where zones stay single.
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
    return [_layer([tiles[n] for n in g], double_width_from) for g in groups]


def _places(tiles: Sequence[Tile]) -> NDArray[np.int64]:
    """Number of the layer of each tile, all of one CRS."""
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


def _layer(tiles: Sequence[Tile], double_from: float | None) -> Layer:
    boxes = [lonlat_box(t) for t in tiles]
    reference = boxes[0][0]
    west = min(reference + _turn_one(b[0] - reference) for b in boxes)
    east = max(
        reference + _turn_one(b[0] - reference) + b[2] - b[0] for b in boxes
    )
    strips = set()
    zone = parse_crs(tiles[0].crs).utm_zone
    if zone is not None:
        number = int(zone[:-1])
        start = ZONE * (number - 1) - 180.0
        for box in boxes:
            nearest = min(abs(box[1]), abs(box[3]))
            # A tile may bulge a little below its nominal latitude.
            wide = double_from is not None and nearest > double_from - MARGIN
            if wide and number % 2 == 1:
                strips.add((start, 2 * ZONE))
            else:
                strips.add((start, ZONE))
    return Layer(
        tuple(tiles),
        tuple(sorted(strips)),
        (
            0.5 * (west + east),
            0.5 * (east - west) + MARGIN,
            min(b[1] for b in boxes) - MARGIN,
            max(b[3] for b in boxes) + MARGIN,
        ),
    )


def _turn_one(degrees: float) -> float:
    return (degrees + 180.0) % 360.0 - 180.0


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
    good = np.isfinite(lon) & np.isfinite(lat)
    if not good.all():
        return -180.0, -90.0, 180.0, 90.0
    lon = lon[0] + _turn(lon - lon[0])
    # A box around a pole shows no pole on its outline.
    if abs(np.diff(np.append(lon, lon[0]))).max() > 90.0:
        south = -90.0 if lat.mean() < 0 else float(lat.min())
        north = 90.0 if lat.mean() > 0 else float(lat.max())
        return -180.0, south, 180.0, north
    return (
        float(lon.min()),
        float(lat.min()),
        float(lon.max()),
        float(lat.max()),
    )
