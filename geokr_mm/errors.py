"""Errors that are the user's to mend, and how a command reports them."""

import contextlib
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

# What a shell reports for a process that a signal ended.
STOPPED = 128 + signal.SIGTERM


class InputError(ValueError):
    """Bad input: the message names the file, the value and the cure."""


def run_tool(main: Callable[[], None]) -> NoReturn:
    """Run a command's main function and turn bad input into one line.

    Being told to stop (SIGTERM, as by a cluster's scheduler) ends it like
    an exception would: drafts are taken away, and commands that it started
    end with it.

    Args:
        main (Callable): Parses ``sys.argv`` and does the work.

    Raises:
        SystemExit: With status 0 when done, 2 on bad input, 130 when
            interrupted from the keyboard and 143 when told to stop.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(STOPPED))
    for stream in (sys.stdout, sys.stderr):
        # Names in any alphabet, whatever the console can show.
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors='backslashreplace')  # type: ignore
    try:
        main()
    except InputError as error:
        print(f'error: {error}', file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print('interrupted', file=sys.stderr)
        sys.exit(130)
    sys.exit(0)
