"""What lies behind a path: folders, globs and lists taken apart."""

import glob
import logging
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from ...errors import InputError
from ..core.addresses import (
    archive_prefix,
    inside_archive,
    local_path,
)
from ..core.raster import RASTER_SUFFIXES, is_remote
from ..core.walk import images_below
from .scene_list import is_list, is_path_list, read_paths

logger = logging.getLogger('geokr_mm')

# What GDAL reads together with the image that it lies beside.
_SIDECARS = ('.ovr', '.msk', '.aux.xml', '.tfw', '.tifw', '.wld', '.j2w')
# What agencies put beside their images; no list of scenes.
_NOTES = re.compile(
    r'(?i)_(MTL|ANG|GCP|VER)\.(txt|xml|json)$|_labels_metadata\.json$|'
    r'MTD_\w+\.xml$|^manifest\.safe$|_metadata\.xml$|\.imd$'
)


def paths_behind(given: Iterable[str]) -> Iterator[str]:
    """Images, tables and catalogues behind paths.

    Says in a warning which files are no images.

    Args:
        given (iterable of str): See :func:`.catalog.find_scenes`.

    Yields:
        str: Paths of images and of lists that say more than paths, in order.

    Raises:
        InputError: A path that matches nothing, a folder without images.
    """
    notes: Counter[str] = Counter()
    empty, first = True, ''
    for path in given:
        first = first or path
        for found in _behind(path, notes):
            empty = False
            yield found
    if empty:
        raise InputError(f'{first}: no images; give files or their folder')
    if notes:
        kinds = ', '.join(f'{n} {kind}' for kind, n in sorted(notes.items()))
        logger.warning(f'left out, for they are no images: {kinds}')


def _behind(
    given: str, notes: Counter[str], line: bool = False
) -> Iterator[str]:
    """What is behind one path.

    Args:
        given (str): The path.
        notes (Counter): Counts files that are no images, by suffix.
        line (bool): It is a line of a list: an image that is not there is
            found out when it is opened.
    """
    path = local_path(given)
    remote = is_remote(path)
    if remote and not is_list(path) and not is_path_list(path):
        yield path
    elif not remote and os.path.isdir(path):
        yield from images_below(path)
    elif not remote and glob.has_magic(path) and not os.path.exists(path):
        yield from _matching(path, notes)
    elif _is_note(path):
        notes[os.path.splitext(path)[1]] += 1
    elif is_path_list(path):
        if line:
            raise InputError(f'{path}: a list in a list; give it by itself')
        for item in read_paths(path):
            yield from _behind(item, notes, line=True)
    elif is_list(path):
        yield path
    elif os.path.exists(path):
        if archive_prefix(path):
            raise InputError(
                f'{path}: an archive; unpack it, or name what is inside as '
                f'in {inside_archive(path, RASTER_SUFFIXES)}'
            )
        if not path.lower().endswith(_SIDECARS):
            yield path
    elif line:
        yield path
    else:
        raise InputError(f'{path}: no such scene; check the path or pattern')


def _matching(pattern: str, notes: Counter[str]) -> Iterator[str]:
    """What a glob matches: images, folders, and lists if it names lists."""
    matches = sorted(glob.glob(pattern, recursive=True))
    if not matches:
        raise InputError(
            f'{pattern}: no such scene; check the path or pattern'
        )
    # A pattern for lists matches nothing else.
    lists = is_list(pattern) or is_path_list(pattern)
    images = any(m.lower().endswith(RASTER_SUFFIXES) for m in matches)
    for match in matches:
        if os.path.isdir(match):
            # With ** what is in it matches itself.
            if '**' not in pattern:
                yield from images_below(match, required=len(matches) == 1)
        elif match.lower().endswith(RASTER_SUFFIXES):
            yield match
        elif lists or not images:
            yield from _behind(match, notes)
        elif not match.lower().endswith(_SIDECARS):
            notes[os.path.splitext(match)[1]] += 1


def _is_note(path: str) -> bool:
    return _NOTES.search(os.path.basename(path)) is not None
