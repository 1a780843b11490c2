"""Names of a file's bands: as it describes them, or as its sensor has them."""

import logging
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import rasterio.shutil
from rasterio.io import MemoryFile

from .sensors import SENTINEL2, SENTINEL2_NAME

logger = logging.getLogger('geokr_mm')


def band_names(
    name: str, descriptions: Sequence[str | None], colors: Sequence[str]
) -> list[str]:
    """Names of a file's bands.

    Args:
        name (str): File name.
        descriptions (sequence): The file's own band descriptions.
        colors (sequence of str): Its colour interpretations.

    Returns:
        list[str]: The descriptions where all are given and differ; else
        the sensor's names where the file name tells the sensor; else
        red, green, blue for RGB images; else b1, b2...
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


def read_descriptions(source: Any) -> Sequence[str | None]:
    """Band descriptions of an open raster, whatever their encoding.

    Args:
        source (rasterio.DatasetReader): The raster.

    Returns:
        sequence: One for each band, None where there is none.
    """
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
