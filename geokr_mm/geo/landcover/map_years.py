"""Of which year a file's map is: its name, its bands or the product tell."""

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import InputError
from ..core.addresses import file_name
from ..core.executor import Crew
from ..maps.bands import find_bands
from ..maps.files import find_files
from ..maps.header import MapHeader
from ..maps.product import Product, shorten_years
from .tile import Tile

logger = logging.getLogger('geokr_mm')


# Headers that one job reads.
HEADERS = 64


@dataclass(frozen=True)
class _Map:
    """One band of a file, and the year that it tells, if any."""

    header: MapHeader
    band: int
    year: int | None


def tiles_by_year(
    product: Product,
    paths: Any,
    year: int | None = None,
    crew: Crew | None = None,
) -> dict[int, list[Tile]]:
    """Tiles of the maps behind paths, by year.

    Args:
        product (Product): The product.
        paths (str, Path or sequence): See :func:`.map_files.find_files`.
        year (int): The only year wanted. Files that tell another year are
            left out, and said; those that tell none are taken for it.
        crew (Crew): Who reads the headers; this process by default.

    Returns:
        dict: Year to tiles in the order given, in order of the years.

    Raises:
        InputError: Unusable files, no map of the year, a year that the
            product does not have, or a file of which no year can be told.
    """
    if year is not None:
        _check_year(product, year, f'year {year}')
    maps: dict[tuple[str, int], _Map] = {}
    files = find_files(product, paths)
    headers = (crew or Crew()).map(
        MapHeader.open, ((file.path,) for file in files), HEADERS
    )
    for file, header in zip(files, headers, strict=True):
        header, bands = find_bands(product, header, file.band)
        for told, band in bands.items():
            if told is None:
                told = year_of_name(product, file.path)
            # A band may be named in several ways.
            key = os.path.realpath(file.path), band
            maps.setdefault(key, _Map(header, band, told))
    chosen = list(maps.values())
    if year is not None:
        chosen = _of_year(chosen, year)
    groups: dict[int, list[Tile]] = {}
    default = year or _default_year(product, chosen)
    for one in chosen:
        told = one.year or default
        if one.year is not None and year is None:
            _check_year(product, one.year, f'{one.header.path}: year {told}')
        groups.setdefault(told, []).append(Tile.of(one.header, one.band))
    _warn_of_nodata(product, chosen)
    return dict(sorted(groups.items()))


def year_of_name(product: Product, path: str) -> int | None:
    """Year that a file's name tells; None where it tells none.

    Args:
        product (Product): With the pattern ``tiles``.
        path (str): The file.

    Raises:
        InputError: A pattern that finds no number.
    """
    pattern = product.file_names
    match = re.search(pattern, file_name(path)) if pattern else None
    if not match or match['year'] is None:
        return None
    if not match['year'].isdecimal():
        raise InputError(
            f'{path}: `tiles` of product {product.name!r} finds '
            f'{match["year"]!r} as its year, which is no number; mend the '
            'pattern'
        )
    return int(match['year'])


def _check_year(product: Product, year: int, what: str) -> None:
    """InputError for a year that the product does not have."""
    if product.years and year not in product.years:
        raise InputError(
            f'{what}: product {product.name!r} has maps of '
            f'{shorten_years(product.years)}; choose one of these years, or '
            'list more in a product file of your own'
        )


def _of_year(maps: Sequence[_Map], year: int) -> list[_Map]:
    """Maps of one year; those that tell none count as of it."""
    chosen = [one for one in maps if one.year in (year, None)]
    there = sorted({one.year for one in maps if one.year is not None})
    if not chosen:
        raise InputError(
            f'{maps[0].header.path}: no map of {year}; the names or bands of '
            f'these files tell {shorten_years(there)}: give the files of '
            f'{year} or another year'
        )
    used = {one.header.path for one in chosen}
    rest = [one for one in maps if one.header.path not in used]
    files = list(dict.fromkeys(one.header.path for one in rest))
    if files:
        logger.warning(
            '%s: %d %s of other years (%s) left out; the map is that of %d',
            files[0],
            len(files),
            'files' if len(files) > 1 else 'file',
            shorten_years(sorted({one.year or 0 for one in rest})),
            year,
        )
    return chosen


def _default_year(product: Product, maps: Sequence[_Map]) -> int:
    """Year of the maps that tell none.

    The product's only one; else, where all that tell one agree, that one.
    """
    silent = [one for one in maps if one.year is None]
    if not silent:
        return 0
    if len(product.years) == 1:
        return product.years[0]
    told = sorted({one.year for one in maps if one.year is not None})
    path = silent[0].header.path
    if len(told) != 1:
        raise InputError(
            f'{path}: its name tells no year of product {product.name!r}; '
            'give it with --year, or as --map PRODUCT@YEAR=PATH'
        )
    logger.warning(
        '%s: its name tells no year; taken for %d like the other files',
        path,
        told[0],
    )
    return told[0]


def _warn_of_nodata(product: Product, maps: Sequence[_Map]) -> None:
    """Say where a file's nodata value is a class of the product."""
    codes = range(101) if product.layers else product.codes
    wrong: dict[str, float] = {}
    for one in maps:
        value = one.header.bands[one.band - 1].stated_nodata
        if value is not None and value in codes:
            wrong[one.header.path] = value
    if wrong:
        path, value = next(iter(wrong.items()))
        logger.warning(
            '%s%s: its nodata value %g is a class code of product %r; such '
            'cells count as nodata; if they are not, unset it with '
            'gdal_edit.py -unsetnodata FILE',
            path,
            f' (and {len(wrong) - 1} more)' if len(wrong) > 1 else '',
            value,
            product.name,
        )
