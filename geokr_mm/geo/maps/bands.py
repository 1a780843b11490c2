"""Which bands of a file are the map, and of which years."""

import logging
import re

from ...errors import InputError
from ..core.addresses import file_name
from .header import MapHeader
from .product import Product

logger = logging.getLogger('geokr_mm')

_YEAR = re.compile(r'(?<!\d)(?:19|20)\d\d(?!\d)')
# Bands that a message lists.
MOST_LISTED = 8


def find_bands(
    product: Product, header: MapHeader, named: str | None = None
) -> tuple[MapHeader, dict[int | None, int]]:
    """The bands of a file that hold class codes.

    A band is taken where it is named (``FILE#BAND``), where the product says
    which band is which year (``bands``), where the bands' own names tell a
    year each, where one has the name that the product states (``band``), or
    where it is the only one beside alpha.

    Args:
        product (Product): The product.
        header (MapHeader): The file.
        named (str): Number or name of the band.

    Returns:
        tuple: The header, without alpha where that is one of the bands, and
        the number of the band of each year; the year is None where bands do
        not tell it.

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
                '%s: its bands say red, green and blue; band %d is read as '
                'class codes all the same',
                header.path,
                band,
            )
        told = [year for year, number in years.items() if number == band]
        chosen[told[0] if told else None] = band
    elif years:
        for year, band in years.items():
            chosen[year] = band
    else:
        chosen[None] = _only(product, header)
    if header.alpha in chosen.values():
        header = header.without_alpha()
    return header, chosen


def _stated(product: Product, header: MapHeader) -> dict[int, int]:
    """Bands of years as the product says; empty where it does not."""
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
                f'{header.path}: has {count} bands, but product '
                f'{product.name!r} says that {year} is band {band}; give the '
                "producer's file, or name a band, as in "
                f'{file_name(header.path)}#1'
            )
    return years


def _described(header: MapHeader) -> dict[int, int]:
    """Bands of years where each band's name tells one of its own."""
    every = range(1, len(header.bands) + 1)
    for numbers in (list(every), header.code_bands):
        if len(numbers) < 2:
            continue
        found = [
            _YEAR.findall(header.bands[number - 1].description)
            for number in numbers
        ]
        years = [int(texts[0]) for texts in found if len(texts) == 1]
        if len(set(years)) == len(numbers):
            return dict(zip(years, numbers, strict=True))
    return {}


def _numbered(header: MapHeader, named: str) -> int:
    """Number of a band given by its number or name."""
    names = [band.description for band in header.bands]
    if named in names:
        return names.index(named) + 1
    if named.isdecimal() and 1 <= int(named) <= len(names):
        return int(named)
    raise InputError(
        f'{header.path}: no band {named!r}; it has {_listed(header)}'
    )


def _only(product: Product, header: MapHeader) -> int:
    """The band with the codes where years do not tell them apart."""
    bands = header.code_bands
    if len(bands) == 1:
        return bands[0]
    wanted = product.about.get('band')
    names = [band.description for band in header.bands]
    if wanted in names:
        return names.index(wanted) + 1
    if header.is_picture:
        raise InputError(
            f'{header.path}: a picture of a map: {len(header.bands)} bands '
            'with red, green and blue, colours instead of class codes; give '
            'the file with the codes (in QGIS export raw data, not the '
            'rendered image)'
        )
    raise InputError(
        f'{header.path}: has {_listed(header)}; name the one with the class '
        f'codes, as in {file_name(header.path)}#{bands[0]}, or say in a '
        'product file which band is which year (bands)'
    )


def _listed(header: MapHeader) -> str:
    """Number of bands and their names."""
    count = len(header.bands)
    names = [
        f'{n} {band.description!r}' if band.description else str(n)
        for n, band in enumerate(header.bands, 1)
    ]
    more = ', ...' if count > MOST_LISTED else ''
    plural = 'bands' if count > 1 else 'band'
    return f'{count} {plural} ({", ".join(names[:MOST_LISTED])}{more})'
