"""Files of a land-cover map, and the year that their names tell."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from .product import Product
from .raster import RASTER_SUFFIXES, is_remote


def find_files(paths: Any) -> list[str]:
    """Raster files from files and folders, in a stable order.

    Raises:
        InputError: A path that is not there, or a folder without rasters.
    """
    if isinstance(paths, str | Path):
        paths = [paths]
    found: list[str] = []
    for path in paths:
        text = str(path)
        if is_remote(text) or not Path(text).is_dir():
            found.append(text)
            continue
        inside = sorted(
            str(p)
            for p in Path(text).iterdir()
            if p.suffix.lower() in RASTER_SUFFIXES
        )
        if not inside:
            raise InputError(
                f'{text}: no raster files ({", ".join(RASTER_SUFFIXES)}) in '
                'this folder; give the folder that holds them'
            )
        found.extend(inside)
    if not found:
        raise InputError('no land-cover file given')
    return list(dict.fromkeys(found))


def find_year(product: Product, files: Sequence[str]) -> int:
    """Year of a map from its file names, else from the product file.

    Raises:
        InputError: Several years, or none that can be told.
    """
    pattern = product.about.get('tiles')
    years: set[int] = set()
    if pattern:
        for file in files:
            match = re.search(pattern, Path(file).name)
            if match:
                years.add(int(match['year']))
    if not years and len(product.about.get('years', [])) == 1:
        years.add(int(product.about['years'][0]))
    if len(years) != 1:
        told = ', '.join(map(str, sorted(years))) or 'none'
        raise InputError(
            f'{files[0]}: years told by the file names of product '
            f'{product.name!r}: {told}; give one with --year'
        )
    return years.pop()
