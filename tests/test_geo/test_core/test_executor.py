"""One executor or another: the same results, clear errors, nobody left."""

import gc
import os
import signal
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo.core.executor import Cached, open_executor

pytest.importorskip('distributed')


def test_a_crew_of_one_draws_no_further_than_asked():
    drawn = []

    def jobs():
        for n in range(9):
            drawn.append(n)
            yield Cached(-n) if n == 1 else (n, 2)

    with open_executor() as executor:
        results = executor.map(pow, jobs())
        assert [next(results) for _ in range(3)] == [0, -1, 4]
    assert drawn == [0, 1, 2]


def test_local_cluster_and_scheduler_are_one_path():
    from distributed import LocalCluster

    # Functions of a test are not importable by workers: they travel whole.
    def nap(seconds):
        time.sleep(seconds)
        return seconds

    def refuse(n):
        if n == 7:
            raise InputError('seven: not this one')
        return n

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        open_executor(scheduler=cluster.scheduler_address) as executor,
    ):
        many = executor.share(np.arange(5))
        jobs = [(many, n) for n in range(5)]
        assert list(executor.map(np.take, jobs)) == [0, 1, 2, 3, 4]
        kept, rolled = executor.map(np.roll, [Cached('kept'), (many, 1)])
        assert kept == 'kept' and rolled.tolist() == [4, 0, 1, 2, 3]
        # Order holds though later jobs are ready sooner.
        naps = [(0.3,), (0.0,), (0.1,)]
        assert list(executor.map(nap, naps)) == [0.3, 0.0, 0.1]
        with pytest.raises(InputError, match='seven') as caught:
            list(executor.map(refuse, [(n,) for n in range(9)]))
        assert '\n' not in str(caught.value)


def test_small_jobs_go_together_and_come_back_one_by_one():
    from distributed import LocalCluster

    def refuse(n):
        if n == 7:
            raise InputError('seven: not this one')
        return os.getpid()

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        open_executor(scheduler=cluster.scheduler_address) as executor,
    ):
        sent = []
        submit = executor._client.submit
        executor._client.submit = lambda *a, **k: (
            sent.append(len(a[2])), submit(*a, **k),
        )[1]  # fmt: skip
        many = executor.share(np.arange(9))
        jobs = [Cached('kept') if n == 5 else (many, n) for n in range(9)]
        found = list(executor.map(np.take, jobs, together=4))
        assert found == [0, 1, 2, 3, 4, 'kept', 6, 7, 8]
        assert sent == [4, 1, 3]
        with pytest.raises(InputError, match='seven'):
            list(executor.map(refuse, [(n,) for n in range(9)], together=4))
    with open_executor() as executor:
        assert list(executor.map(np.take, [([5, 6], 1)], together=4)) == [6]


def test_jobs_that_are_done_are_not_held():
    rng = np.random.default_rng(0)
    size = 300_000
    with open_executor(2) as executor:
        list(executor.map(len, [(rng.bytes(size),) for _ in range(3)]))
        tracemalloc.start()
        try:
            jobs = ((rng.bytes(size),) for _ in range(100))
            assert set(executor.map(len, jobs)) == {size}
            gc.collect()
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert held < 40 * size


def test_a_dead_worker_is_one_clear_line():
    with (
        open_executor(2) as executor,
        pytest.raises(InputError, match='a worker died') as caught,
    ):
        list(executor.map(os._exit, [(1,)]))
    assert '--resume' in str(caught.value)
    assert '\n' not in str(caught.value)


def test_addresses_and_numbers_that_make_no_sense():
    cases = [
        (dict(workers=0), 'at least 1'),
        (dict(workers=2, scheduler='tcp://a:1'), 'one of the two'),
        (
            dict(scheduler='tcp://127.0.0.1:9'),
            'no Dask scheduler at this address',
        ),
        (dict(scheduler='nonsense://x'), 'no Dask scheduler at this address'),
    ]
    for given, message in cases:
        with pytest.raises(InputError, match=message), open_executor(**given):
            pass


@pytest.mark.parametrize('sign', [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_its_master(sign, repo, tmp_path):
    script = tmp_path / 'master.py'
    script.write_text(
        'import time\n'
        'from geokr_mm.geo.core.executor import open_executor\n'
        "if __name__ == '__main__':\n"
        '    with open_executor(2) as executor:\n'
        '        list(executor.map(pow, [(2, 3)]))\n'
        "        print('ready', flush=True)\n"
        '        list(executor.map(time.sleep, [(60,)] * 4))\n'
    )
    with subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, 'PYTHONPATH': str(repo)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # A suite that runs in the background may ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as master:
        assert master.stdout.readline() == b'ready\n'
        assert len(_group(master.pid)) >= 3
        master.send_signal(sign)
        master.wait(60)
    end = time.monotonic() + 20
    while _group(master.pid) and time.monotonic() < end:
        time.sleep(0.1)
    assert _group(master.pid) == []


def _group(leader):
    """Living processes of a process group."""
    found = []
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                with open(f'/proc/{name}/stat') as stream:
                    state, _, group = stream.read().rsplit(')')[1].split()[:3]
            except OSError:
                continue
            if int(group) == leader and state != 'Z':
                found.append(int(name))
    return found
