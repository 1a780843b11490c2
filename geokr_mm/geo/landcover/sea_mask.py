"""Sea and inland water in products with one water class.

Bodies of water are labelled on the raster thinned to some million cells, so
that a tile of a 10 m product takes a second and little memory. A body is sea
where it is larger than any lake, or where it lies beside a large blank in
products that leave the open sea blank (:class:`.product.SeaRule`). Rivers
narrower than :data:`MOUTH` end a body: they stay inland water although they
meet the sea. What is water at all is then read from the full raster again, so
coastlines keep their resolution.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..maps.product import Product, SeaRule
from .tile import Tile
from .tile_reader import TileReader

# Cells to label: some 40 MB of memory.
MOST_CELLS = 2**23
# Tiles whose sea is remembered; they come one after another.
KEPT_TILES = 4
# Metres: water narrower than this belongs to no sea behind it.
MOUTH = 1000.0
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class SeaZone:
    """Where the water of a tile is sea, on a thinned grid.

    Attributes:
        cells (bool array (h, w)): Sea and a narrow seam around it.
        height, width (int): Size of the tile in cells.
    """

    cells: Mask
    height: int
    width: int

    def window(self, col: int, row: int, width: int, height: int) -> Mask:
        """The zone in a window of the tile, bool array (height, width)."""
        h, w = self.cells.shape
        rows = np.arange(row, row + height) * h // self.height
        cols = np.arange(col, col + width) * w // self.width
        return self.cells[np.ix_(rows, cols)]


class SeaMarker:
    """Marks the sea in windows of a product's tiles with the code ``mark``.

    Cells that have this code already get the code ``other``.
    """

    def __init__(self, product: Product, mark: int, other: int) -> None:
        self.product = product
        self.mark = mark
        self.other = other
        self._zones: dict[tuple[str, int], SeaZone | None] = {}

    def marked(
        self,
        cells: NDArray[np.uint8],
        codes: NDArray[Any],
        tile: Tile,
        window: tuple[int, int, int, int],
    ) -> tuple[NDArray[np.uint8], bool]:
        """Packed codes of a window (column, row, width, height) with marks.

        Args:
            cells (uint8 array (h, w)): Packed codes.
            codes (array (h, w)): Codes as stored.

        Returns:
            tuple: Codes, and whether the mark means sea in them.
        """
        rule = self.product.sea_rule
        if rule is None:
            return cells, False
        water = codes == rule.code
        if not water.any():
            return cells, False
        key = tile.path, tile.band
        if key not in self._zones:
            while len(self._zones) >= KEPT_TILES:
                self._zones.pop(next(iter(self._zones)))
            nodata = self.product.nodata
            self._zones[key] = find_sea(tile, rule, nodata)
        zone = self._zones[key]
        if zone is None:
            return cells, False
        sea = water & zone.window(*window)
        if not sea.any():
            return cells, False
        taken = cells == self.mark
        if taken.any():
            cells = np.where(taken, np.uint8(self.other), cells)
        return np.where(sea, np.uint8(self.mark), cells), True


def find_sea(
    tile: Tile, rule: SeaRule, nodata: frozenset[int]
) -> SeaZone | None:
    """Where the water of a tile belongs to the sea.

    Neighbours share a side; in a raster around the globe the first and the
    last column are neighbours too. What lies outside the tile is unknown, so
    a sea that shows less than the rule's area in this tile, and no blank, is
    inland water here.

    Returns:
        SeaZone: None where the tile has no sea.
    """
    step = 1
    while math.ceil(tile.height / step) * math.ceil(tile.width / step) > (
        MOST_CELLS
    ):
        step *= 2
    shape = math.ceil(tile.height / step), math.ceil(tile.width / step)
    with TileReader(tile) as reader:
        codes = reader.thinned(*shape)
    areas = _cell_areas(tile, shape)
    globe = tile.geographic and abs(tile.width * tile.transform.a) > 359.999
    water = codes == rule.code
    blank: Mask = np.zeros(shape, np.bool_)
    if rule.beside_nodata_km2 is not None:
        own = [] if tile.nodata is None else [tile.nodata]
        blank = np.isin(codes, [*nodata, *own])
        blank = _large(blank, blank, areas, rule.beside_nodata_km2, globe)
    total = _area(water, areas)
    if not (water.any() and (blank.any() or total > rule.larger_than_km2)):
        return None
    # Half the width of a mouth, in cells.
    reach = int(MOUTH / 2 / math.sqrt(float(np.median(areas))))
    either = water | blank
    core = _shrunk(either, reach)
    sea = _large(core, water, areas, rule.larger_than_km2, globe, blank)
    # Bays and harbours narrower than a mouth, as far as they are near.
    near = either & _grown(sea, 3 * reach)
    sea = _touching(near, sea) & water
    if not sea.any():
        return None
    # Full cells whose thinned cell shows the other side of the coast.
    return SeaZone(_grown(sea, int(step > 1)), tile.height, tile.width)


def _cell_areas(tile: Tile, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Square metres of a thinned cell, array (h, 1)."""
    full = np.broadcast_to(tile.row_areas(0, tile.height), (tile.height,))
    rows = (2 * np.arange(shape[0]) + 1) * tile.height // (2 * shape[0])
    cells = tile.height / shape[0] * tile.width / shape[1]
    return np.asarray(full[rows][:, None] * cells, np.float64)


def _area(mask: Mask, areas: NDArray[np.float64]) -> float:
    """Square kilometres."""
    return float((mask.sum(axis=1) * areas[:, 0]).sum() / 1e6)


def _large(
    bodies: Mask,
    counted: Mask,
    areas: NDArray[np.float64],
    larger_than: float,
    globe: bool,
    marked: Mask | None = None,
) -> Mask:
    """Bodies with an area larger than this many km2, or with a marked cell.

    Only the ``counted`` cells add to the area; ``areas`` (h, 1) are the
    square metres of a cell in each row.
    """
    if not bodies.any():
        return bodies
    labels, count = _label(bodies, globe)
    weights = np.broadcast_to(areas, labels.shape) * counted
    sizes = np.bincount(labels.ravel(), weights.ravel(), count + 1)
    chosen = sizes > larger_than * 1e6
    if marked is not None:
        chosen[labels[marked]] = True
    chosen[0] = False
    return np.asarray(chosen[labels], np.bool_)


def _touching(bodies: Mask, seed: Mask) -> Mask:
    """Bodies that hold a cell of the seed."""
    labels, count = _label(bodies)
    chosen = np.zeros(count + 1, np.bool_)
    chosen[labels[seed]] = True
    chosen[0] = False
    return np.asarray(chosen[labels], np.bool_)


def _label(bodies: Mask, globe: bool = False) -> tuple[NDArray[Any], int]:
    """Number of the body of each cell, 0 outside, and how many there are.

    In a raster around the globe bodies that meet across the antimeridian
    have one number; some numbers are then not in use.
    """
    from scipy import ndimage, sparse

    labels, count = ndimage.label(bodies)
    if globe:
        west, east = labels[:, 0], labels[:, -1]
        meet = (west > 0) & (east > 0)
        links = sparse.coo_array(
            (np.ones(meet.sum()), (west[meet], east[meet])),
            shape=(count + 1, count + 1),
        )
        _, one = sparse.csgraph.connected_components(links, directed=False)
        labels = one[labels]
    return labels, count


def _shrunk(mask: Mask, reach: int) -> Mask:
    """Cells with nothing else within ``reach`` cells; outside is alike."""
    return ~_grown(~mask, reach)


def _grown(mask: Mask, reach: int) -> Mask:
    """Cells within ``reach`` cells of the mask."""
    from scipy import ndimage

    if reach == 0:
        return mask
    found = ndimage.maximum_filter(
        mask.view(np.uint8), 2 * reach + 1, mode='constant', cval=0
    )
    return np.asarray(found.view(np.bool_))
