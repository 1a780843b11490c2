"""Files that are written whole or not at all, and by one process."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .errors import InputError

try:
    import fcntl
except ImportError:  # pragma: no cover
    # Windows has no such locks; processes are not kept apart there.
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """Give a draft to write; it takes the final name only when complete.

    The draft lies in the same folder, so the rename is atomic. Draft and
    folder are flushed to disk before and after it, so that a power cut leaves
    either the old file or the new one. If the block raises, the draft is
    removed and an older file at ``path`` stays as it was.

    Args:
        path (str | Path): Final name; its folder is made where missing.

    Yields:
        Path: Of the draft, an empty file.

    Example:
        >>> with written_whole('card.json') as draft:
        ...     draft.write_text('{}')
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f'.{path.name}.', suffix='.tmp'
    )
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        with draft.open('rb+') as file:
            os.fsync(file.fileno())
        # mkstemp makes private files; this one is as readable as any.
        mask = os.umask(0)
        os.umask(mask)
        draft.chmod(0o666 & ~mask)
        os.replace(draft, path)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def folder_written_whole(path: str | Path) -> Iterator[Path]:
    """Give a draft folder to fill; it takes the final name when complete.

    If the block raises, the draft is removed.

    Args:
        path (str | Path): Final name; must not exist.

    Yields:
        Path: Of the draft, an empty folder beside it.

    Raises:
        InputError: If there is something of that name.
    """
    path = Path(path)
    if path.exists():
        raise InputError(
            f'{path}: exists already; remove it or choose another'
        )
    draft = path.with_name(f'.{path.name}.{os.getpid()}.part')
    draft.mkdir(parents=True)
    try:
        yield draft
        os.replace(draft, path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Make a rename inside a folder durable, where the system can.

    Args:
        folder (Path): The folder.
    """
    # Some network folders cannot be synced; the rename stands all the same.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def locked(lock: Path) -> Iterator[bool]:
    """Hold a lock, unless another process holds it.

    It is the operating system's, so it ends with the process however that
    ends. Its file is removed at the end.

    Args:
        lock (Path): The lock's file; its folder must exist.

    Yields:
        bool: Whether this process holds the lock.
    """
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        mine = True
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Without a name, the former holder has just removed it.
            mine = os.fstat(handle).st_nlink > 0
        except OSError:
            mine = False
        try:
            yield mine
        finally:
            if mine:
                with contextlib.suppress(OSError):
                    lock.unlink()
    finally:
        os.close(handle)
