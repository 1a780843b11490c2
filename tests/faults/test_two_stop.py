"""A signal to one of two processes stops both at the same step."""

import multiprocessing
import os
import signal
import socket

import pytest
from mmengine.hooks import Hook
from torch import distributed

pytestmark = pytest.mark.slow


class SignalOne(Hook):
    """SIGUSR1 for the second process alone."""

    def before_train_iter(self, runner, **_):
        if runner.rank == 1 and runner.iter == 4:
            os.kill(os.getpid(), signal.SIGUSR1)


def train(rank, port, run, folder):
    os.environ.update(
        RANK=str(rank),
        LOCAL_RANK=str(rank),
        WORLD_SIZE='2',
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=str(port),
    )
    distributed.init_process_group('gloo')
    run(
        folder,
        False,
        [SignalOne()],
        **{
            'launcher': 'pytorch',
            'env_cfg.dist_cfg.backend': 'gloo',
            'train_cfg.max_iters': 14,
            'default_hooks.checkpoint.interval': 100,
        },
    )


def test_both_stop_at_one_step(run, tmp_path):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    fork = multiprocessing.get_context('fork')
    processes = [
        fork.Process(target=train, args=(rank, port, run, tmp_path))
        for rank in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 128 + signal.SIGUSR1
    assert [p.name for p in tmp_path.glob('*.pth')] == ['interrupted_10.pth']
