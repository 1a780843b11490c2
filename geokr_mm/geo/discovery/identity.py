"""One scene is one scene: given twice, by another path, or of a taken name."""

import logging
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from ...errors import InputError
from ..core.addresses import without_token
from ..core.raster import is_remote
from ..scenes.scene import Scene
from ..scenes.unopened import UnopenedScene

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


def _true_path(file: str) -> str:
    path = file_identity(file)
    if not is_remote(path) and os.path.islink(path):
        return os.path.realpath(path)
    return path


def without_repeats(
    scenes: Sequence[UnopenedScene], by_name: bool = False
) -> list[UnopenedScene]:
    """The scenes without those that are there already.

    With ``by_name`` scenes of the same files but other names are others.

    Raises:
        InputError: Two items of a catalogue with one name and other files,
            as of scenes that were processed anew.
    """
    seen: set[tuple[str | None, Content]] = set()
    items: dict[tuple[str, str | None], tuple[Content, UnopenedScene]] = {}
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


def with_unique_names(scenes: Sequence[Scene]) -> list[Scene]:
    """The scenes, those of one name with what differs in their folders.

    Raises:
        InputError: Two scenes that differ in nothing.
    """
    sharing: dict[str, list[int]] = defaultdict(list)
    for number, scene in enumerate(scenes):
        sharing[scene.name].append(number)
    named = list(scenes)
    for name, numbers in sharing.items():
        if len(numbers) < 2:
            continue
        differing = _differing([scenes[n].files[0] for n in numbers])
        for number, folder in zip(numbers, differing, strict=True):
            named[number] = replace(scenes[number], name=f'{folder}-{name}')
    seen: dict[str, Scene] = {}
    for scene in named:
        other = seen.setdefault(scene.name, scene)
        if other is not scene:
            raise InputError(
                f'{scene.files[0]}: two scenes are named {scene.name!r} (the '
                f'other: {other.files[0]}); rename one or index them apart'
            )
    return named


def _differing(files: Sequence[str]) -> list[str]:
    """What sets files apart: one folder of each, or all up to it.

    The folder that is nearest to the files and differs between all of them,
    joined with those below it where these are not the same; the file's own
    name where they share their folder.
    """
    parts = [os.path.normpath(file).split(os.sep)[::-1] for file in files]
    for level in range(1, min(map(len, parts))):
        if len({p[level] for p in parts}) == len(parts):
            return [p[level] for p in parts]
    for level in range(1, min(map(len, parts))):
        tails = ['-'.join(reversed(p[1 : level + 1])) for p in parts]
        if len(set(tails)) == len(tails):
            return tails
    return [p[0] for p in parts]
