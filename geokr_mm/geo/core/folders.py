"""Files of folders: below one, and those that GDAL reads beside another."""

import logging
import os
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from functools import lru_cache

import rasterio
from rasterio.errors import RasterioError

from ...errors import InputError
from .addresses import archive_prefix, inside_archive
from .raster import RASTER_SUFFIXES, environment

logger = logging.getLogger('geokr_mm')

# What macOS leaves beside files on other disks; no image.
_FORK = '._'
# Rasters that never refer to files of another name.
SINGLE = ('.tif', '.tiff', '.gtif', '.jp2', '.img', '.png', '.jpg', '.jpeg')
# Tables in one file; a shapefile has .dbf, .shx and .prj beside it.
TABLES = ('.parquet', '.geoparquet', '.csv', '.geojson', '.json', '.fgb')
# Listings of folders that are kept.
FOLDERS = 16


def files_below(folder: str) -> Iterator[str]:
    """Files in a folder and the folders below it, once each.

    Links to folders are followed, after all true folders, so that a file
    goes by its true path where it has one here; circles are walked once.

    Raises:
        InputError: A folder that cannot be read.
    """
    seen: set[tuple[int, int]] = set()
    waiting, links = deque([folder]), deque[str]()
    while waiting or links:
        here = waiting.popleft() if waiting else links.popleft()
        try:
            about = os.stat(here)
            if (about.st_dev, about.st_ino) in seen:
                continue
            seen.add((about.st_dev, about.st_ino))
            with os.scandir(here) as listing:
                entries = sorted(listing, key=lambda e: e.name)
        except OSError as error:
            raise InputError(
                f'{here}: this folder cannot be read ({error.strerror}); '
                'mend its permissions or give other folders'
            ) from None
        for entry in entries:
            if entry.is_dir():
                (links if entry.is_symlink() else waiting).append(entry.path)
            elif entry.is_symlink() and not os.path.exists(entry.path):
                logger.warning(
                    f'{entry.path}: a link to {os.readlink(entry.path)!r}, '
                    'which is not there; what it should lead to is left out'
                )
            elif not entry.name.startswith(_FORK):
                yield entry.path


def images_below(folder: str, required: bool = True) -> list[str]:
    """Images in a folder and the folders below it, sorted.

    Raises:
        InputError: There must be an image (``required``), and there is none.
    """
    found, archives = [], []
    for path in files_below(folder):
        if path.lower().endswith(RASTER_SUFFIXES):
            found.append(path)
        elif archive_prefix(path) is not None:
            archives.append(path)
    if archives and (found or not required):
        logger.warning(
            f'{folder}: {len(archives)} archives are not looked into (first: '
            f'{archives[0]}); unpack them or name what is inside'
        )
    if found or not required:
        return sorted(found)
    if archives:
        raise InputError(
            f'{folder}: no images in this folder but {len(archives)} '
            'archives; unpack them, or name what is inside as in '
            f'{inside_archive(archives[0])}'
        )
    raise InputError(
        f'{folder}: no images ({", ".join(RASTER_SUFFIXES)}) in this folder; '
        'give the folder that holds them'
    )


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
