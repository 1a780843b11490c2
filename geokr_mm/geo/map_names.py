"""Naming land-cover maps on a command line: ``PRODUCT[@YEAR]=PATH``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from .map_files import find_files, find_year
from .product import load_product

_FORM = re.compile(r'^(?P<product>.+?)(?:@(?P<year>\d{4}))?=(?P<path>.+)$')


@dataclass(frozen=True)
class MapName:
    """Where one map, or several years of it, lie.

    Attributes:
        product (str): Product name or product file.
        year (int | None): Year of the map; else from its file names.
        paths (tuple[str, ...]): Files or folders.
    """

    product: str
    year: int | None
    paths: tuple[str, ...]


def parse_map(words: Sequence[str]) -> MapName:
    """A map from ``PRODUCT[@YEAR]=PATH`` and further paths.

    Args:
        words (sequence of str): The words after ``--map``.

    Raises:
        InputError: The first word has another form.
    """
    match = _FORM.match(words[0]) if words else None
    if match is None:
        raise InputError(
            f'--map {" ".join(words)}: give it as PRODUCT=PATH or '
            'PRODUCT@YEAR=PATH, e.g. --map worldcover@2021=tiles/'
        )
    year = match['year']
    return MapName(
        match['product'],
        None if year is None else int(year),
        (match['path'], *words[1:]),
    )


def split_years(name: MapName) -> list[tuple[int, list[str]]]:
    """Years of a map and the files of each, in order of the years.

    Args:
        name (MapName): The map; with a year, all its files are of that year.

    Raises:
        InputError: A file whose name tells no year.
    """
    files = find_files(name.paths)
    if name.year is not None:
        return [(name.year, files)]
    product = load_product(name.product)
    pattern = product.about.get('tiles')
    if pattern is None or len(files) == 1:
        return [(find_year(product, files), files)]
    years: dict[int, list[str]] = {}
    for file in files:
        match = re.search(pattern, Path(file).name)
        year = int(match['year']) if match else find_year(product, [file])
        years.setdefault(year, []).append(file)
    return sorted(years.items())
