"""Files that are written whole or not at all, and by one process."""

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import InputError

# As many as Linux follows.
MOST_LINKS = 40


def expanded(path: str | Path) -> Path:
    """A path with ``~`` filled in.

    Raises:
        InputError: If there is no such user, or no home folder is known.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise InputError(
            f'{path}: no such home folder; give the whole path'
        ) from None


def final_path(path: str | Path, folder: bool = False) -> Path:
    """What an output path, which need not exist, leads to by links.

    Raises:
        InputError: If it leads to a device, a pipe, a socket or, where no
            folder is wanted, a folder; or nowhere.
    """
    place = Path(path)
    for _ in range(MOST_LINKS):
        parent = Path(os.path.realpath(place.parent))
        # Where /dev/stdout leads.
        if parent.match('/proc/*/fd'):
            raise InputError(
                f'{path}: is what a process has open, not a file; give '
                'another name to write to'
            )
        if not place.is_symlink():
            break
        place = parent / os.readlink(place)
    else:
        raise InputError(f'{path}: is a link to itself; remove it')
    kinds = {
        stat.S_IFCHR: 'a device',
        stat.S_IFBLK: 'a device',
        stat.S_IFIFO: 'a pipe',
        stat.S_IFSOCK: 'a socket',
    }
    if not folder:
        kinds[stat.S_IFDIR] = 'a folder'
    if place.exists():
        kind = kinds.get(stat.S_IFMT(place.stat().st_mode))
        if kind is not None:
            raise InputError(
                f'{path}: is {kind}, not a file; give another name to write to'
            )
    return place


def check_output(path: str | Path, folder: bool = False) -> None:
    """Refuse an output, which need not exist, before hours of work.

    Raises:
        InputError: See :func:`final_path`; or it cannot be written there.
    """
    place = final_path(path, folder)
    if folder and place.exists() and not place.is_dir():
        raise InputError(f'{path}: is a file; give another name for a folder')
    there = place if place.is_dir() else place.parent
    while not there.exists():
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise InputError(
            f'{path}: cannot be written there; choose another place'
        )


@contextlib.contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """Give a draft to write; it takes the final name only when complete.

    The draft lies in the same folder, so the rename is atomic. Draft and
    folder are flushed to disk before and after it, so that a power cut leaves
    either the old file or the new one. If the block raises, the draft is
    removed and an older file at ``path`` stays as it was. A link stays one;
    the file that it leads to is written.

    Args:
        path (str | Path): Final name; its folder is made where missing.

    Yields:
        Path: Of the draft, an empty file.

    Raises:
        InputError: If there is a device, a pipe or a folder of that name.

    Example:
        >>> with written_whole('card.json') as draft:
        ...     draft.write_text('{}')
    """
    path = final_path(path)
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
    path = final_path(path, folder=True)
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


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    total = hashlib.sha256()
    with path.open('rb') as file:
        while part := file.read(2**20):
            total.update(part)
    return total.hexdigest()


def sum_file(path: Path) -> Path:
    """The file beside another one that ``sha256sum --check`` reads."""
    return path.with_name(f'{path.name}.sha256')


def write_with_sum(path: Path, content: bytes | memoryview) -> None:
    """Write a file whole, and its checksum to :func:`sum_file`.

    At no moment is the one beside a checksum of another file.
    """
    with written_whole(path) as draft:
        draft.write_bytes(content)
        sum_file(path).unlink(missing_ok=True)
    write_sum(path, hashlib.sha256(content).hexdigest())


def write_sum(path: Path, digest: str) -> None:
    """Write the checksum of a file to :func:`sum_file`.

    Args:
        digest (str): Its SHA-256, as hexadecimal digits.
    """
    with written_whole(sum_file(path)) as draft:
        draft.write_text(f'{digest}  {path.name}\n')


def check_sum(path: Path) -> None:
    """Compare a file with its checksum, where it has one.

    Raises:
        InputError: If they differ.
    """
    beside = sum_file(path)
    if not beside.is_file():
        return
    if beside.read_text().split()[:1] != [sha256_of(path)]:
        raise InputError(
            f'{path}: differs from its checksum in {beside.name}, the file '
            'is damaged; copy both again'
        )


def sync_folder(folder: Path) -> None:
    """Make a rename inside a folder durable, where the system can."""
    # Some network folders cannot be synced; the rename stands all the same.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def locked(lock: Path) -> Iterator[bool]:
    """Hold a lock, unless another process holds it; yields whether it does.

    It is the operating system's, so it ends with the process however that
    ends. Its file, in an existing folder, is removed at the end.
    """
    held = FileLock(lock)
    try:
        held.acquire(blocking=False)
    except Timeout:
        yield False
        return
    try:
        # Without a name, the former holder has just removed it.
        mine = lock.exists()
        yield mine
    finally:
        if mine:
            with contextlib.suppress(OSError):
                lock.unlink()
        held.release()
