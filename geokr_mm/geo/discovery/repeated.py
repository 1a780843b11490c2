"""The same file or scene, though it is given twice or by another path."""

import logging
import os
from collections.abc import Sequence
from functools import lru_cache

from ...errors import InputError
from ..core.addresses import without_token
from ..core.raster import is_remote
from .unopened import Listed

logger = logging.getLogger('geokr_mm')

#: What a scene consists of: the true paths of its files.
Content = tuple[str, ...]


def file_identity(path: str) -> str:
    """The same for each spelling of a path.

    A link to a file keeps its own name: two bands may be links to one file
    if they are alike.
    """
    if is_remote(path):
        return without_token(path)
    folder, name = os.path.split(path)
    return os.path.join(_true_folder(folder), name)


@lru_cache(maxsize=4096)
def _true_folder(folder: str) -> str:
    return os.path.realpath(folder)


def once(scenes: Sequence[Listed], by_name: bool = False) -> list[Listed]:
    """The scenes without those that are there already.

    Args:
        scenes (sequence of Listed): All scenes.
        by_name (bool): Scenes of the same files but other names are others.

    Raises:
        InputError: Two items of a catalogue with one name and other files,
            as of scenes that were processed anew.
    """
    seen: set[tuple[str | None, Content]] = set()
    items: dict[tuple[str, str | None], tuple[Content, Listed]] = {}
    kept = []
    for scene in scenes:
        content = tuple(_true_path(file) for file in scene.files)
        if scene.source:
            key = scene.collection, scene.name
            before, other = items.setdefault(key, (content, scene))
            if before != content:
                raise InputError(
                    f'{scene.source}: item {scene.name!r} has other files '
                    f'({scene.files[0]}) than the item of that name in '
                    f'{other.source} ({other.files[0]}); leave one of them '
                    'out'
                )
        what = scene.name if by_name else None, content
        if what not in seen:
            seen.add(what)
            kept.append(scene)
    if len(kept) < len(scenes):
        logger.warning(
            'scenes given more than once and taken once: '
            f'{len(scenes) - len(kept)}'
        )
    return kept


def _true_path(file: str) -> str:
    path = file_identity(file)
    if not is_remote(path) and os.path.islink(path):
        return os.path.realpath(path)
    return path
