"""Tables in a folder of GeoParquet files, which appears whole or not at all.

``part-00000.parquet`` and so on hold the rows, ``_index.json`` what holds for
all of them. Parquet readers pass over names that begin with ``_``.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files import sync_folder

HEAD = '_index.json'


def part_name(number: int) -> str:
    """File name of a part."""
    return f'part-{number:05d}.parquet'


def write_head(folder: Path, head: Mapping[str, Any]) -> None:
    """Write what holds for all parts; the last file of a folder."""
    text = json.dumps(head, sort_keys=True)
    (folder / HEAD).write_text(text + '\n')


def retired(target: Path) -> Path:
    """Where an older folder waits while a new one takes its place."""
    return target.parent / f'.{target.name}.old'


def restore_folder(target: Path) -> None:
    """Undo an exchange that was cut short between its two renames."""
    old = retired(target)
    if old.is_dir() and not target.exists():
        os.rename(old, target)
    shutil.rmtree(old, ignore_errors=True)


def replace_folder(draft: Path, target: Path) -> None:
    """Give a finished folder its name, in the place of an older one.

    Args:
        draft (Path): The folder, on the same disk.
        target (Path): Its name.

    Raises:
        InputError: A disk that is full or cannot be written.
    """
    try:
        for path in sorted(draft.iterdir()):
            with path.open('rb+') as file:
                os.fsync(file.fileno())
        sync_folder(draft)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            os.rename(target, retired(target))
        os.rename(draft, target)
        sync_folder(target.parent)
        shutil.rmtree(retired(target), ignore_errors=True)
    except OSError as error:
        restore_folder(target)
        raise InputError(
            f'{target}: cannot be written ({error.strerror or error}); free '
            'space or choose another --out; nothing was changed'
        ) from None


def check_folder(target: Path) -> None:
    """Refuse to replace a folder that holds anything else.

    Raises:
        InputError: A file, or a folder that is neither empty nor ours.
    """
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
