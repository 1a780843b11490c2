"""Errors that are the user's to mend, and how a command reports them."""

import contextlib
import logging
import os
import select
import signal
import sys
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

PACKAGE = 'geokr_mm'
# What a shell reports for a process that a signal ended.
STOPPED = 128 + signal.SIGTERM
# SIGPIPE, which Windows has no name for.
PIPE_CLOSED = 128 + 13
# As in the list of users of Debian; there is no such folder.
NO_HOME = '/nonexistent'


class InputError(ValueError):
    """Bad input: the message names the file, the value and the cure."""


class InputWarning(UserWarning):
    """Input that was guessed at, or used in part: one line like an error."""


def run_tool(main: Callable[[], None]) -> NoReturn:
    """Run a command's main function and turn bad input into one line.

    SIGTERM, as a cluster's scheduler sends it, ends it like an exception
    would: drafts are removed, and commands that it started end with it. So
    does a closed output (``| head``), without a message.

    Args:
        main (Callable): Parses ``sys.argv`` and does the work.

    Raises:
        SystemExit: With status 0 when done, 2 on bad input, 130 when
            interrupted from the keyboard, 141 when its output is closed and
            143 on SIGTERM.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(STOPPED))
    for stream in (sys.stdout, sys.stderr):
        # Names in any alphabet, whatever the console can show.
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors='backslashreplace')  # type: ignore
    _set_home()
    _print_warnings_in_a_line()
    _let_logging_stop()
    try:
        try:
            code = _run(main)
        finally:
            # Output may be closed only now, with the last of the buffers.
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
    except BrokenPipeError:
        if not _output_is_closed():
            raise
        _drop_output()
        code = PIPE_CLOSED
    sys.exit(code)


def _run(main: Callable[[], None]) -> int:
    """The status that a command ends with."""
    try:
        main()
    except InputError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('interrupted', file=sys.stderr)
        return 130
    return 0


def _set_home() -> None:
    """Set a home folder where none is known, as in some containers.

    Without one some libraries stop, and others make a folder ``~``.
    """
    if os.path.expanduser('~') == '~':
        os.environ['HOME'] = NO_HOME


def _print_warnings_in_a_line() -> None:
    """Print warnings and log lines of ours like errors, each in one line."""
    warnings.simplefilter('always', InputWarning)
    usual = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        *more: Any,
        **named: Any,
    ) -> None:
        if issubclass(category, InputWarning):
            print(f'warning: {message}', file=sys.stderr)
        else:
            usual(message, category, *more, **named)

    warnings.showwarning = show
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter('warning: %(message)s'))
    handler.setLevel(logging.WARNING)
    logging.getLogger(PACKAGE).addHandler(handler)


def _let_logging_stop() -> None:
    """Make a closed log end a command, as a print does.

    By itself logging prints a traceback for each line and goes on.
    """
    usual = logging.Handler.handleError

    def handle(self: logging.Handler, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, BrokenPipeError) and _output_is_closed():
            raise error
        usual(self, record)

    logging.Handler.handleError = handle  # type: ignore[method-assign]


def _output_is_closed() -> bool:
    """Whether the reader of our output has closed it."""
    if not hasattr(select, 'poll'):
        return True
    poll = select.poll()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            poll.register(stream.fileno(), 0)
    return any(
        event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0)
    )


def _drop_output() -> None:
    """Send what is still to be written nowhere, or exit would complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(nowhere, stream.fileno())
