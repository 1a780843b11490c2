"""Files and folders of tables that appear whole or not at all.

A folder of tables holds its rows in ``part-00000.parquet`` and so on, and
what all parts share in ``_index.json``. Parquet readers pass over names that
begin with ``_``.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import InputError
from ...files import (
    check_output,
    final_path,
    locked,
    sync_folder,
    written_whole,
)

#: File of a folder with what all parts share.
HEAD = '_index.json'


def check_target(path: Path, folder: bool = False) -> None:
    """Refuse an output, a file or a folder of parts, before hours of work.

    Raises:
        InputError: A folder where a file is wanted, or the other way round,
            or its folder cannot be written.
    """
    if folder:
        check_folder(path)
    elif path.is_dir():
        raise InputError(
            f'{path}: is a folder; give the index a file name, e.g. '
            f'{path / "index.parquet"}, or a new folder and a / after it'
        )
    check_output(path, folder)


def check_folder(target: Path) -> None:
    """Refuse a file, or a folder that is neither empty nor of our tables."""
    if target.is_file():
        raise InputError(
            f'{target}: is a file; give a folder that does not exist yet'
        )
    if target.is_dir():
        inside = {p.name for p in target.iterdir()}
        if inside and HEAD not in inside:
            raise InputError(
                f'{target}: a folder with other things in it '
                f'({sorted(inside)[0]}...); give one that does not exist yet'
            )


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Put a new file in the place of an old one, whole or not at all.

    Its folder is made where missing; ``write`` gets the stream.

    Raises:
        InputError: The disk is full or the folder cannot be written.
    """
    try:
        with written_whole(path) as draft, draft.open('wb') as stream:
            write(stream)
    except OSError as error:
        raise not_written(path, error) from None


def not_written(path: Path, error: OSError) -> InputError:
    """The error for a disk that is full or cannot be written."""
    return InputError(
        f'{path}: cannot be written ({error.strerror or error}); free space '
        'or choose another --out; nothing was changed'
    )


def part_name(number: int) -> str:
    """File name of a part."""
    return f'part-{number:05d}.parquet'


def write_head(folder: Path, head: Mapping[str, Any]) -> None:
    """Write what all parts share; the last file of a folder."""
    text = json.dumps(head, sort_keys=True)
    (folder / HEAD).write_text(text + '\n')


def _replaced(target: Path) -> Path:
    """Where an older folder waits while a new one takes its place."""
    return target.parent / f'.{target.name}.old'


def restore_folder(target: Path) -> None:
    """Undo an exchange that was cut short between its two renames."""
    old = _replaced(target)
    if old.is_dir() and not target.exists():
        os.rename(old, target)
    shutil.rmtree(old, ignore_errors=True)


def replace_folder(draft: Path, target: Path) -> None:
    """Give a finished folder its name, in the place of an older one.

    Raises:
        InputError: The disk is full or cannot be written.
    """
    try:
        for path in sorted(draft.iterdir()):
            with path.open('rb+') as file:
                os.fsync(file.fileno())
        sync_folder(draft)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            os.rename(target, _replaced(target))
        os.rename(draft, target)
        sync_folder(target.parent)
        shutil.rmtree(_replaced(target), ignore_errors=True)
    except OSError as error:
        restore_folder(target)
        raise not_written(target, error) from None


@contextlib.contextmanager
def build_lock(path: str | Path) -> Iterator[None]:
    """Hold the right to build a file; the lock lies beside it.

    Raises:
        InputError: Another process is building the same file.
    """
    path = final_path(path, folder=True)
    lock = path.parent / f'.{path.name}.lock'
    made = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with locked(lock) as mine:
            if not mine:
                raise InputError(
                    f'{path}: another process is building this index; wait '
                    'for it or choose another --out'
                )
            restore_folder(path)
            # Drafts of a builder that was killed.
            for leftover in (
                *path.parent.glob(f'.{path.name}.*.tmp'),
                *path.parent.glob(f'.{path.stem}.quarantine.csv.*.tmp'),
            ):
                with contextlib.suppress(OSError):
                    leftover.unlink()
            yield
    finally:
        if made:
            with contextlib.suppress(OSError):
                path.parent.rmdir()
