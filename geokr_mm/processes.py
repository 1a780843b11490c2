"""Commands that end when who started them does."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

# Seconds that a command has to end by itself.
GRACE = 10.0


@contextlib.contextmanager
def started(
    command: Sequence[str], **options: Any
) -> Iterator['subprocess.Popen[bytes]']:
    """Run a command for the time of a block.

    When the block is left, for whatever reason, the command and all that it
    started are ended, gently at first. The loader processes of a training
    that is killed would else wait forever for somebody to take their batches.

    Args:
        command (Sequence[str]): Program with arguments.
        **options: Of :class:`subprocess.Popen`.

    Yields:
        subprocess.Popen: The command, in a process group of its own.
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
        # What the command left behind, and the command if it does not listen.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
