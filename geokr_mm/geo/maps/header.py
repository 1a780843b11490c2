"""What the header of a land-cover file says, band by band."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from affine import Affine
from rasterio.enums import ColorInterp, MaskFlags

from ..core.raster import open_raster

COLORS = {'red', 'green', 'blue'}


@dataclass(frozen=True)
class BandHeader:
    """One band of a file.

    Attributes:
        dtype (str): Data type as stored.
        nodata (float | None): Its nodata value.
        flags (frozenset[str]): GDAL's mask flags: what tells valid cells.
        color (str): Colour interpretation, e.g. ``'palette'``.
        description (str): Its name in the file; may be empty.
        scaled (bool): Whether stored numbers are to be scaled or shifted.
        block (tuple[int, int]): Rows and columns of a stored block.
    """

    dtype: str
    nodata: float | None
    flags: frozenset[str]
    color: str
    description: str
    scaled: bool
    block: tuple[int, int]

    @property
    def all_valid(self) -> bool:
        """Whether no cell is marked as empty."""
        return MaskFlags.all_valid.name in self.flags

    @property
    def stated_nodata(self) -> float | None:
        """The nodata value where GDAL goes by it; masks take precedence."""
        return self.nodata if MaskFlags.nodata.name in self.flags else None

    @property
    def nodata_code(self) -> int | None:
        """The one code of empty cells; None where there is another rule.

        Cells can be compared with it where nodata is all that GDAL goes by
        and a whole number of the band's own data type.
        """
        if self.flags != {MaskFlags.nodata.name} or self.nodata is None:
            return None
        kind = np.dtype(self.dtype)
        if kind.kind not in 'iu' or not math.isfinite(self.nodata):
            return None
        limits = np.iinfo(kind)
        whole = self.nodata == int(self.nodata)
        inside = limits.min <= self.nodata <= limits.max
        return int(self.nodata) if whole and inside else None


@dataclass(frozen=True)
class MapHeader:
    """A raster file before it is known which of its bands is the map.

    Attributes:
        path (str): File, URL or GDAL virtual path.
        crs (str): Its CRS as WKT.
        transform (Affine): Pixel to ground.
        width, height (int): Size in cells.
        bands (tuple[BandHeader, ...]): Its bands, in order.
    """

    path: str
    crs: str
    transform: Affine
    width: int
    height: int
    bands: tuple[BandHeader, ...]

    @classmethod
    def open(cls, path: str) -> 'MapHeader':
        """Read a file's header.

        Raises:
            InputError: See :func:`.raster.open_raster`.
        """
        with open_raster(path) as source:
            return cls(
                path=path,
                crs=source.crs.to_wkt(),
                transform=source.transform,
                width=source.width,
                height=source.height,
                bands=tuple(_band(source, n) for n in range(source.count)),
            )

    @property
    def alpha(self) -> int | None:
        """Number of the band that says how opaque the others are."""
        for number, band in enumerate(self.bands, 1):
            if band.color == ColorInterp.alpha.name and len(self.bands) > 1:
                return number
        return None

    @property
    def code_bands(self) -> list[int]:
        """Numbers of the bands other than alpha."""
        every = range(1, len(self.bands) + 1)
        return [number for number in every if number != self.alpha]

    @property
    def is_picture(self) -> bool:
        """Whether bands are red, green and blue."""
        return {band.color for band in self.bands} >= COLORS

    def without_alpha(self) -> 'MapHeader':
        """The same where the alpha band turns out to be a map.

        GDAL takes the last of four bands of bytes for alpha when it writes
        them, whatever they are.
        """
        alpha = {MaskFlags.alpha.name}
        valid = frozenset({MaskFlags.all_valid.name})
        return replace(
            self,
            bands=tuple(
                replace(
                    band,
                    color=ColorInterp.undefined.name
                    if band.color == ColorInterp.alpha.name
                    else band.color,
                    flags=valid if band.flags & alpha else band.flags,
                )
                for band in self.bands
            ),
        )


def _band(source: Any, place: int) -> BandHeader:
    return BandHeader(
        dtype=source.dtypes[place],
        nodata=source.nodatavals[place],
        flags=frozenset(f.name for f in source.mask_flag_enums[place]),
        color=source.colorinterp[place].name,
        description=(source.descriptions[place] or '').strip(),
        scaled=(source.scales[place], source.offsets[place]) != (1.0, 0.0),
        block=source.block_shapes[place],
    )
