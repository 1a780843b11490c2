"""One comparison by several processes, which share the work by themselves."""

import contextlib
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from ..errors import InputError
from ..geo.core.executor import open_executor
from ..processes import cores, last_line, started

# Seconds between looks at the logs.
LOOK = 1.0
# How lines of the work begin, other than those of a training's steps.
OWN = ('[', '  ')


def run_workers(
    launcher: str,
    command: Sequence[str],
    count: int,
    folder: Path,
    scheduler: str | None = None,
) -> None:
    """Start the same command several times, each with a log in a folder.

    Args:
        launcher (str): ``'local'``: processes of this machine, with a GPU
            each in turn and an equal part of the cores. ``'slurm'``: an array
            of jobs, with what the variables ``SBATCH_...`` give; does not
            wait for them. ``'dask'``: workers of a cluster, which must see
            the same paths.
        scheduler (str, optional): Address of the cluster.

    Raises:
        InputError: If a process fails; its log is named. Or if there is no
            slurm, or no address of a cluster.
    """
    folder.mkdir(parents=True, exist_ok=True)
    logs = [folder / f'worker-{number}.log' for number in range(count)]
    if launcher == 'slurm':
        _submit(command, count, folder)
    elif launcher == 'dask':
        if scheduler is None:
            raise InputError('--launcher dask: give --scheduler ADDRESS')
        with open_executor(1, scheduler) as executor:
            here = os.getcwd()
            jobs = [(list(command), str(log), here) for log in logs]
            for done in executor.map(call, jobs):
                print(done, flush=True)
    else:
        _local(command, logs)


def call(command: Sequence[str], log: str, folder: str) -> str:
    """Run a command in a folder with its output in a log.

    Returns:
        str: One line: that it is done.

    Raises:
        InputError: If it fails.
    """
    path = Path(folder, log)
    with _running(command, path, cwd=folder) as process:
        process.wait()
    _check(process, path)
    return f'{log}: done'


def _local(command: Sequence[str], logs: Sequence[Path]) -> None:
    """Run all at once, and print the lines of their work."""
    gpus = _gpus()
    threads = str(max(1, cores() // len(logs)))
    with contextlib.ExitStack() as stack:
        processes, streams = [], []
        for number, log in enumerate(logs):
            variables = {'OMP_NUM_THREADS': threads, **os.environ}
            if gpus:
                variables['CUDA_VISIBLE_DEVICES'] = gpus[number % len(gpus)]
            processes.append(
                stack.enter_context(_running(command, log, env=variables))
            )
            streams.append(stack.enter_context(log.open()))
        ended = False
        while not ended:
            # Once more after the end, for the last lines.
            ended = all(p.poll() is not None for p in processes)
            for number, stream in enumerate(streams):
                for line in _lines(stream):
                    print(f'{number}: {line}', flush=True)
            time.sleep(0 if ended else LOOK)
    for process, log in zip(processes, logs, strict=True):
        _check(process, log)


@contextlib.contextmanager
def _running(
    command: Sequence[str], log: Path, **options: Any
) -> Iterator['subprocess.Popen[bytes]']:
    with (
        log.open('w') as stream,
        started(
            command, stdout=stream, stderr=subprocess.STDOUT, **options
        ) as process,
    ):
        yield process


def _lines(stream: TextIO) -> Iterator[str]:
    """New lines of the work in a log."""
    while line := stream.readline():
        if line.startswith(OWN):
            yield line.rstrip()


def _check(process: 'subprocess.Popen[bytes]', log: Path) -> None:
    if process.returncode:
        raise InputError(f'{log}: a worker failed: {last_line(log)}')


def _gpus() -> list[str]:
    """Names of the GPUs that this process may use."""
    given = os.environ.get('CUDA_VISIBLE_DEVICES')
    if given is not None:
        return [name for name in given.split(',') if name]
    import torch

    return [str(number) for number in range(torch.cuda.device_count())]


def _submit(command: Sequence[str], count: int, folder: Path) -> None:
    """Submit an array of jobs."""
    sbatch = shutil.which('sbatch')
    if sbatch is None:
        raise InputError(
            '--launcher slurm: there is no sbatch here; start it on a machine '
            'that submits jobs'
        )
    done = subprocess.run(
        [
            sbatch,
            '--parsable',
            '--job-name=geokr_mm',
            f'--array=0-{count - 1}',
            f'--output={folder.resolve() / "worker-%a.log"}',
            f'--wrap={shlex.join(command)}',
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = ' '.join(done.stderr.split()) or 'no message'
        raise InputError(f'--launcher slurm: sbatch failed: {words}')
    print(f'job {done.stdout.strip()}: {count} tasks, logs in {folder}')
