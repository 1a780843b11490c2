"""The bands of a file by name, and its alpha band apart."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import rasterio.shutil
from rasterio.io import MemoryFile

from ...errors import InputError
from ..core.raster import UnusableFileError
from ..core.validity import alpha_band
from .sensors import SENTINEL2, SENTINEL2_NAME

logger = logging.getLogger('geokr_mm')

ALPHA = 'alpha'
# Pixels along a thumbnail of an alpha band, and the share of it that may be
# half transparent.
THUMBNAIL = 64
SEAM = 0.1
# Quarter quads of the US National Agriculture Imagery Program: four bands,
# the last of which is near infrared whatever the file calls it.
NAIP_NAME = re.compile(r'(?i)naip|^m_\d{7}_(?:ne|nw|se|sw)_')


class Scaling(NamedTuple):
    """What a stored number means: ``value = number * scale + offset``."""

    scale: float = 1.0
    offset: float = 0.0


class FileBands(NamedTuple):
    """Names of a file's bands, and their numbers in it from 1.

    ``alpha`` is the number of the band that masks the others, 0 where there
    is none.
    """

    names: tuple[str, ...]
    numbers: tuple[int, ...]
    alpha: int


def file_bands(
    path: str,
    source: Any,
    names: Sequence[str] | None = None,
    wanted: Sequence[str] | None = None,
) -> FileBands:
    """The bands of an open file.

    An alpha band is no band but a mask of the others, unless it has a name:
    among ``names`` (of all bands, or of all but alpha), as its description,
    or ``'alpha'`` among the bands ``wanted``. GDAL marks the fourth band of
    any 8-bit file as alpha when it writes one, so a band with many values
    between 0 and 255 is a band in spite of the mark; that of NAIP is near
    infrared.

    Raises:
        InputError: Another number of names than of bands.
        UnusableFileError: Colour-table numbers in place of brightness.
    """
    if source.colorinterp[0].name == 'palette':
        raise UnusableFileError(
            f'{path}: holds numbers of a colour table, not brightness; expand '
            'it first, e.g. gdal_translate -expand rgb IN OUT',
            path,
            'palette',
        )
    count = source.count
    alpha = alpha_band(source)
    every = tuple(range(1, count + 1))
    if names is not None:
        if len(names) == count:
            masks = alpha if alpha and names[alpha - 1] == ALPHA else 0
            return FileBands(tuple(names), every, masks)
        others = tuple(n for n in every if n != alpha)
        if len(names) == len(others):
            return FileBands(tuple(names), others, alpha)
        raise InputError(
            f'{path}: {count} bands but {len(names)} band names '
            f'({", ".join(names)}); name every band'
        )
    descriptions = list(_descriptions(source))
    found = band_names(
        Path(path).name, descriptions, [c.name for c in source.colorinterp]
    )
    described = (descriptions[alpha - 1] or '').strip() if alpha else ''
    if not alpha or described.lower() not in ('', ALPHA):
        return FileBands(tuple(found), every, 0)
    if count == 4 and NAIP_NAME.search(Path(path).name):
        return FileBands(('red', 'green', 'blue', 'nir'), every, 0)
    if not _is_mask(source, alpha):
        found[alpha - 1] = f'b{alpha}'
        _warn_once(
            '%s: band %d is marked as alpha but is not 0 or 255 throughout: '
            'it is used as band %s; name it with --band-names',
            path, alpha, found[alpha - 1],
        )  # fmt: skip
        return FileBands(tuple(found), every, 0)
    _warn_once(
        '%s: band %d is alpha: it masks the other bands and is no band '
        '(others like it are not named)', path, alpha,
    )  # fmt: skip
    found[alpha - 1] = ALPHA
    if wanted is not None and ALPHA in wanted:
        return FileBands(tuple(found), every, alpha)
    return FileBands(
        tuple(n for n in found if n != ALPHA),
        tuple(n for n in every if n != alpha),
        alpha,
    )


def _is_mask(source: Any, alpha: int) -> bool:
    """Whether an alpha band is 0 or 255 but for seams, by its thumbnail."""
    shape = tuple(
        min(side, THUMBNAIL) for side in (source.height, source.width)
    )
    values = source.read(alpha, out_shape=shape)
    most = np.iinfo(values.dtype).max if values.dtype.kind in 'iu' else 1.0
    between = (values != 0) & (values != most)
    return bool(between.mean() <= SEAM)


_WARNED: set[str] = set()


def _warn_once(message: str, *values: Any) -> None:
    """Warn of the first file of a kind only: there may be a million."""
    if message not in _WARNED:
        _WARNED.add(message)
        logger.warning(message, *values)


def file_scaling(source: Any, numbers: Sequence[int]) -> tuple[Scaling, ...]:
    """Stated scale and offset of some bands; empty where none is stated."""
    found = tuple(
        # A scale of 0 is an empty tag: every value would be the same.
        Scaling(float(source.scales[n - 1] or 1), float(source.offsets[n - 1]))
        for n in numbers
    )
    return found if any(s != Scaling() for s in found) else ()


def band_names(
    name: str, descriptions: Sequence[str | None], colors: Sequence[str]
) -> list[str]:
    """Names of a file's bands.

    The descriptions where all are given and differ; else the sensor's names
    where the file name holds the sensor; else red, green, blue for RGB
    images; else b1, b2...
    """
    count = len(descriptions)
    given = [d.strip() for d in descriptions if d and d.strip()]
    if len(set(given)) == count:
        return given
    if SENTINEL2_NAME.search(name):
        if count == 13:
            return [*SENTINEL2]
        if count == 12:
            return [b for b in SENTINEL2 if b != 'B10']
    if count > 1 and list(colors[:3]) == ['red', 'green', 'blue']:
        rest = [
            'alpha' if c == 'alpha' else f'b{i + 4}'
            for i, c in enumerate(colors[3:])
        ]
        return ['red', 'green', 'blue', *rest]
    return [f'b{i + 1}' for i in range(count)]


def _descriptions(source: Any) -> Sequence[str | None]:
    """Band descriptions of an open raster, whatever their encoding."""
    try:
        return tuple(source.descriptions)
    except UnicodeDecodeError:
        pass
    # GDAL hands out text as UTF-8; as a VRT it hands out the bytes.
    with MemoryFile(ext='.vrt') as memory:
        rasterio.shutil.copy(source, memory.name, driver='VRT')
        text = memory.read().decode('cp1252', errors='replace')
    bands = ElementTree.fromstring(text).iter('VRTRasterBand')
    found = tuple(band.findtext('Description') for band in bands)
    logger.warning(
        f'{source.name}: band descriptions are not UTF-8; read as '
        f'Windows-1252 ({", ".join(filter(None, found))})'
    )
    return found
