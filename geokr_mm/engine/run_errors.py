"""Errors inside a run, reported in one line by one process."""

import contextlib
import re
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.error import URLError

from torch import distributed

from geokr_mm.errors import InputError

from .processes import is_first_here

# Text of torch for an error in a loading process: the type, a traceback.
CAUGHT = re.compile(r'Caught (\w+) in DataLoader worker process')
ENDED = re.compile(r'DataLoader worker \(pid\S* [\d, ]+\) (.*)')
# Texts of gloo when the process at the other end is gone.
LOST = re.compile(r'[Cc]onnection (closed|reset|refused)|Broken pipe')
# Start of torch's text when parameters are grouped otherwise than they were.
OTHER_OPTIMISER = 'loaded state dict'
# Functions of mmengine that build from a dict with a type.
BUILDERS = ('build_from_cfg', 'build_scheduler_from_cfg')
# Errors of constructors about settings that they do not take.
SETTINGS = (AssertionError, KeyError, TypeError, ValueError)
# Key in the processes' common store: how many stopped for an error.
REPORTED = 'geokr_mm/errors'


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """End a run in one line for errors that the user can mend.

    Errors of loading processes are treated alike. Of several processes that
    stop, the first reports.

    Raises:
        InputError: With that line.
        SystemExit: With status 2, in a process whose error another reported.
    """
    try:
        yield
    except Exception as error:
        known = as_input_error(error)
        if known is None and LOST.search(str(error)) and _reported(0):
            raise SystemExit(2) from None
        if known is None:
            raise
        if not _reports():
            raise SystemExit(2) from None
        raise known from None


def as_input_error(error: Exception) -> InputError | None:
    """The user's error behind an exception, None if there is none."""
    text = str(error)
    if caught := CAUGHT.match(text):
        kind = caught.group(1)
        lines = re.findall(rf'^(?:[\w.]+\.)?{kind}: (.+)$', text, re.MULTILINE)
        if not lines:
            return None
        if kind in _names(InputError):
            return InputError(lines[-1])
        return _of_system(lines[-1]) if kind in _names(OSError) else None
    if isinstance(error, InputError):
        return error
    if isinstance(error, URLError):
        return InputError(
            f'a file cannot be fetched ({error.reason}); download it and '
            'give its path'
        )
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):
        return _of_system(text)
    if isinstance(error, ValueError) and text.startswith(OTHER_OPTIMISER):
        return InputError(
            f'the state of the optimiser does not fit: {text}; go on with '
            'the optim_wrapper of the checkpoint, or start a new run from it '
            'with load_from'
        )
    if built := _built(error):
        return InputError(
            f'{built} cannot be built as the config says: {_first_line(error)}'
        )
    if ended := ENDED.match(text):
        reading = ', '.join(getattr(error, 'reading', ()))
        where = f' while it read {reading}' if reading else ''
        return InputError(
            f'a process that loads patches {ended.group(1).strip(" .")}'
            f'{where}, often for want of memory; set a smaller num_workers, '
            'or a smaller cache_mb in geokr_mm.LoadPatch'
        )
    return None


def _built(error: Exception) -> str | None:
    """Type that was being built from the config when an error arose."""
    if not isinstance(error, SETTINGS):
        return None
    found = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name in BUILDERS:
            settings = frame.f_locals.get('cfg')
            kind = settings.get('type') if isinstance(settings, dict) else None
            found = getattr(kind, '__name__', kind)
    return found


def _first_line(error: Exception) -> str:
    # A KeyError shows its text in quotes, a registry adds a page of advice.
    text = str(error.args[0] if error.args else error).strip()
    return text.partition('\n')[0].partition('. Please check')[0]


def _of_system(text: str) -> InputError:
    if 'No space left' in text or 'Disk quota exceeded' in text:
        return InputError(f'{text}; make room and go on with --resume')
    return InputError(
        f'{text}; correct the path in the config or with --cfg-options'
    )


def _names(kind: type[Exception]) -> set[str]:
    """Names of a type of exception and of all that derive from it."""
    kinds = [kind]
    for each in kinds:
        kinds += each.__subclasses__()
    return {each.__name__ for each in kinds}


def _reports() -> bool:
    """Whether this process is the first to stop, and so reports."""
    return _reported(1) == 1 if _store() is not None else is_first_here()


def _reported(more: int) -> int:
    """Number of processes that stopped for an error, after adding some."""
    store = _store()
    if store is None:
        return 0
    with contextlib.suppress(RuntimeError):
        return store.add(REPORTED, more)
    # The store went with the process that kept it.
    return 1


def _store() -> Any:
    """Common store of the processes of a run; None if it is one process."""
    if not distributed.is_available() or not distributed.is_initialized():
        return None
    return distributed.distributed_c10d._get_default_store()
