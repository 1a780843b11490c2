"""Of which year a file's map is, from its name, its bands or the product."""

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import InputError
from ..core.addresses import file_name
from ..core.executor import Executor
from ..maps.bands import MapHeader, find_bands
from ..maps.files import find_files
from ..maps.product import Product, shorten_years
from .tile import Tile

logger = logging.getLogger('geokr_mm')

# Headers that one job reads.
HEADERS = 64


@dataclass(frozen=True)
class _Map:
    """One band of a file, and its year if it is known from it."""

    header: MapHeader
    band: int
    year: int | None


def tiles_by_year(
    product: Product,
    paths: Any,
    year: int | None = None,
    executor: Executor | None = None,
) -> dict[int, list[Tile]]:
    """Tiles of the maps behind paths, by year, in order of the years.

    Args:
        paths (str, Path or sequence): See :func:`.files.find_files`.
        year (int): The only year wanted. Files of another year are left out
            with a warning; those of unknown year are taken for it.

    Raises:
        InputError: Unusable files, no map of the year, a year that the
            product does not have, or a file of unknown year.
    """
    if year is not None:
        _check_year(product, year, f'year {year}')
    maps: dict[tuple[str, int], _Map] = {}
    files = find_files(product, paths)
    headers = (executor or Executor()).map(
        MapHeader.open, ((file.path,) for file in files), HEADERS
    )
    for file, header in zip(files, headers, strict=True):
        header, bands = find_bands(product, header, file.band)
        for known, band in bands.items():
            if known is None:
                known = year_of_name(product, file.path)
            # A band may be named in several ways.
            key = os.path.realpath(file.path), band
            maps.setdefault(key, _Map(header, band, known))
    chosen = list(maps.values())
    if year is not None:
        chosen = _of_year(chosen, year)
    groups: dict[int, list[Tile]] = {}
    default = year or _default_year(product, chosen)
    for one in chosen:
        if one.year is not None and year is None:
            what = f'{one.header.path}: year {one.year}'
            _check_year(product, one.year, what)
        tile = Tile.of(one.header, one.band)
        groups.setdefault(one.year or default, []).append(tile)
    _warn_of_nodata(product, chosen)
    return dict(sorted(groups.items()))


def year_of_name(product: Product, path: str) -> int | None:
    """Year in a file's name by the product's pattern ``tiles``, or None.

    Raises:
        InputError: The pattern finds no number.
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
    """Refuse a year that the product does not have."""
    if product.years and year not in product.years:
        raise InputError(
            f'{what}: product {product.name!r} has maps of '
            f'{shorten_years(product.years)}; choose one of these years, or '
            'list more in a product file of your own'
        )


def _of_year(maps: Sequence[_Map], year: int) -> list[_Map]:
    """Maps of one year; those of unknown year count as of it."""
    chosen = [one for one in maps if one.year in (year, None)]
    there = sorted({one.year for one in maps if one.year is not None})
    if not chosen:
        raise InputError(
            f'{maps[0].header.path}: no map of {year}; the names or bands of '
            f'these files have {shorten_years(there)}: give the files of '
            f'{year} or another year'
        )
    used = {one.header.path for one in chosen}
    rest = [one for one in maps if one.header.path not in used]
    files = list(dict.fromkeys(one.header.path for one in rest))
    if files:
        number = f'{len(files)} files' if len(files) > 1 else '1 file'
        years = shorten_years(sorted({one.year or 0 for one in rest}))
        logger.warning(
            f'{files[0]}: {number} of other years ({years}) left out; the '
            f'map is that of {year}'
        )
    return chosen


def _default_year(product: Product, maps: Sequence[_Map]) -> int:
    """The product's only year; else that of the other maps if they agree."""
    unknown = [one for one in maps if one.year is None]
    if not unknown:
        return 0
    if len(product.years) == 1:
        return product.years[0]
    known = sorted({one.year for one in maps if one.year is not None})
    path = unknown[0].header.path
    if len(known) != 1:
        raise InputError(
            f'{path}: its name holds no year of product {product.name!r}; '
            'give it with --year, or as --map PRODUCT@YEAR=PATH'
        )
    logger.warning(
        f'{path}: its name holds no year; taken for {known[0]} like the other '
        'files'
    )
    return known[0]


def _warn_of_nodata(product: Product, maps: Sequence[_Map]) -> None:
    """Warn where a file's nodata value is a class of the product."""
    codes = range(101) if product.layers else product.codes
    wrong: dict[str, float] = {}
    for one in maps:
        value = one.header.bands[one.band - 1].stated_nodata
        if value is not None and value in codes:
            wrong[one.header.path] = value
    if wrong:
        path, value = next(iter(wrong.items()))
        more = f' (and {len(wrong) - 1} more)' if len(wrong) > 1 else ''
        logger.warning(
            f'{path}{more}: its nodata value {value:g} is a class code of '
            f'product {product.name!r}; such cells count as nodata; if they '
            'are not, unset it with gdal_edit.py -unsetnodata FILE'
        )
