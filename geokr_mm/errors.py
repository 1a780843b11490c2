"""Errors that are the user's to mend, and how a command reports them."""

import sys
from collections.abc import Callable
from typing import NoReturn


class InputError(ValueError):
    """Bad input: the message names the file, the value and the cure."""


def run_tool(main: Callable[[], None]) -> NoReturn:
    """Run a command's main function and turn bad input into one line.

    Args:
        main (Callable): Parses ``sys.argv`` and does the work.

    Raises:
        SystemExit: With status 0 when done, 2 on bad input and 130 when
            interrupted from the keyboard.
    """
    try:
        main()
    except InputError as error:
        print(f'error: {error}', file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print('interrupted', file=sys.stderr)
        sys.exit(130)
    sys.exit(0)
