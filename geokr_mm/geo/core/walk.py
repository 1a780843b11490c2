"""Files below a folder, links followed."""

import logging
import os
from collections import deque
from collections.abc import Iterator

from ...errors import InputError
from .addresses import archive_prefix, inside_archive
from .raster import RASTER_SUFFIXES

logger = logging.getLogger('geokr_mm')

# What macOS leaves beside files on other disks; no image.
_FORK = '._'


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
