"""One raster file of a land-cover product, asked for areas per code."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window

from ..errors import InputError
from .footprint import Rings, parse_crs
from .raster import environment, open_raster, read_error

# IUGG mean radius of GRS 80 in metres; fractions do not depend on it.
EARTH_RADIUS = 6371008.8


@dataclass(frozen=True)
class Tile:
    """Where a product's file lies and how it is stored.

    Attributes:
        path (str): File, URL or GDAL virtual path.
        crs (str): Its CRS as WKT.
        transform (Affine): Pixel to ground.
        width, height (int): Size in cells.
        nodata (int | None): The file's own nodata code.
        block (tuple[int, int]): Rows and columns of a stored block.
        geographic (bool): Whether ground units are degrees.
        unit (float): Metres per ground unit (1 for degrees).
    """

    path: str
    crs: str
    transform: Affine
    width: int
    height: int
    dtype: str
    nodata: int | None
    block: tuple[int, int]
    geographic: bool
    unit: float

    @classmethod
    def open(cls, path: str) -> 'Tile':
        """Read a file's header.

        Raises:
            InputError: Unreadable, not georeferenced, or not whole numbers.
        """
        with open_raster(path) as source:
            if np.dtype(source.dtypes[0]).kind not in 'iu':
                raise InputError(
                    f'{path}: holds {source.dtypes[0]} values, not class '
                    "codes; give the product's classification band"
                )
            crs = parse_crs(source.crs.to_wkt())
            nodata = source.nodata
            return cls(
                path=path,
                crs=source.crs.to_wkt(),
                transform=source.transform,
                width=source.width,
                height=source.height,
                dtype=source.dtypes[0],
                nodata=None
                if nodata is None or not math.isfinite(nodata)
                else int(nodata),
                block=source.block_shapes[0],
                geographic=bool(crs.is_geographic),
                unit=float(crs.axis_info[0].unit_conversion_factor)
                if crs.is_projected
                else 1.0,
            )

    @property
    def cell(self) -> tuple[float, float]:
        """Length of a cell's sides in ground units."""
        t = self.transform
        return math.hypot(t.a, t.d), math.hypot(t.b, t.e)

    @cached_property
    def corners(self) -> NDArray[np.float64]:
        """Ground coordinates of the outer corners, in order, (4, 2)."""
        w, h = float(self.width), float(self.height)
        return self.to_ground(np.array([[0, 0], [w, 0], [w, h], [0, h]]))

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top in ground units."""
        left, bottom = self.corners.min(axis=0).tolist()
        right, top = self.corners.max(axis=0).tolist()
        return left, bottom, right, top

    def to_pixels(self, rings: Rings, shift: float = 0.0) -> Rings:
        """Rings in this file's pixel coordinates.

        Args:
            rings (Rings): In the tile's CRS.
            shift (float): Degrees to add to longitudes first.
        """
        inverse = ~self.transform
        x, y = rings.points[:, 0] + shift, rings.points[:, 1]
        pixels = np.stack(
            [
                inverse.a * x + inverse.b * y + inverse.c,
                inverse.d * x + inverse.e * y + inverse.f,
            ],
            axis=1,
        )
        return Rings(pixels, rings.starts)

    def to_ground(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixel coordinates (P, 2) as ground coordinates."""
        t = self.transform
        x, y = pixels[:, 0], pixels[:, 1]
        return np.stack(
            [t.a * x + t.b * y + t.c, t.d * x + t.e * y + t.f], axis=1
        )

    def row_areas(
        self, first: int, last: int, spherical: bool = True
    ) -> NDArray[np.float64]:
        """Area of one cell in each row.

        Args:
            first (int): First row, may lie outside the raster.
            last (int): Row after the last.
            spherical (bool): True area on the sphere for geographic
                rasters; else every cell weighs the same.

        Returns:
            float64 array: Square metres per cell, one entry for all rows
            where they are equal.
        """
        t = self.transform
        plane = abs(t.determinant) * self.unit**2
        if not self.geographic:
            return np.array([plane])
        if not spherical or t.b != 0 or t.d != 0:
            return np.array([plane * (math.radians(EARTH_RADIUS)) ** 2])
        lat = np.clip(t.f + t.e * np.arange(first, last + 1), -90.0, 90.0)
        band = np.abs(np.diff(np.sin(np.radians(lat))))
        return np.asarray(
            EARTH_RADIUS**2 * math.radians(abs(t.a)) * band, np.float64
        )


class TileReader:
    """An open tile; decoding errors come out as one clear line.

    Use as a context manager: GDAL's settings hold inside it.
    """

    def __init__(self, tile: Tile) -> None:
        self.tile = tile
        self._source: Any = open_raster(tile.path)
        self._settings = environment()

    def __enter__(self) -> 'TileReader':
        self._settings.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._source.close()
        self._settings.__exit__(*error)

    def read(
        self, col: int, row: int, width: int, height: int
    ) -> NDArray[Any]:
        """Codes of a window, array (height, width)."""
        return self._read(window=Window(col, row, width, height))

    def read_parts(
        self,
        window: tuple[int, int, int, int],
        parts: Sequence[tuple[int, int, int, int]],
    ) -> NDArray[Any]:
        """Codes of some parts of a window, 0 elsewhere.

        Args:
            window (tuple): Column, row, width and height.
            parts (sequence of tuple): Likewise, inside the window.
        """
        left, top, width, height = window
        codes = np.zeros((height, width), self._source.dtypes[0])
        for col, row, w, h in parts:
            there = codes[row - top :, col - left :][:h, :w]
            self._read(window=Window(col, row, w, h), out=there)
        return codes

    def thinned(self, height: int, width: int) -> NDArray[Any]:
        """Codes of the whole file thinned to fewer cells.

        The cell nearest to each new centre, from the file's overviews where
        it has them.

        Args:
            height, width (int): Rows and columns wanted.
        """
        return self._read(out_shape=(height, width))

    def _read(self, **how: Any) -> NDArray[Any]:
        try:
            codes: NDArray[Any] = self._source.read(1, **how)
        except (RasterioError, OSError) as error:
            raise read_error(self.tile.path, error) from None
        return codes
