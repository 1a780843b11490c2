"""What goes wrong inside a run, told in one line by one process."""

import contextlib
import hashlib
import re
from collections.abc import Iterator

from torch import distributed

from geokr_mm.errors import InputError

from .processes import is_first_here

# What torch makes of an error in a loading process: the type, a traceback.
CAUGHT = re.compile(r'Caught (\w+) in DataLoader worker process')
ENDED = re.compile(r'DataLoader worker \(pid\S* [\d, ]+\) (.*)')
# What gloo says when the process at the other end is gone.
LOST = re.compile(r'[Cc]onnection (closed|reset|refused)|Broken pipe')
# Under this key of the processes' common store stands how many errors were
# told.
TOLD = 'geokr_mm/errors'


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Let errors that are the user's to mend end a run in one line.

    An error in a loading process comes out as it would without one. Of
    several processes that stop for the same reason, one says so.

    Raises:
        InputError: With that line.
        SystemExit: With status 2, in a process whose error another told.
    """
    try:
        yield
    except Exception as error:
        known = as_input_error(error)
        if known is None and _is_told() and LOST.search(str(error)):
            raise SystemExit(2) from None
        if known is None:
            raise
        if not _tells(str(known)):
            raise SystemExit(2) from None
        raise known from None


def as_input_error(error: Exception) -> InputError | None:
    """The user's error behind an exception.

    Args:
        error (Exception): From a run.

    Returns:
        InputError, optional: None if the exception is none of the user's.
    """
    text = str(error)
    if caught := CAUGHT.match(text):
        kind = caught.group(1)
        said = re.findall(rf'^(?:[\w.]+\.)?{kind}: (.+)$', text, re.MULTILINE)
        if not said:
            return None
        if kind in _input_errors():
            return InputError(said[-1])
        return _missing(said[-1]) if kind == 'FileNotFoundError' else None
    if isinstance(error, InputError):
        return error
    if isinstance(error, FileNotFoundError):
        return _missing(text)
    if ended := ENDED.match(text):
        return InputError(
            f'a process that loads patches {ended.group(1).strip(" .")}, '
            'often for want of memory; set a smaller num_workers, or a '
            'smaller cache_mb in geokr_mm.LoadPatch'
        )
    return None


def _missing(text: str) -> InputError:
    return InputError(
        f'{text}; correct the path in the config or with --cfg-options'
    )


def _input_errors() -> set[str]:
    """Names of InputError and all its kinds."""
    kinds = [InputError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return {kind.__name__ for kind in kinds}


def _tells(text: str) -> bool:
    """Whether this process is the one to tell an error."""
    store = _store()
    if store is None:
        return is_first_here()
    key = hashlib.sha256(text.encode()).hexdigest()
    with contextlib.suppress(RuntimeError):
        first = store.add(f'{TOLD}/{key}', 1) == 1
        store.add(TOLD, 1)
        return first
    # The store is gone with the process that kept it.
    return True


def _is_told() -> bool:
    store = _store()
    if store is None:
        return False
    with contextlib.suppress(RuntimeError):
        return store.add(TOLD, 0) > 0
    return True


def _store() -> distributed.Store | None:
    """What the processes of a run share; None if it is one process."""
    if not distributed.is_available() or not distributed.is_initialized():
        return None
    return distributed.distributed_c10d._get_default_store()
