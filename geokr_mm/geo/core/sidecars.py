"""Files that GDAL reads together with the one that was named."""

import os
from bisect import bisect_left
from functools import lru_cache

import rasterio
from rasterio.errors import RasterioError

from .raster import environment

# Rasters that never refer to files of another name.
SINGLE = ('.tif', '.tiff', '.gtif', '.jp2', '.img', '.png', '.jpg', '.jpeg')
# Tables in one file; a shapefile has .dbf, .shx and .prj beside it.
TABLES = ('.parquet', '.geoparquet', '.csv', '.geojson', '.json', '.fgb')
# Listings of folders that are kept.
FOLDERS = 16


class Sidecars:
    """Files that lie beside another under its name.

    Each folder is listed once: to look for every possible sidecar of every
    file takes longer on network disks than reading the files.
    """

    def __init__(self) -> None:
        self._names = lru_cache(FOLDERS)(_listed)

    def of(self, path: str) -> list[str]:
        """Files of the same stem: for ``a.tif`` ``a.tfw``, ``a.tif.msk``."""
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
        """Whether GDAL surely reads a raster from this one file."""
        single = path.lower().endswith(SINGLE) and os.path.isfile(path)
        return single and not self.of(path)


def _listed(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries)
    except OSError:
        return []


def raster_files(path: str) -> list[str]:
    """A raster, then all files that GDAL reads for it, each once.

    Sidecars, masks and overviews; the sources of a VRT with theirs.
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
    """A table of footprints, and what belongs to it."""
    if path.lower().endswith(TABLES):
        return [path]
    return [path, *Sidecars().of(path)]
