"""Commands end as they should."""

import os
import signal
import subprocess
import sys
import time

import pytest

from geokr_mm.errors import STOPPED

# A tool that starts a command, holds a draft, and waits.
TOOL = """
import subprocess, sys
from geokr_mm.errors import run_tool
from geokr_mm.files import written_whole

def main():
    with written_whole(sys.argv[1]) as draft:
        draft.write_text('half')
        inner = 'import os, time; print(os.getpid(), flush=True);'
        subprocess.run([sys.executable, '-c', inner + 'time.sleep(600)'])

run_tool(main)
"""


def running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_tool_that_is_told_to_stop_leaves_nothing_behind(tmp_path):
    tool = subprocess.Popen(
        [sys.executable, '-c', TOOL, str(tmp_path / 'out.json')],
        stdout=subprocess.PIPE,
        text=True,
    )
    inner = int(tool.stdout.readline())
    assert running(inner)
    assert list(tmp_path.iterdir())
    tool.send_signal(signal.SIGTERM)
    assert tool.wait(60) == STOPPED == 143
    assert not list(tmp_path.iterdir())
    end = time.monotonic() + 30
    while running(inner):
        if time.monotonic() > end:
            os.kill(inner, signal.SIGKILL)
            pytest.fail('the command that the tool started still runs')
        time.sleep(0.1)


PIPED = """
import logging, os, sys, warnings
from geokr_mm.errors import InputError, InputWarning, run_tool
from geokr_mm.files import written_whole

def main():
    with written_whole(sys.argv[2]) as draft:
        draft.write_text('half')
        for number in range(100_000):
            STATEMENT
    print('not reached', file=sys.stderr)

run_tool(main)
"""


def piped(statement, tmp_path, unbuffered, both=False):
    """A tool whose reader closes the pipe after the first line."""
    out = tmp_path / 'out.txt'
    tool = subprocess.Popen(
        [
            sys.executable,
            '-c',
            PIPED.replace('STATEMENT', statement),
            '',
            str(out),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if both else subprocess.PIPE,
        text=True,
        env={**os.environ, 'PYTHONUNBUFFERED': unbuffered},
    )
    first = tool.stdout.readline()
    tool.stdout.close()
    errors = '' if both else tool.stderr.read()
    return first, errors, tool.wait(60)


@pytest.mark.parametrize('unbuffered', ['', '1'])
@pytest.mark.parametrize(
    'statement',
    [
        'print(number)',
        'os.write(1, b"0\\n")',
        'logging.basicConfig(stream=sys.stdout, format="%(message)s");'
        'logging.warning(number)',
    ],
)
def test_a_tool_whose_reader_leaves_ends_quietly(
    tmp_path, statement, unbuffered
):
    assert piped(statement, tmp_path, unbuffered) == ('0\n', '', 141)
    assert piped(statement, tmp_path, unbuffered, True) == ('0\n', '', 141)
    assert not list(tmp_path.iterdir())


def test_another_broken_pipe_is_an_error(tmp_path):
    statement = (
        'print(number, flush=True); raise BrokenPipeError("of a worker")'
    )
    tool = subprocess.run(
        [sys.executable, '-c', PIPED.replace('STATEMENT', statement), '',
         str(tmp_path / 'out.txt')],
        capture_output=True, text=True,
    )  # fmt: skip
    assert tool.returncode == 1 and 'BrokenPipeError: of' in tool.stderr


def test_help_into_a_closed_pipe_is_quiet(repo):
    tool = subprocess.Popen(
        [sys.executable, repo / 'tools/checksums.py', '--help'],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    tool.stdout.close()
    assert tool.stderr.read() == ''
    assert tool.wait(60) in (0, 141)


def test_warnings_of_ours_are_one_line():
    statement = "warnings.warn('f.csv: read so', InputWarning)"
    tool = subprocess.run(
        [sys.executable, '-c',
         'import warnings; from geokr_mm.errors import *\n'
         f'def main():\n    {statement}; {statement}\nrun_tool(main)'],
        capture_output=True, text=True,
    )  # fmt: skip
    assert tool.stderr == 'warning: f.csv: read so\n' * 2
    assert tool.returncode == 0
