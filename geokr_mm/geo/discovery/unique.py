"""Names of scenes, told apart where several share one."""

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ...errors import InputError
from ..scenes.scene import Scene


def tell_apart(scenes: Sequence[Scene]) -> list[Scene]:
    """The scenes, those of one name with what differs in their folders.

    Args:
        scenes (sequence of Scene): Scenes in any order, which is kept.

    Raises:
        InputError: Two scenes that nothing tells apart.
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
        if scene.name in seen:
            raise InputError(
                f'{scene.files[0]}: two scenes are named {scene.name!r} (the '
                f'other: {seen[scene.name].files[0]}); rename one or index '
                'them apart'
            )
        seen[scene.name] = scene
    return named


def _differing(files: Sequence[str]) -> list[str]:
    """What tells files apart: one folder of each, or all up to it.

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
