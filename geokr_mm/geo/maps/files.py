"""Files of a land-cover map, and its name on a command line."""

import glob
import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..core.addresses import file_name, local_path, refuse_archive
from ..core.folders import images_below
from ..core.raster import is_remote
from .product import Product

logger = logging.getLogger('geokr_mm')

# PRODUCT[@YEAR]=PATH
_FORM = re.compile(r'^(?P<product>.+?)(?:@(?P<year>\d{4}))?=(?P<path>.+)$')
# What producers call layers beside the map, for products that name none.
USUAL_LAYERS = re.compile(
    r'(?i)quality|prob(?:a|s|ab|ability|abilities)?(?![a-z])|confidence|'
    r'uncertainty|(?<![a-z])(?:qa|qc|thumb(?:nail)?|quicklook|preview)(?![a-z])'
)


@dataclass(frozen=True)
class MapName:
    """Product or its file, year if stated, and where one or more maps lie."""

    product: str
    year: int | None
    paths: tuple[str, ...]


def parse_map(words: Sequence[str]) -> MapName:
    """A map from the words ``PRODUCT[@YEAR]=PATH`` and further paths."""
    match = _FORM.match(words[0]) if words else None
    if match is None:
        raise InputError(
            f'--map {" ".join(words)}: give it as PRODUCT=PATH or '
            'PRODUCT@YEAR=PATH, e.g. --map worldcover@2021=tiles/'
        )
    year = None if match['year'] is None else int(match['year'])
    return MapName(match['product'], year, (match['path'], *words[1:]))


@dataclass(frozen=True)
class MapFile:
    """A raster file of a map, and its band's number or name if given."""

    path: str
    band: str | None = None


def find_files(product: Product, paths: Any) -> list[MapFile]:
    """Raster files behind paths, each once, in a stable order.

    Folders are searched below; links to folders are followed. Where the
    product's patterns (``tiles``, ``bands``) fit some files of a folder, the
    others are left out with a warning; so are those that its
    ``other_layers`` fits, or :data:`USUAL_LAYERS` where it has none.

    Args:
        paths (str, Path or sequence): Files, patterns and folders; ``#BAND``
            may follow each, a band's number or name.

    Raises:
        InputError: A path that is not there, a folder without rasters, or a
            file that is another layer of the product.
    """
    if isinstance(paths, str | Path):
        paths = [paths]
    found: dict[tuple[str, str | None], MapFile] = {}
    for text in map(str, paths):
        path, band = _split_band(text)
        for file in _behind(product, local_path(path)):
            key = file if is_remote(file) else os.path.realpath(file)
            found.setdefault((key, band), MapFile(file, band))
    if not found:
        raise InputError('no land-cover file given')
    return list(found.values())


def _split_band(text: str) -> tuple[str, str | None]:
    """A path and the band named behind it; a path that exists stays whole."""
    path, sign, band = text.rpartition('#')
    if not sign or (not is_remote(text) and Path(text).exists()):
        return text, None
    if not path or not band:
        raise InputError(
            f'{text}: no band is named behind #; write PATH#BAND, e.g. '
            'map.tif#2'
        )
    return path, band


def _behind(product: Product, path: str) -> list[str]:
    """Files behind one path."""
    if is_remote(path):
        given = [path]
    elif Path(path).is_dir():
        return _delivered(product, path)
    elif Path(path).exists() or not glob.has_magic(path):
        given = [path]
    else:
        given = sorted(glob.glob(path, recursive=True))
        if not given:
            raise InputError(
                f'{path}: no such land-cover file; check the pattern'
            )
    for file in given:
        if not is_remote(file):
            refuse_archive(file)
        if _other_layer(product, file):
            raise InputError(
                f'{file}: by its name another layer of product '
                f'{product.name!r}, not its map; give the file of the map'
            )
    return given


def _delivered(product: Product, folder: str) -> list[str]:
    """Files of the map in a folder as delivered."""
    inside = images_below(folder)
    maps = [file for file in inside if not _other_layer(product, file)]
    if not maps:
        raise InputError(
            f'{folder}: holds only other layers of product {product.name!r}, '
            f'first {inside[0]}; give the folder of its map'
        )
    if product.other_layers is None:
        usual = [f for f in maps if not USUAL_LAYERS.search(file_name(f))]
        maps = usual or maps
    stated = [product.file_names, *(files for files, _ in product.bands)]
    patterns = [pattern for pattern in stated if pattern]
    named = [
        file
        for file in maps
        if any(re.search(p, file_name(file)) for p in patterns)
    ]
    maps = named or maps
    rest = sorted(set(inside) - set(maps))
    if rest:
        files = 'files are' if len(rest) > 1 else 'file is'
        logger.warning(
            f'{folder}: {len(rest)} {files} left out, by name no map of '
            f'product {product.name!r}, first {rest[0]}'
        )
    return maps


def _other_layer(product: Product, file: str) -> bool:
    pattern = product.other_layers
    return pattern is not None and bool(re.search(pattern, file_name(file)))
