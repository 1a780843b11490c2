"""Runs of the training command in one process and in several."""

import argparse
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geokr_mm import commands


@pytest.fixture(scope='session')
def in_two(repo: Path) -> Callable[..., tuple[int, str]]:
    """Trains in two processes on CPUs; gives status and console."""

    def train(config: Path, *options: str) -> tuple[int, str]:
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = free.getsockname()[1]
        done = subprocess.run(
            [
                *(sys.executable, '-m', 'torch.distributed.run'),
                *('--nproc_per_node=2', f'--master_port={port}'),
                *(repo / 'tools' / 'train.py', config),
                *('--launcher', 'pytorch', *options),
            ],
            cwd=config.parent,
            env={**os.environ, 'CUDA_VISIBLE_DEVICES': ''},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return done.returncode, done.stdout

    return train


@pytest.fixture
def in_one(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Trains in this process, with the command."""

    def train(config: Path, **given: Any) -> None:
        monkeypatch.setenv('LOCAL_RANK', '0')
        plain = dict(
            config=str(config),
            cfg_options=[],
            work_dir=None,
            launcher='none',
            local_rank=0,
            resume=None,
            amp=False,
            auto_scale_lr=False,
            seed=None,
        )
        commands.train(argparse.Namespace(**{**plain, **given}))

    return train
