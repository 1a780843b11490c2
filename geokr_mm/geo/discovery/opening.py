"""Opening many scenes, by as many processes as there are."""

import contextlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...errors import InputError
from ..core.executor import Executor
from ..core.raster import UnusableFileError
from ..scenes.quarantine import entry
from ..scenes.scene import Scene
from .unopened import Listed

logger = logging.getLogger('geokr_mm')

# Scenes of one job: enough that handing it out costs little, of very many
# more, as handing out takes this process some milliseconds.
JOB_SCENES, MOST_SCENES = 16, 128

#: A scene, or what is wrong with it.
Opened = Scene | InputError


def open_all(
    listed: Sequence[Listed],
    names: Sequence[str] | None,
    wanted: Sequence[str] | None,
    resample: str | None,
    bad: list[dict[str, str]] | None,
    executor: Executor,
) -> list[Scene]:
    """Scenes in the order of the list.

    Args:
        listed (sequence of Listed): What to open.
        names, wanted, resample: See :meth:`.listed.Listed.open`.
        bad (list): Files that cannot be used are added here as entries of
            :mod:`.quarantine`; None makes the first of them an error.
        executor (Executor): Who opens them.

    Raises:
        InputError: From reading.
    """
    size = min(max(JOB_SCENES, len(listed) // 256), MOST_SCENES)
    jobs = (
        (listed[start : start + size], names, wanted, resample)
        for start in range(0, len(listed), size)
    )
    scenes: list[Scene] = []
    warned: list[str] = []
    # A million scenes have a hundred CRSs: each is kept once.
    known: dict[str, str] = {}
    for opened, messages in executor.map(_open_some, jobs):
        warned += messages
        for scene in opened:
            if isinstance(scene, InputError):
                if bad is None or not isinstance(scene, UnusableFileError):
                    raise scene
                bad.append(entry(scene))
                continue
            crs = known.setdefault(scene.crs, scene.crs)
            scenes.append(replace(scene, crs=crs))
    _log(warned)
    return scenes


def _open_some(
    listed: Sequence[Listed],
    names: Sequence[str] | None,
    wanted: Sequence[str] | None,
    resample: str | None,
) -> tuple[list[Opened], list[str]]:
    """Scenes, and warnings about them."""
    opened: list[Opened] = []
    with _kept_back() as messages:
        for scene in listed:
            try:
                opened += _opened(scene, names, wanted, resample)
            except InputError as error:
                # What came before it cannot always be sent.
                error.__context__ = None
                opened.append(error.with_traceback(None))
    return opened, messages


@contextlib.contextmanager
def _kept_back() -> Iterator[list[str]]:
    """What is logged meanwhile, not shown: other jobs may log the same."""
    messages: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    handlers, passed_on = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [Keeping()], False
    try:
        yield messages
    finally:
        logger.handlers, logger.propagate = handlers, passed_on


def _opened(
    listed: Listed,
    names: Sequence[str] | None,
    wanted: Sequence[str] | None,
    resample: str | None,
) -> Iterator[Scene]:
    """One scene, or several where files were taken for bands wrongly."""
    try:
        scene = listed.open(names, wanted, resample)
    except UnusableFileError:
        raise
    except InputError:
        apart = listed.apart()
        if not apart:
            raise
        yield from (one.open(names, wanted, resample) for one in apart)
    else:
        yield scene


def _log(messages: Sequence[str]) -> None:
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
