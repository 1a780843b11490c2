"""Processor cores, and commands that end with the one that runs them."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# Seconds that a command has to end by itself.
GRACE = 10.0


def cores() -> int:
    """Processor cores this process may use."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def last_line(log: Path) -> str:
    """The end of what a command printed into a log."""
    return (log.read_text().strip().splitlines() or ['no output'])[-1]


@contextlib.contextmanager
def started(
    command: Sequence[str], **options: Any
) -> Iterator['subprocess.Popen[bytes]']:
    """Run a command, in a process group of its own, for the time of a block.

    When the block is left, for whatever reason, the command and all that it
    started are ended, gently at first. The loader processes of a killed
    training would else wait for ever. Options are those of
    :class:`subprocess.Popen`.
    """
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, start_new_session=True, **options
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
        # What the command left behind, and the command if it ignores SIGTERM.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
