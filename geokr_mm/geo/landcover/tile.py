"""One raster file of a land-cover product, and the areas of its cells."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from ...errors import InputError
from ..core.crs import parse_crs
from ..geometry.ground_size import EARTH_RADIUS, sphere_areas
from ..geometry.rings import Rings
from ..maps.bands import MapHeader

#: Code of empty cells where the file has no code for them; no product's.
EMPTY = -(2**63)


@dataclass(frozen=True)
class Tile:
    """Where a product's file lies and how it is stored.

    Attributes:
        path (str): File, URL or GDAL virtual path.
        crs (str): Its CRS as WKT.
        transform (Affine): Pixel to ground.
        width, height (int): Size in cells.
        dtype (str): Data type of codes as they are read.
        nodata (int | None): Code of empty cells as they are read.
        block (tuple[int, int]): Rows and columns of a stored block.
        geographic (bool): Whether ground units are degrees.
        unit (float): Metres per ground unit (1 for degrees).
        band (int): Number of the band that holds the codes.
        masked (bool): Whether empty cells are marked by a mask that has to
            be read beside the codes.
        floating (bool): Whether codes are stored as floating-point numbers.
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
    band: int = 1
    masked: bool = False
    floating: bool = False

    @classmethod
    def open(cls, path: str, band: int = 1) -> 'Tile':
        """Read a file's header.

        Args:
            band (int): Number of the band that holds the codes.

        Raises:
            InputError: Unreadable, not georeferenced, or not class codes.
        """
        return cls.of(MapHeader.open(path), band)

    @classmethod
    def of(cls, header: MapHeader, band: int) -> 'Tile':
        """One band of a file as a tile; see :meth:`open`."""
        path, about = header.path, header.bands[band - 1]
        kind = np.dtype(about.dtype).kind
        if kind not in 'iuf':
            raise InputError(
                f'{path}: holds {about.dtype} values, not class codes; give '
                "the product's classification band"
            )
        if about.scaled:
            raise InputError(
                f'{path}: band {band} has a scale or an offset, so it holds '
                "quantities, not class codes; give the product's "
                'classification band, or unset them with gdal_edit.py -scale '
                '1 -offset 0'
            )
        try:
            crs = parse_crs(header.crs)
        except InputError as error:
            raise InputError(f'{path}: {error}') from None
        masked = not about.all_valid and about.nodata_code is None
        plain = kind != 'f' and not masked
        return cls(
            path=path,
            crs=header.crs,
            transform=header.transform,
            width=header.width,
            height=header.height,
            dtype=about.dtype if plain else 'int64',
            nodata=about.nodata_code if plain else EMPTY,
            block=about.block,
            geographic=bool(crs.is_geographic),
            unit=float(crs.axis_info[0].unit_conversion_factor)
            if crs.is_projected
            else 1.0,
            band=band,
            masked=masked,
            floating=kind == 'f',
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

    def ring_areas(self, rings: Rings) -> NDArray[np.float64]:
        """Area of rings in the tile's CRS, square metres."""
        if self.geographic:
            return sphere_areas(rings)
        return rings.areas() * self.unit**2

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
