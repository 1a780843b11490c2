"""Files that GDAL reads together with the one that was named."""

import os
import re
from bisect import bisect_left
from functools import lru_cache
from pathlib import Path

import rasterio
from rasterio.errors import RasterioError

from .addresses import subdataset_file
from .raster import environment, is_subdataset

# Rasters that never refer to files of another name.
SINGLE = ('.tif', '.tiff', '.gtif', '.jp2', '.img', '.png', '.jpg', '.jpeg')
# Tables in one file; a shapefile has .dbf, .shx and .prj beside it.
TABLES = ('.parquet', '.geoparquet', '.csv', '.geojson', '.json', '.fgb')
# Virtual file systems over one local file.
_ARCHIVE = re.compile(r'/vsi(?:zip|7z|rar|tar|gzip)/')
# Folders whose names are kept while their files are gone through.
FOLDERS = 16


class Sidecars:
    """Tells which files lie beside another under its name.

    Each folder is listed once: asking for every possible sidecar of every
    file takes longer on network disks than reading the files.
    """

    def __init__(self) -> None:
        self._names = lru_cache(FOLDERS)(_listed)

    def of(self, path: str) -> list[str]:
        """Files of the same stem: of ``a.tif`` also ``a.tfw``, ``a.tif.msk``.

        Args:
            path (str): A local file.
        """
        folder, name = os.path.split(path)
        names = self._names(folder or '.')
        stem = f'{name.rpartition(".")[0] or name}.'
        first = last = bisect_left(names, stem)
        while last < len(names) and names[last].startswith(stem):
            last += 1
        return [
            os.path.join(folder, n) for n in names[first:last] if n != name
        ]

    def alone(self, path: str) -> bool:
        """Whether a raster is surely read from this one file."""
        single = path.lower().endswith(SINGLE) and os.path.isfile(path)
        return single and not self.of(path)


def _listed(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries)
    except OSError:
        return []


def raster_files(path: str) -> list[str]:
    """A raster and all files that GDAL reads for it.

    Sidecars, masks and overviews; the sources of a VRT with theirs.

    Args:
        path (str): File, URL or GDAL virtual path.

    Returns:
        list of str: The path itself first, each file once.
    """
    found = {path: None}
    waiting = [path]
    while waiting:
        file = waiting.pop()
        try:
            with environment(file), rasterio.open(file) as source:
                others = [f for f in source.files if f not in found]
        except RasterioError:
            # Not every sidecar is a raster.
            continue
        found.update(dict.fromkeys(others))
        waiting += others
    return list(found)


def table_files(path: str) -> list[str]:
    """A table of footprints, and what belongs to it.

    Args:
        path (str): A local file.
    """
    if path.lower().endswith(TABLES):
        return [path]
    return [path, *Sidecars().of(path)]


def archive_of(path: str) -> str | None:
    """The local file behind a GDAL virtual path such as ``/vsizip/a.zip/b``.

    Args:
        path (str): The path.

    Returns:
        str: None where there is none, as behind a URL.
    """
    if is_subdataset(path):
        return subdataset_file(path)
    inside = _ARCHIVE.match(path)
    if inside is None:
        return None
    rest = path[inside.end() :]
    if rest.startswith('/vsi'):
        return archive_of(rest)
    if rest.startswith('{'):
        rest = rest[1:].partition('}')[0]
    for place in (Path(rest), *Path(rest).parents):
        if place.is_file():
            return str(place)
    return None
