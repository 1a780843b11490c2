"""What was left out of an index, and why.

Patches that a filter rejects stay in the index with its name. What could not
be read at all is listed in ``<index>.quarantine.csv`` beside it: one line per
scene or patch with a reason of :data:`.raster.REASONS`.
"""

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
    """One line of the table."""
    file = without_token(error.file)
    return {
        'reason': error.reason,
        'file': file,
        'scene': scene,
        'window': ' '.join(map(str, window or ())),
        'message': str(error).replace(error.file, file),
    }


def quarantine_path(index: str | Path) -> Path:
    """Where the table of an index lies: beside the file, not a link."""
    index = final_path(index, folder=True)
    return index.with_name(f'{index.stem}.quarantine.csv')


class Quarantine:
    """Lists what cannot be used, and stops where that is too much.

    Attributes:
        most (float): Largest tolerated share of unusable files; 0 makes the
            first of them an error.
        entries (list of dict): What was left out so far.
        files (int): How many files were given.
    """

    def __init__(self, most: float = 0.0) -> None:
        self.most = most
        self.files = 0
        self.entries: list[dict[str, str]] = []
        self._bad: set[str] = set()
        self._counted = 0

    @property
    def strict(self) -> bool:
        """Whether the first unusable file is an error."""
        return self.most <= 0

    def add(self, error: UnusableFileError, scene: str = '') -> None:
        """List an unusable file, or raise the error."""
        if self.strict:
            raise error
        self.entries.append(entry(error, scene))

    def extend(self, entries: Sequence[dict[str, str]]) -> None:
        """List what a job could not use; see :meth:`check`."""
        self.entries += entries
        self.check()

    def check(self) -> None:
        """Count what was left out since the last time.

        Raises:
            InputError: Too many; names the first file, counts reasons.
        """
        self._bad.update(e['file'] for e in self.entries[self._counted :])
        self._counted = len(self.entries)
        if len(self._bad) <= self.most * self.files:
            return
        counts = Counter(e['reason'] for e in self.entries)
        reasons = ', '.join(f'{k}: {v}' for k, v in sorted(counts.items()))
        raise InputError(
            f'{len(self._bad)} of {self.files} scene files cannot be used '
            f'({reasons}), more than --max-bad-fraction {self.most}; first: '
            f'{self.entries[0]["message"]}'
        )

    def write(self, index: str | Path) -> None:
        """Write the table, or remove an old one where nothing is listed."""
        import pandas as pd

        path = quarantine_path(index)
        if not self.entries:
            path.unlink(missing_ok=True)
            return
        table = pd.DataFrame(self.entries, columns=COLUMNS)
        text = table.to_csv(index=False, lineterminator='\n')
        replace_file(path, lambda s: s.write(text.encode()))
