"""Scenes spread over files, by the user's pattern."""

import os
import re
from collections.abc import Sequence

from ...errors import InputError
from ..scenes.scene_files import SceneFile
from ..scenes.sensors import band_order
from ..scenes.unopened import UnopenedScene


def group_by_pattern(
    files: Sequence[str], pattern: str
) -> list[UnopenedScene]:
    """Scenes of files whose names a pattern takes apart.

    Raises:
        InputError: No such pattern, a file that it does not match, or two
            files of one band.
    """
    compiled = _compiled(pattern)
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for file in files:
        folder, base = os.path.split(file)
        match = compiled.search(base)
        if match is None:
            raise InputError(
                f'{file}: does not match --group-files {pattern!r}; mend '
                'the pattern or leave the file out'
            )
        name = match['scene'] or os.path.basename(os.path.abspath(folder))
        bands = groups.setdefault((folder, name), {})
        if match['band'] in bands:
            raise InputError(
                f'{file}: second file of band {match["band"]!r} in scene '
                f'{name!r}; let the group `scene` of --group-files '
                'distinguish them'
            )
        bands[match['band']] = file
    return [
        UnopenedScene(
            tuple(
                SceneFile(bands[band], (band,))
                for band in sorted(bands, key=band_order)
            ),
            name,
        )
        for (_, name), bands in groups.items()
    ]


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InputError(
            f'--group-files {pattern!r}: not a regular expression ({error})'
        ) from None
    if {'scene', 'band'} - set(compiled.groupindex):
        raise InputError(
            f'--group-files {pattern!r}: needs the named groups '
            '(?P<scene>...) and (?P<band>...)'
        )
    return compiled
