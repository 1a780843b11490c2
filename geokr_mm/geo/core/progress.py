"""A progress line on stderr for long work."""

import sys
from typing import Any

from tqdm import tqdm

# Seconds between updates; a log file stays readable at this pace.
EVERY = 2.0
LINE = '{desc}: {n_fmt}/{total_fmt}, {rate_noinv_fmt}, {remaining} left'


class Progress:
    """Counts, e.g. patches, and shows rate and remaining time."""

    def __init__(self, what: str, total: int, quiet: bool = False) -> None:
        # In a log file each update is a line of its own.
        end = '' if sys.stderr.isatty() else '\n'
        self._bar: Any = tqdm(
            desc=what,
            total=total,
            disable=quiet,
            file=sys.stderr,
            mininterval=EVERY,
            miniters=1,
            smoothing=0,
            unit='',
            bar_format=LINE + end,
        )

    def add(self, n: int = 1) -> None:
        """Count ``n`` more as done."""
        self._bar.update(n)
        if self._bar.n >= self._bar.total:
            self._bar.close()
