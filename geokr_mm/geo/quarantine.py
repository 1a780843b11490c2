"""What was left out of an index, and why.

Patches that a filter rejects stay in the index with its name. What could not
be read at all is listed in ``<index>.quarantine.csv`` beside it: one line per
scene or patch with a reason of :data:`.raster.REASONS`.
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from .addresses import without_token
from .durable import replace_file
from .patch import Window
from .raster import UnusableFileError

COLUMNS = ('reason', 'file', 'scene', 'window', 'message')


def entry(
    error: UnusableFileError, scene: str = '', window: Window | None = None
) -> dict[str, str]:
    """One line of the table.

    Args:
        error (UnusableFileError): What is wrong with the file.
        scene (str): The scene, where it could be opened.
        window (Window): The patch, where the rest may be good.
    """
    where = '' if window is None else ' '.join(map(str, window))
    file = without_token(error.file)
    return {
        'reason': error.reason,
        'file': file,
        'scene': scene,
        'window': where,
        'message': str(error).replace(error.file, file),
    }


def quarantine_path(index: str | Path) -> Path:
    """Where the table of an index lies."""
    index = Path(index)
    return index.with_name(f'{index.stem}.quarantine.csv')


def write_quarantine(
    index: str | Path, entries: Sequence[dict[str, str]]
) -> None:
    """Write the table, or remove an old one where nothing was left out."""
    path = quarantine_path(index)
    if not entries:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator='\n')
    writer.writeheader()
    writer.writerows(entries)
    replace_file(path, lambda s: s.write(text.getvalue().encode()))


def check_bad_fraction(
    entries: Sequence[dict[str, str]], files: int, most: float
) -> None:
    """Stop where too many files cannot be used.

    Args:
        entries (sequence of dict): What was left out.
        files (int): How many files were given.
        most (float): Largest tolerated share of files.

    Raises:
        InputError: More than that; names the first file, counts reasons.
    """
    bad = {e['file'] for e in entries}
    if len(bad) <= most * files:
        return
    counts = Counter(e['reason'] for e in entries)
    listed = ', '.join(f'{k}: {v}' for k, v in sorted(counts.items()))
    raise InputError(
        f'{len(bad)} of {files} scene files cannot be used ({listed}), more '
        f'than --max-bad-fraction {most}; first: {entries[0]["message"]}'
    )
