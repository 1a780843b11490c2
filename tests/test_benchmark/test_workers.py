"""Several processes that share a comparison."""

import os
import sys

import pytest

from geokr_mm.benchmark.workers import run_workers
from geokr_mm.errors import InputError

# Each notes what it was given, and prints as a worker does.
SCRIPT = """
import os, sys
print('loading')
print('[test 1/1] a, seed 0', os.environ.get('OMP_NUM_THREADS'), flush=True)
print('  scenes, linear: 50 %', os.environ.get('CUDA_VISIBLE_DEVICES'))
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def command(tmp_path, monkeypatch):
    path = tmp_path / 'own script.py'
    path.write_text(SCRIPT)
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '4,7')
    monkeypatch.setenv('OMP_NUM_THREADS', '3')
    return [sys.executable, str(path)]


def test_workers_of_this_machine_take_gpus_in_turn(command, tmp_path, capsys):
    run_workers('local', [*command, '0'], 3, tmp_path / 'logs')
    lines = sorted(capsys.readouterr().out.splitlines())
    assert lines == sorted(
        line
        for number, gpu in enumerate('474')
        for line in (
            f'{number}: [test 1/1] a, seed 0 3',
            f'{number}:   scenes, linear: 50 % {gpu}',
        )
    )
    assert (tmp_path / 'logs/worker-2.log').read_text().startswith('loading')


def test_a_failed_worker_is_named(command, tmp_path):
    message = 'worker-0.log: a worker failed:   scenes, linear'
    with pytest.raises(InputError, match=message):
        run_workers('local', [*command, '1'], 1, tmp_path)


def test_dask_workers_run_where_the_command_was_given(
    command, tmp_path, monkeypatch, capsys
):
    from distributed import LocalCluster

    monkeypatch.chdir(tmp_path)
    with LocalCluster(
        n_workers=1, processes=False, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        run_workers('dask', [*command, '0'], 2, tmp_path / 'logs', address)
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert '50 %' in (tmp_path / 'logs/worker-1.log').read_text()
    with pytest.raises(InputError, match='dask: give --scheduler'):
        run_workers('dask', command, 2, tmp_path / 'logs')


def test_slurm_gets_an_array_of_the_same_command(
    command, tmp_path, monkeypatch, capsys
):
    with pytest.raises(InputError, match='there is no sbatch here'):
        run_workers('slurm', command, 2, tmp_path / 'logs')
    # In place of slurm's: prints a job, and keeps what it was given.
    sbatch = tmp_path / 'sbatch'
    sbatch.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > given\necho 81\n')
    sbatch.chmod(0o755)
    monkeypatch.setenv('PATH', f'{tmp_path}{os.pathsep}{os.environ["PATH"]}')
    monkeypatch.chdir(tmp_path)
    run_workers('slurm', [*command, '0'], 2, tmp_path / 'logs')
    given = (tmp_path / 'given').read_text().splitlines()
    assert '--array=0-1' in given
    assert f"--wrap={command[0]} '{command[1]}' 0" in given
    assert 'job 81: 2 tasks' in capsys.readouterr().out
    sbatch.write_text('#!/bin/sh\necho no partition >&2\nexit 1\n')
    with pytest.raises(InputError, match='sbatch failed: no partition'):
        run_workers('slurm', command, 2, tmp_path / 'logs')
