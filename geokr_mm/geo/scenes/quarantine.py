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

from ...errors import InputError
from ...files import final_path
from ..core.addresses import without_token
from ..core.atomic_output import replace_file
from ..core.raster import UnusableFileError
from .windowed_read import Window

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
    """Where the table of an index lies: beside the file, not a link."""
    index = final_path(index, folder=True)
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


class Tolerance:
    """Stops a build where too many files cannot be used.

    Args:
        files (int): How many files were given.
        most (float): Largest tolerated share of them.
    """

    def __init__(self, files: int, most: float) -> None:
        self.files = files
        self.most = most
        self._bad: set[str] = set()
        self._counted = 0

    def check(self, entries: Sequence[dict[str, str]]) -> None:
        """Count what was left out since the last time.

        Args:
            entries (sequence of dict): All that was left out so far.

        Raises:
            InputError: Too many; names the first file, counts reasons.
        """
        self._bad.update(e['file'] for e in entries[self._counted :])
        self._counted = len(entries)
        if len(self._bad) <= self.most * self.files:
            return
        counts = Counter(e['reason'] for e in entries)
        listed = ', '.join(f'{k}: {v}' for k, v in sorted(counts.items()))
        raise InputError(
            f'{len(self._bad)} of {self.files} scene files cannot be used '
            f'({listed}), more than --max-bad-fraction {self.most}; first: '
            f'{entries[0]["message"]}'
        )
