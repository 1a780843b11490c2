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
