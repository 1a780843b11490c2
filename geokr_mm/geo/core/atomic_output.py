"""Writing files so that a crash leaves the old one or the new one."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ...errors import InputError
from ...files import check_output, final_path, locked, written_whole
from .table_folder import check_folder, restore_folder


def check_target(path: Path, folder: bool = False) -> None:
    """Refuse an output path before hours of work go into it.

    Args:
        path (Path): The output on this disk.
        folder (bool): Whether it is to be a folder of parts.

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


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Put a new file in the place of an old one, whole or not at all.

    See :func:`geokr_mm.files.written_whole`.

    Args:
        path (Path): Target file; its folder is made where missing.
        write (callable): Writes the content to the stream it is given.

    Raises:
        InputError: The disk is full or the folder cannot be written.
    """
    try:
        with written_whole(path) as draft, draft.open('wb') as stream:
            write(stream)
    except OSError as error:
        raise InputError(
            f'{path}: cannot be written ({error.strerror or error}); free '
            'space or choose another --out; nothing was changed'
        ) from None


@contextlib.contextmanager
def only_builder(path: str | Path) -> Iterator[None]:
    """Hold the right to build a file; a second builder is refused.

    The lock, see :func:`geokr_mm.files.locked`, lies beside the target.

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
            # What a killed builder was writing is nobody's now.
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
