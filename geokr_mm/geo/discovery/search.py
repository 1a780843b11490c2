"""Scenes behind paths: folders, globs and lists taken apart."""

import glob
import logging
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ..core.addresses import local_path, refuse_archive
from ..core.folders import images_below
from ..core.raster import RASTER_SUFFIXES, is_remote
from ..scenes.unopened import UnopenedScene
from .grouping import counted
from .identity import file_identity
from .scene_list import is_list, is_path_list, read_paths, read_scene_list

logger = logging.getLogger('geokr_mm')

# What GDAL reads together with the image that it lies beside.
_SIDECARS = ('.ovr', '.msk', '.aux.xml', '.tfw', '.tifw', '.wld', '.j2w')
# What agencies put beside their images; no list of scenes.
_NOTES = re.compile(
    r'(?i)_(MTL|ANG|GCP|VER)\.(txt|xml|json)$|_labels_metadata\.json$|'
    r'MTD_\w+\.xml$|^manifest\.safe$|_metadata\.xml$|\.imd$'
)


@dataclass(frozen=True)
class FoundScenes:
    """Images, and scenes of tables and catalogues, behind paths."""

    files: list[str]
    listed: list[UnopenedScene]

    def every_file(self) -> list[str]:
        """Files of both, each once."""
        inside = [file for scene in self.listed for file in scene.files]
        return list(dict.fromkeys([*self.files, *inside]))


def find_scenes(
    paths: Iterable[str | Path], wanted: Sequence[str] | None = None
) -> FoundScenes:
    """Images and listed scenes behind paths, each image once.

    Warns of files that are no images.

    Args:
        paths (iterable): Files, folders (searched below), globs, ``.txt``
            lists of one path a line, ``.csv`` tables (:mod:`.scene_list`),
            STAC in ``.json`` files (:mod:`.stac`), URLs.
        wanted (sequence of str): Bands that will be used: of scenes in
            tables and catalogues only their files are taken.

    Raises:
        InputError: A path that matches nothing, a folder without images.
    """
    given = list(map(str, paths))
    notes: Counter[str] = Counter()
    files: dict[str, str] = {}
    scenes: list[UnopenedScene] = []
    empty = True
    for path in (found for one in given for found in _behind(one, notes)):
        empty = False
        if is_list(path):
            scenes += read_scene_list(path, wanted)
        else:
            files.setdefault(file_identity(path), path)
    if empty:
        first = given[0] if given else ''
        raise InputError(f'{first}: no images; give files or their folder')
    if notes:
        logger.warning(f'left out, for they are no images: {counted(notes)}')
    # Scenes of lists are taken from there, with what is known of them.
    for scene in scenes:
        for file in scene.files:
            files.pop(file_identity(file), None)
    return FoundScenes(list(files.values()), scenes)


def list_scene_files(paths: Iterable[str | Path]) -> list[str]:
    """Image files behind paths, each once; see :func:`find_scenes`."""
    return find_scenes(paths).every_file()


def _behind(
    given: str, notes: Counter[str], line: bool = False
) -> Iterator[str]:
    """What is behind one path; ``notes`` counts what are no images.

    Of a ``line`` of a list, an image that is not there is found out when it
    is opened.
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
        refuse_archive(path)
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
