"""Bands of map files: what their headers hold, and which is the map."""

import logging
import math
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from affine import Affine
from rasterio.enums import ColorInterp, MaskFlags

from ...errors import InputError
from ..core.addresses import file_name
from ..core.raster import open_raster
from .product import Product

logger = logging.getLogger('geokr_mm')

COLORS = {'red', 'green', 'blue'}
ALPHA = ColorInterp.alpha.name
_YEAR = re.compile(r'(?<!\d)(?:19|20)\d\d(?!\d)')
# Bands that a message lists.
MOST_LISTED = 8


@dataclass(frozen=True)
class BandHeader:
    """One band of a file.

    Attributes:
        flags (frozenset[str]): GDAL's mask flags: how valid cells are marked.
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

    Its CRS is WKT, its transform leads from pixels to ground.
    """

    path: str
    crs: str
    transform: Affine
    width: int
    height: int
    bands: tuple[BandHeader, ...]

    @classmethod
    def open(cls, path: str) -> 'MapHeader':
        """Read a file's header; raises as :func:`.raster.open_raster`."""
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
        """Number of the band of opacities."""
        colors = [band.color for band in self.bands]
        several = len(colors) > 1 and ALPHA in colors
        return colors.index(ALPHA) + 1 if several else None

    @property
    def code_bands(self) -> list[int]:
        """Numbers of the bands other than alpha."""
        every = range(1, len(self.bands) + 1)
        return [number for number in every if number != self.alpha]

    @property
    def is_picture(self) -> bool:
        """Whether bands are red, green and blue."""
        return {band.color for band in self.bands} >= COLORS

    @property
    def names(self) -> list[str]:
        """Names of the bands, empty where they have none."""
        return [band.description for band in self.bands]

    def without_alpha(self) -> 'MapHeader':
        """The same where the alpha band turns out to be a map.

        GDAL takes the last of four bands of bytes for alpha when it writes
        them, whatever they are.
        """
        plain, valid = ColorInterp.undefined.name, MaskFlags.all_valid.name
        return replace(
            self,
            bands=tuple(
                replace(
                    band,
                    color=plain if band.color == ALPHA else band.color,
                    flags=frozenset({valid})
                    if MaskFlags.alpha.name in band.flags
                    else band.flags,
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


def find_bands(
    product: Product, header: MapHeader, named: str | None = None
) -> tuple[MapHeader, dict[int | None, int]]:
    """The number of the band with class codes of each year, or of None.

    A band is taken where it is named (``FILE#BAND``), where the product
    lists which band is which year (``bands``), where each band's own name
    holds a year, where one has the name that the product states (``band``),
    or where it is the only one beside alpha. The header is returned too,
    without alpha where that is one of the bands.

    Raises:
        InputError: No such band, a picture in colours, or several bands of
            which none is named.
    """
    years = _stated(product, header) or _described(header)
    chosen: dict[int | None, int] = {}
    if named is not None:
        band = _numbered(header, named)
        if header.is_picture and header.alpha != band and not years:
            logger.warning(
                f'{header.path}: a picture by its bands, red, green and blue; '
                f'band {band} is read as class codes all the same'
            )
        fitting = [year for year, number in years.items() if number == band]
        chosen[fitting[0] if fitting else None] = band
    elif years:
        chosen.update(years.items())
    else:
        chosen[None] = _only(product, header)
    if header.alpha in chosen.values():
        header = header.without_alpha()
    return header, chosen


def _stated(product: Product, header: MapHeader) -> dict[int, int]:
    """Bands of years by the product; empty where it lists none."""
    name = file_name(header.path)
    fitting = (y for files, y in product.bands if re.search(files, name))
    years = next(fitting, {})
    # A file of one year's map needs no list of years.
    if len(header.code_bands) == 1 and len(years) > 1:
        return {}
    count = len(header.bands)
    # Three bands of bytes are written as red, green, blue by default.
    if header.is_picture and not set(years.values()) >= {1, 2, 3}:
        return {}
    for year, band in years.items():
        if band > count:
            raise InputError(
                f'{header.path}: has {count} bands, but in product '
                f'{product.name!r} {year} is band {band}; give the '
                "producer's file, or name a band, as in "
                f'{file_name(header.path)}#1'
            )
    return years


def _described(header: MapHeader) -> dict[int, int]:
    """Bands of years where each band's name holds one of its own."""
    every = range(1, len(header.bands) + 1)
    for numbers in (list(every), header.code_bands):
        if len(numbers) < 2:
            continue
        found = [_YEAR.findall(header.names[n - 1]) for n in numbers]
        years = [int(texts[0]) for texts in found if len(texts) == 1]
        if len(set(years)) == len(numbers):
            return dict(zip(years, numbers, strict=True))
    return {}


def _numbered(header: MapHeader, named: str) -> int:
    """Number of a band given by its number or name."""
    if named in header.names:
        return header.names.index(named) + 1
    if named.isdecimal() and 1 <= int(named) <= len(header.names):
        return int(named)
    raise InputError(
        f'{header.path}: no band {named!r}; it has {_list_bands(header)}'
    )


def _only(product: Product, header: MapHeader) -> int:
    """The band with the codes where years do not set them apart."""
    bands = header.code_bands
    if len(bands) == 1:
        return bands[0]
    wanted = product.about.get('band')
    if wanted in header.names:
        return header.names.index(wanted) + 1
    if header.is_picture:
        raise InputError(
            f'{header.path}: a picture of a map: {len(header.bands)} bands '
            'with red, green and blue, colours instead of class codes; give '
            'the file with the codes (in QGIS export raw data, not the '
            'rendered image)'
        )
    raise InputError(
        f'{header.path}: has {_list_bands(header)}; name the one with the '
        f'class codes, as in {file_name(header.path)}#{bands[0]}, or list in '
        'a product file which band is which year (bands)'
    )


def _list_bands(header: MapHeader) -> str:
    """Number of bands and their names."""
    count = len(header.bands)
    names = [
        f'{n} {name!r}' if name else str(n)
        for n, name in enumerate(header.names, 1)
    ]
    more = ', ...' if count > MOST_LISTED else ''
    plural = 'bands' if count > 1 else 'band'
    return f'{count} {plural} ({", ".join(names[:MOST_LISTED])}{more})'
