"""Naming land-cover maps on a command line: ``PRODUCT[@YEAR]=PATH``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import InputError

_FORM = re.compile(r'^(?P<product>.+?)(?:@(?P<year>\d{4}))?=(?P<path>.+)$')


@dataclass(frozen=True)
class MapName:
    """Where one map, or several years of it, lie.

    Attributes:
        product (str): Product name or product file.
        year (int | None): Year of the map; else from its file names.
        paths (tuple[str, ...]): Files or folders, see
            :func:`.map_files.find_files`.
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
