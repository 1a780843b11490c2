"""A command ends with the block that started it, and so do its children."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geokr_mm.processes import started

# Starts a child that does not listen to SIGTERM, names it, and waits.
PARENT = """
import subprocess, sys, time
child = (
    'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);'
    'print(flush=True); time.sleep(600)'
)
process = subprocess.Popen([sys.executable, '-c', child], stdout=-1)
process.stdout.readline()
print(process.pid, flush=True)
{then}
"""


def gone(pid):
    """Whether a process ended within some seconds; a zombie has."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            state = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2]
        except FileNotFoundError:
            return True
        if state.split()[0] == 'Z':
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False


def parent(then):
    return started(
        [sys.executable, '-c', PARENT.format(then=then)],
        stdout=subprocess.PIPE,
    )


@pytest.mark.skipif(not Path('/proc/self').exists(), reason='needs /proc')
@pytest.mark.parametrize(
    'then',
    [
        'time.sleep(600)',
        # As when memory runs out: the child gets no signal.
        'import os; os.kill(os.getpid(), 9)',
        'sys.exit(3)',
    ],
)
def test_nothing_is_left_of_a_command(then):
    with parent(then) as process:
        child = int(process.stdout.readline())
        if 'sleep' not in then:
            assert process.wait(30) in (-9, 3)
    assert process.returncode in (-9, -15, 3)
    assert gone(child)


@pytest.mark.skipif(not Path('/proc/self').exists(), reason='needs /proc')
def test_an_exception_ends_the_command_and_goes_on():
    with pytest.raises(KeyError), parent('time.sleep(600)') as process:
        child = int(process.stdout.readline())
        raise KeyError
    assert process.returncode == -signal.SIGTERM
    assert gone(child)


def test_a_command_that_ended_is_left_in_peace():
    with started([sys.executable, '-c', 'print(5)'], stdout=-1) as process:
        assert process.stdout.read() == b'5\n'
        assert process.wait() == 0
    assert process.returncode == 0
