"""A land-cover product as one thing, whatever its tiles and CRS."""

from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..core.executor import Executor
from ..geometry.footprint_input import read_footprints
from ..geometry.polygons import Polygons
from ..geometry.quadrilaterals import cell_polygons
from ..geometry.reproject import MAX_BEND
from ..maps.legend import Legend
from ..maps.product import Product, load_product, shorten_years
from .class_codes import ClassCodes
from .fraction_layers import FractionMosaic
from .fractions import Fractions
from .map_years import tiles_by_year
from .mosaic import Mosaic
from .tile import Tile
from .tile_index import index_tiles
from .zonal_areas import ZonalAreas

# A share below this is rounding of the area sums.
ROUNDING = 1e-9


class LandCover:
    """All files of one product, for footprints anywhere.

    Args:
        legend (Legend): Classes of all fractions.
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
        self._codes = ClassCodes(product, legend)
        self._mosaic: Mosaic | FractionMosaic
        if product.layers:
            self._mosaic = FractionMosaic(
                product, legend, tiles, spherical, max_bend
            )
        else:
            self._mosaic = Mosaic(
                index_tiles(tiles, product.about.get('double_width_from')),
                ZonalAreas(self._codes, spherical),
                max_bend,
            )

    @classmethod
    def open(
        cls,
        product: str,
        paths: Any,
        year: int | None = None,
        legend: str = 'common',
        spherical: bool = True,
        max_bend: float = MAX_BEND,
        executor: Executor | None = None,
    ) -> 'LandCover':
        """Open a product's files.

        Args:
            product (str): Product name or the path of a product file.
            paths (str, Path or sequence): Files, or folders of files, see
                :func:`.files.find_files`.
            year (int): Year of the map; else from names or bands of the
                files, or the product where it has only one.
            legend (str): ``'common'`` or ``'native'``.
            executor (Executor): Reads the files' headers; this process by
                default.

        Raises:
            InputError: Unknown product, unreadable files, no year, several
                years, or one that the product or the files do not have.
        """
        described = load_product(product)
        classes = described.legend(legend)
        found = tiles_by_year(described, paths, year, executor)
        first, tiles = next(iter(found.items()))
        if len(found) > 1:
            raise InputError(
                f'{tiles[0].path}: maps of several years '
                f'({shorten_years(list(found))}); give one with --year, or '
                f'take all with --map {product}=PATH'
            )
        return cls(described, classes, tiles, first, spherical, max_bend)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of all fractions."""
        return self.legend.names

    @property
    def accuracy(self) -> float:
        """Published overall accuracy, 0 to 1."""
        return self.product.accuracy(self.year)

    @property
    def gsd(self) -> float:
        """Side of a cell in metres, in the middle of the first file."""
        tile = self.tiles[0]
        middle = tile.height // 2
        return float(tile.row_areas(middle, middle + 1)[0] ** 0.5)

    @overload
    def fractions(
        self,
        footprints: Any,
        crs: Any = None,
        grid: int = 1,
        *,
        invalid: str = 'error',
        as_frame: Literal[False] = False,
    ) -> NDArray[np.float32]: ...

    @overload
    def fractions(
        self,
        footprints: Any,
        crs: Any = None,
        grid: int = 1,
        *,
        invalid: str = 'error',
        as_frame: Literal[True],
    ) -> Any: ...

    def fractions(
        self,
        footprints: Any,
        crs: Any = None,
        grid: int = 1,
        *,
        invalid: str = 'error',
        as_frame: bool = False,
    ) -> Any:
        """Class fractions of footprints.

        Args:
            footprints, crs, grid, invalid: See :meth:`coverage`.
            as_frame (bool): Return a table instead of an array.

        Returns:
            float32 array (N, grid * grid, K), or a pandas.DataFrame with a
            column for each class and the columns ``valid``, ``sea``,
            ``nodata`` and ``uncovered``. Its index is that of a
            GeoDataFrame or GeoSeries; a grid adds a level ``cell``.
        """
        read = read_footprints(footprints, crs, grid, invalid)
        found = self.measure(read.polygons, read.crs, grid)
        if as_frame:
            return found.to_frame(self.classes, read.index)
        return found.fractions

    def class_map(
        self, footprint: Any, crs: str, size: int
    ) -> NDArray[np.uint8]:
        """Largest class in each cell of one footprint.

        Args:
            footprint (array (4, 2)): Corners as for :meth:`coverage`.

        Returns:
            uint8 array (size, size): Class numbers, 255 where there is none.
        """
        corners = np.asarray(footprint, np.float64)[None]
        found = self.coverage(corners, crs, size)
        largest = np.where(
            found.valid[0] > 0, found.fractions[0].argmax(axis=1), 255
        )
        return np.asarray(largest.reshape(size, size), np.uint8)

    def coverage(
        self,
        footprints: Any,
        crs: Any = None,
        grid: int = 1,
        invalid: str = 'error',
    ) -> Fractions:
        """Exact-area class shares of footprints, and what is not a class.

        Args:
            footprints: Array (N, 4, 2) of corners upper left, upper right,
                lower right, lower left. Where ``grid`` is 1 also an array
                (N, V, 2), a sequence of arrays (V, 2) and of shapely
                polygons, with holes or of several parts, a GeoDataFrame, a
                GeoSeries, or one polygon.
            crs: Their CRS, e.g. ``'EPSG:32633'``; not needed for those that
                have their own.
            grid (int): Cells along each side. Geometries of four corners are
                divided from their upper left one.
            invalid (str): What to do with rows that are no footprints
                (missing, empty, crossing themselves...): ``'error'``, or
                ``'empty'``: all their shares are 0, and a warning counts
                them.

        Returns:
            Fractions: With G = grid * grid cells, row by row.

        Raises:
            InputError: A code that the product does not have, an unreadable
                file, no or another CRS, or a row that is no footprint.
        """
        read = read_footprints(footprints, crs, grid, invalid)
        return self.measure(read.polygons, read.crs, grid)

    def measure(
        self, polygons: Polygons, crs: str, grid: int = 1
    ) -> Fractions:
        """As :meth:`coverage`, of footprints that are read already.

        Args:
            polygons (Polygons): N footprints; with a grid those of
                :func:`.quadrilaterals.four_cornered`.
        """
        faults = list(polygons.faults)
        if grid > 1:
            polygons = cell_polygons(polygons, grid)
        areas, totals = self._mosaic.areas(polygons, crs)
        codes = self._codes
        shares = areas / np.where(totals > 0, totals, 1.0)[:, None]
        shares[shares < ROUNDING] = 0.0
        classes = shares[:, : codes.classes]
        valid = classes.sum(axis=1)
        missing = 1.0 - shares[:, : codes.outside].sum(axis=1)
        missing[missing < ROUNDING] = 0.0
        missing.reshape(-1, grid * grid)[faults] = 0.0
        shape = (-1, grid * grid)

        def cellwise(values: NDArray[np.float64]) -> NDArray[np.float32]:
            return np.clip(values, 0, 1).astype(np.float32).reshape(shape)

        return Fractions(
            fractions=(classes / np.where(valid > 0, valid, 1.0)[:, None])
            .astype(np.float32)
            .reshape(-1, grid * grid, codes.classes),
            valid=cellwise(valid),
            sea=cellwise(shares[:, codes.sea]),
            nodata=cellwise(shares[:, codes.nodata]),
            uncovered=cellwise(missing),
        )


def class_fractions(
    land_cover: LandCover,
    footprints: Any,
    crs: Any = None,
    grid: int = 1,
    invalid: str = 'error',
) -> NDArray[np.float32]:
    """See :meth:`LandCover.fractions`."""
    return land_cover.fractions(footprints, crs, grid, invalid=invalid)
