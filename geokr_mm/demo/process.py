"""Running a step's commands side by side, with signs of progress."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from geokr_mm.processes import cores, started

# mmengine logs "Iter(train) [ 40/180]" and "Epoch(train) [3][10/12]"; other
# tools print "n/m".
PROGRESS = re.compile(
    r'(?:Iter|Epoch)\((?:train|val|test)\)\s+(?:\[\s*\d+\])?\[\s*\d+/\d+\]'
    r'|\b[\w ()-]*[:\s]\s*\d+\s*/\s*\d+[^\n]{0,40}'
)
# Seconds between looks at the logs, and between lines where the output is no
# terminal and nothing can be overwritten.
LOOK = 0.5
LINE = 15.0


def run_commands(
    commands: Sequence[Sequence[str]], logs: Sequence[Path]
) -> int | None:
    """Run commands side by side, each with a log, and show their progress.

    If one fails, or this process is interrupted, all are ended, with their
    children.

    Returns:
        int | None: Number of the command that failed, None if none did.
    """
    threads = str(max(1, cores() // len(commands)))
    environment = {
        **os.environ,
        'OMP_NUM_THREADS': threads,
        'MKL_NUM_THREADS': threads,
        'PYTHONUNBUFFERED': '1',
    }
    with contextlib.ExitStack() as stack:
        running = []
        for command, log in zip(commands, logs, strict=True):
            log.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(log.open('wb'))
            process = started(
                command,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
            )
            running.append(stack.enter_context(process))
        return _watch(running, logs)


def _watch(
    running: Sequence['subprocess.Popen[bytes]'], logs: Sequence[Path]
) -> int | None:
    start = shown = time.monotonic()
    terminal = sys.stdout.isatty()
    while True:
        states = [process.poll() for process in running]
        failed = [n for n, state in enumerate(states) if state]
        if failed or None not in states:
            if terminal:
                print('\r\033[K', end='', flush=True)
            return failed[0] if failed else None
        now = time.monotonic()
        if terminal or now - shown >= LINE:
            shown = now
            signs = [
                last_progress(log)
                for log, state in zip(logs, states, strict=True)
                if state is None
            ]
            signs = [sign for sign in signs if sign]
            line = f'      {now - start:4.0f} s  {" | ".join(signs)}'[:78]
            if terminal:
                print(f'\r{line}\033[K', end='', flush=True)
            else:
                print(line, flush=True)
        time.sleep(LOOK)


def last_progress(log: Path) -> str:
    """The last sign of progress in a log, empty if there is none."""
    try:
        with log.open('rb') as file:
            file.seek(max(0, log.stat().st_size - 8192))
            text = file.read().decode(errors='replace')
    except OSError:
        return ''
    for line in reversed(re.split(r'[\r\n]+', text)):
        found = PROGRESS.search(line)
        if found:
            return ' '.join(found.group().split())
    return ''
