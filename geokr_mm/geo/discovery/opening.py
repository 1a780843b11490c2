"""Opening many scenes, by as many processes as there are."""

import contextlib
import logging
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from logging.handlers import BufferingHandler
from pathlib import Path

from ...errors import InputError
from ..core.executor import Executor
from ..core.raster import UnusableFileError
from ..scenes.options import DEFAULTS, SceneOptions
from ..scenes.quarantine import Quarantine
from ..scenes.scene import Scene
from ..scenes.sensors import SENTINEL2_NAME
from ..scenes.unopened import UnopenedScene
from .grouping import group_by_pattern, group_files
from .identity import with_unique_names, without_repeats
from .search import FoundScenes, find_scenes

logger = logging.getLogger('geokr_mm')

# Scenes of one job: enough that handing it out costs little, of very many
# more, as handing out takes this process some milliseconds.
JOB_SCENES, MOST_SCENES = 16, 128
# Since then Sentinel-2's counts are 1000 higher (processing baseline 04.00);
# older scenes too, where they were processed again.
_SHIFTED = '2022-01-25'


def open_scenes(
    paths: Iterable[str | Path] | FoundScenes,
    options: SceneOptions = DEFAULTS,
    quarantine: Quarantine | None = None,
    executor: Executor | None = None,
) -> list[Scene]:
    """Open all scenes behind paths, each once.

    Args:
        paths (iterable or FoundScenes): See :func:`.search.find_scenes`, or
            what it found.
        quarantine (Quarantine): Gets files that cannot be used; without it
            the first of them is an error.

    Raises:
        InputError: From reading, or a pattern without both groups.
    """
    wanted, date = options.bands, options.date
    if isinstance(paths, FoundScenes):
        found = paths
    else:
        found = find_scenes(paths, wanted)
    if options.group_files is not None:
        grouped = group_by_pattern(found.files, options.group_files)
        grouped = [scene.only(wanted) for scene in grouped]
    else:
        finest = options.resample is not None
        grouped = group_files(found.files, wanted, finest)
    listed = [replace(s, date=s.date or date) for s in found.listed]
    grouped = [replace(scene, date=date) for scene in grouped]
    unopened = [
        *without_repeats(listed, by_name=True),
        *without_repeats(grouped),
    ]
    opened = _open_all(
        unopened, options, quarantine or Quarantine(), executor or Executor()
    )
    _warn_of_mixed_numbers(opened)
    return with_unique_names(sorted(opened, key=lambda s: s.files))


def _open_all(
    unopened: Sequence[UnopenedScene],
    options: SceneOptions,
    quarantine: Quarantine,
    executor: Executor,
) -> list[Scene]:
    """Scenes in the order of the list."""
    size = min(max(JOB_SCENES, len(unopened) // 256), MOST_SCENES)
    jobs = ((scene, options) for scene in unopened)
    scenes: list[Scene] = []
    warned: list[str] = []
    for opened, messages in executor.map(_opened, jobs, together=size):
        warned += messages
        for scene in opened:
            if isinstance(scene, UnusableFileError):
                quarantine.add(scene)
            elif isinstance(scene, InputError):
                raise scene
            else:
                scenes.append(scene)
    _log_once(warned)
    return scenes


def _opened(
    unopened: UnopenedScene, options: SceneOptions
) -> tuple[list[Scene | InputError], list[str]]:
    """Scenes of some files, or what is wrong with them; and warnings."""
    found: list[Scene | InputError]
    with _kept_back() as messages:
        try:
            found = [*_scenes_of(unopened, options)]
        except InputError as error:
            # What came before it cannot always be sent.
            error.__context__ = None
            found = [error.with_traceback(None)]
    return found, messages


def _scenes_of(scene: UnopenedScene, options: SceneOptions) -> list[Scene]:
    """One scene, or several where files were taken for bands wrongly."""
    try:
        return [scene.open(options)]
    except UnusableFileError:
        raise
    except InputError:
        apart = scene.apart()
        if not apart:
            raise
        return [one.open(options) for one in apart]


@contextlib.contextmanager
def _kept_back() -> Iterator[list[str]]:
    """What is logged meanwhile, not shown: other jobs may log the same."""
    messages: list[str] = []
    keeping = BufferingHandler(sys.maxsize)
    handlers, passed_on = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [keeping], False
    try:
        yield messages
    finally:
        logger.handlers, logger.propagate = handlers, passed_on
        messages += [record.getMessage() for record in keeping.buffer]


def _log_once(messages: Sequence[str]) -> None:
    """Warnings, each once however many files it is about."""
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for message in messages:
        what = message.partition(': ')[2]
        first.setdefault(what, message)
        counts[what] += 1
    for what, message in first.items():
        more = counts[what] - 1
        logger.warning(message + (f'; and {more} more files' if more else ''))


def _warn_of_mixed_numbers(scenes: Sequence[Scene]) -> None:
    """Warn where some scenes have another scale or offset, unstated."""
    stated = [scene for scene in scenes if _states_scale(scene)]
    unstated = [scene for scene in scenes if not _states_scale(scene)]
    cure = 'state it with --scale and --offset, or in a .csv table'
    if stated and unstated:
        logger.warning(
            f'{unstated[0].files[0]}: states no scale ({len(unstated)} of '
            f'{len(scenes)} scenes), {stated[0].files[0]} does; if the first '
            f'needs one, {cure}'
        )
        return
    dates = [
        scene.date
        for scene in unstated
        if scene.date is not None and SENTINEL2_NAME.search(scene.name)
    ]
    if dates and min(dates) < _SHIFTED <= max(dates):
        logger.warning(
            f'{unstated[0].files[0]}: the processing baseline of Sentinel-2 '
            f'scenes from before and after {_SHIFTED} is not known, since '
            f'when numbers are 1000 higher; {cure}'
        )


def _states_scale(scene: Scene) -> bool:
    # An offset alone leaves counts what they are.
    return any(scaling.scale != 1.0 for scaling in scene.scaling)
