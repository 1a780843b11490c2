"""A progress line on stderr for long work."""

import sys
import time

# Seconds between updates; a log file stays readable at this pace.
EVERY = 2.0


class Progress:
    """Counts towards a total and reports rate and remaining time.

    Args:
        what (str): What is counted, e.g. ``'patches'``.
        total (int): How many there are.
        quiet (bool): Print nothing.
    """

    def __init__(self, what: str, total: int, quiet: bool = False) -> None:
        self.what = what
        self.total = total
        self.quiet = quiet
        self.done = 0
        self._start = self._shown = time.monotonic()

    def add(self, n: int = 1) -> None:
        """Count ``n`` more as done."""
        self.done += n
        now = time.monotonic()
        if now - self._shown >= EVERY or self.done >= self.total:
            self._shown = now
            self._show(now - self._start)

    def _show(self, seconds: float) -> None:
        if self.quiet:
            return
        rate = self.done / max(seconds, 1e-6)
        left = (self.total - self.done) / max(rate, 1e-6)
        end = '\n' if self.done >= self.total else ''
        line = (
            f'{self.what}: {self.done}/{self.total}, {rate:.0f}/s, '
            f'{left:.0f} s left'
        )
        start = '\r' if sys.stderr.isatty() else ''
        stop = end if sys.stderr.isatty() else '\n'
        print(f'{start}{line:<60}', end=stop, file=sys.stderr, flush=True)
