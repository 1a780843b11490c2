"""A land-cover product as one thing, whatever its tiles and CRS."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .chunks import plan
from .footprint import (
    MAX_BEND,
    Rings,
    as_rings,
    parse_crs,
    project_rings,
    split_cells,
)
from .kernel import polygon_areas
from .legend import Legend, Product, load_product
from .raster import is_remote
from .sea import sea_mask
from .tile import Tile, TileReader

RASTER_SUFFIXES = ('.tif', '.tiff', '.gtif', '.img', '.vrt', '.jp2')
# A cover share below this is rounding of the area sums.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Fractions:
    """What a product says about footprints, cell by cell.

    Attributes:
        fractions (float32 array (N, G, K)): Share of each class in the
            valid area; zeros where nothing is valid (see ``valid``).
        valid (float32 array (N, G)): Share of the area with a class.
        sea (float32 array (N, G)): Share that is open sea.
        nodata (float32 array (N, G)): Share that the product leaves blank.
        uncovered (float32 array (N, G)): Share outside all its files.
    """

    fractions: NDArray[np.float32]
    valid: NDArray[np.float32]
    sea: NDArray[np.float32]
    nodata: NDArray[np.float32]
    uncovered: NDArray[np.float32]


class LandCover:
    """All files of one product, answering for any footprint.

    Args:
        product (Product): The product's description.
        legend (Legend): Classes to answer in.
        tiles (sequence of Tile): Its files.
        year (int): Year that the map shows.
        spherical (bool): Weigh cells of geographic rasters by their true
            area; False counts every cell the same.
        max_bend (float): Edges are densified where they bend by more cells
            than this.
    """

    def __init__(
        self,
        product: Product,
        legend: Legend,
        tiles: Sequence[Tile],
        year: int,
        spherical: bool = True,
        max_bend: float = MAX_BEND,
    ) -> None:
        self.product = product
        self.legend = legend
        self.tiles = tuple(tiles)
        self.year = year
        self.spherical = spherical
        self.max_bend = max_bend
        columns = product.columns(legend)
        self._known = len(legend.classes)
        self._sea = self._known
        self._nodata = self._known + 1
        self._unknown = self._known + 2
        self._outside = self._known + 3
        self._lookup = np.full(256, self._unknown, np.int64)
        for code in product.nodata:
            self._lookup[code] = self._nodata
        for code in product.sea:
            self._lookup[code] = self._sea
        for code, column in columns.items():
            self._lookup[code] = column
        self._sea_masks: dict[str, NDArray[np.bool_] | None] = {}

    @classmethod
    def open(
        cls,
        product: str,
        paths: Any,
        year: int | None = None,
        legend: str = 'common',
        spherical: bool = True,
        max_bend: float = MAX_BEND,
    ) -> 'LandCover':
        """Open a product's files.

        Args:
            product (str): Product name or the path of a product file.
            paths (str, Path or sequence): Files, or folders of files.
            year (int): Year of the map; read from the file names, or from
                the product where it has only one.
            legend (str): ``'common'`` or ``'native'``.
            spherical (bool): See the class.
            max_bend (float): See the class.

        Raises:
            InputError: Unknown product, unreadable files, or no year.
        """
        described = load_product(product)
        files = find_files(paths)
        tiles = [Tile.open(file) for file in files]
        return cls(
            described,
            described.legend(legend),
            tiles,
            find_year(described, files) if year is None else year,
            spherical,
            max_bend,
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of all fractions."""
        return self.legend.names

    def fractions(
        self, footprints: Any, crs: str, grid: int = 1
    ) -> NDArray[np.float32]:
        """Class fractions; see :meth:`coverage`.

        Returns:
            float32 array (N, grid * grid, K).
        """
        return self.coverage(footprints, crs, grid).fractions

    def coverage(
        self, footprints: Any, crs: str, grid: int = 1
    ) -> Fractions:
        """Exact-area class shares of footprints, and what is not a class.

        Args:
            footprints (array (N, 4, 2) or sequence of polygons): Corners
                upper left, upper right, lower right, lower left; any simple
                polygon where ``grid`` is 1.
            crs (str): Their CRS, e.g. ``'EPSG:32633'``.
            grid (int): Cells along each side.

        Returns:
            Fractions: With G = grid * grid cells, row by row.

        Raises:
            InputError: A code that the product does not have, an unreadable
                file, or footprints that are not quadrilaterals.
        """
        rings = as_rings(footprints)
        if grid > 1:
            if (np.diff(rings.starts) != 4).any():
                raise InputError(
                    'a grid needs footprints of exactly four corners'
                )
            cells = split_cells(rings.points.reshape(-1, 4, 2), grid)
            rings = as_rings(cells.reshape(-1, 4, 2))
        areas, totals = self._areas(rings, crs)
        shape = (-1, grid * grid)
        classes = areas[:, : self._known]
        valid = classes.sum(axis=1)
        safe = np.where(valid > 0, valid, 1.0)
        shares = areas / totals[:, None]
        missing = 1.0 - shares[:, : self._outside].sum(axis=1)
        missing[missing < ROUNDING] = 0.0

        def cellwise(values: NDArray[np.float64]) -> NDArray[np.float32]:
            return np.clip(values, 0, 1).astype(np.float32).reshape(shape)

        return Fractions(
            fractions=(classes / safe[:, None])
            .astype(np.float32)
            .reshape(-1, grid * grid, self._known),
            valid=cellwise(valid / totals),
            sea=cellwise(shares[:, self._sea]),
            nodata=cellwise(shares[:, self._nodata]),
            uncovered=cellwise(missing),
        )

    def _areas(
        self, rings: Rings, crs: str
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Area per bin and in total of each ring, square metres."""
        parse_crs(crs)
        areas = np.zeros((len(rings), self._outside + 1))
        totals = np.zeros(len(rings))
        moved: dict[str, Rings] = {}
        for tile in self.tiles:
            if tile.crs not in moved:
                moved[tile.crs] = project_rings(
                    rings, crs, tile.crs, tile.cell, self.max_bend
                )
            self._ask(tile, moved[tile.crs], areas, totals)
        return areas, np.where(totals > 0, totals, 1.0)

    def _ask(
        self,
        tile: Tile,
        rings: Rings,
        areas: NDArray[np.float64],
        totals: NDArray[np.float64],
    ) -> None:
        """Add one tile's answer for all rings."""
        turns = (-360.0, 0.0, 360.0) if tile.geographic else (0.0,)
        with TileReader(tile) as reader:
            for turn in turns:
                pixels = tile.to_pixels(rings, turn)
                box = pixels.bounds()
                with np.errstate(invalid='ignore'):
                    near = (
                        np.isfinite(box).all(axis=1)
                        & (box[:, 2] > 0) & (box[:, 0] < tile.width)
                        & (box[:, 3] > 0) & (box[:, 1] < tile.height)
                    )
                which = np.flatnonzero(near)
                if not len(which):
                    continue
                self._measure(reader, pixels.take(which), which, areas, totals)

    def _measure(
        self,
        reader: TileReader,
        rings: Rings,
        which: NDArray[np.int64],
        areas: NDArray[np.float64],
        totals: NDArray[np.float64],
    ) -> None:
        """Read the windows that rings need and add up their areas."""
        tile = reader.tile
        box = rings.bounds()
        boxes = np.concatenate(
            [np.floor(box[:, :2]), np.ceil(box[:, 2:])], axis=1
        ).astype(np.int64)
        first = int(boxes[:, 1].min())
        weights = tile.row_areas(
            first, int(boxes[:, 3].max()) + 1, self.spherical
        )
        nothing = np.zeros((0, 0), np.uint8)
        whole = np.zeros((len(rings), self._outside + 1))
        polygon_areas(
            nothing, 0, 0, rings.points, rings.starts, weights, first,
            self._lookup, whole, self._outside,
        )
        totals[which] = np.maximum(totals[which], whole[:, self._outside])
        for group, window in plan(
            boxes, (tile.height, tile.width), tile.block
        ):
            some = rings.take(group)
            cells = self._codes(reader, window)
            out = np.zeros((len(group), self._outside + 1))
            polygon_areas(
                cells, window[0], window[1], some.points, some.starts,
                weights, first, self._lookup, out, self._outside,
            )
            if out[:, self._unknown].any():
                raise self._unknown_codes(tile, cells)
            out[:, self._outside] = 0.0
            areas[which[group]] += out

    def _codes(
        self, reader: TileReader, window: tuple[int, int, int, int]
    ) -> NDArray[np.uint8]:
        """Codes of a window, sea told apart."""
        codes = reader.read(*window)
        cells = codes.astype(np.uint8, copy=False)
        tile = reader.tile
        rule = self.product.sea_rule
        if rule is not None:
            if tile.path not in self._sea_masks:
                self._sea_masks[tile.path] = sea_mask(tile, rule)
            mask = self._sea_masks[tile.path]
            if mask is not None:
                col, row, width, height = window
                sea = mask[row:row + height, col:col + width]
                cells = np.where(sea, self._sea_code, cells)
        return cells

    @property
    def _sea_code(self) -> np.uint8:
        """A code that the product does not use, to mark sea cells with."""
        free = np.flatnonzero(self._lookup == self._unknown)
        self._lookup[free[-1]] = self._sea
        return np.uint8(free[-1])

    def _unknown_codes(
        self, tile: Tile, cells: NDArray[np.uint8]
    ) -> InputError:
        """The error for codes that are not in the product's legend."""
        codes, counts = np.unique(cells, return_counts=True)
        seen = ', '.join(
            f'{code}: {count}'
            for code, count in zip(codes, counts, strict=True)
        )
        strange = [
            str(c) for c in codes if self._lookup[c] == self._unknown
        ]
        return InputError(
            f'{tile.path}: code {", ".join(strange)} is not a class of '
            f'product {self.product.name!r} (cells per code here: {seen}); '
            'choose the product these codes belong to, or describe them in '
            'your own product file'
        )


def find_files(paths: Any) -> list[str]:
    """Raster files from files and folders, in a stable order.

    Raises:
        InputError: A path that is not there, or a folder without rasters.
    """
    if isinstance(paths, str | Path):
        paths = [paths]
    found: list[str] = []
    for path in paths:
        text = str(path)
        if is_remote(text) or not Path(text).is_dir():
            found.append(text)
            continue
        inside = sorted(
            str(p)
            for p in Path(text).iterdir()
            if p.suffix.lower() in RASTER_SUFFIXES
        )
        if not inside:
            raise InputError(
                f'{text}: no raster files ({", ".join(RASTER_SUFFIXES)}) in '
                'this folder; give the folder that holds them'
            )
        found.extend(inside)
    if not found:
        raise InputError('no land-cover file given')
    return list(dict.fromkeys(found))


def find_year(product: Product, files: Sequence[str]) -> int:
    """Year of a map from its file names, else from the product file.

    Raises:
        InputError: Several years, or none that can be told.
    """
    import re

    pattern = product.about.get('tiles')
    years: set[int] = set()
    if pattern:
        for file in files:
            match = re.search(pattern, Path(file).name)
            if match:
                years.add(int(match['year']))
    if not years and len(product.about.get('years', [])) == 1:
        years.add(int(product.about['years'][0]))
    if len(years) != 1:
        told = ', '.join(map(str, sorted(years))) or 'none'
        raise InputError(
            f'{files[0]}: years told by the file names of product '
            f'{product.name!r}: {told}; give one with --year'
        )
    return years.pop()
