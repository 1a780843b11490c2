"""A run in several processes."""

import os
import subprocess
from typing import Any

import torch
from torch import distributed

from geokr_mm.errors import InputError

START = 'python -m torch.distributed.run --nproc_per_node=N tools/train.py'
# What torch.distributed.run sets for each process.
VARIABLES = ('RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'MASTER_ADDR', 'MASTER_PORT')
# What slurm sets for each process, by the names of torch.
OF_SLURM = dict(
    RANK='SLURM_PROCID', WORLD_SIZE='SLURM_NTASKS', LOCAL_RANK='SLURM_LOCALID'
)

LOCAL_RANKS = ('LOCAL_RANK', 'SLURM_LOCALID', 'OMPI_COMM_WORLD_LOCAL_RANK')


def check_launcher(launcher: str) -> None:
    """Compare the launcher of the command line with the started processes.

    Args:
        launcher (str): ``'none'``, ``'pytorch'``, ``'slurm'`` or ``'mpi'``.

    Raises:
        InputError: If several processes were started and none is expected,
            which would train the same network side by side; if some are
            expected and none was started; or if there are too few GPUs.
    """
    started = all(name in os.environ for name in VARIABLES)
    count = int(os.environ['WORLD_SIZE']) if started else 1
    if launcher == 'none' and count > 1:
        raise InputError(
            f'{count} processes were started, but --launcher none lets each '
            'train by itself; add --launcher pytorch'
        )
    if launcher == 'pytorch' and not started:
        raise InputError(
            f'--launcher pytorch: start with {START}, or leave --launcher out'
        )
    if launcher == 'slurm' and not {*OF_SLURM.values()} <= {*os.environ}:
        raise InputError(
            '--launcher slurm: start with srun python tools/train.py ...'
        )
    if launcher == 'none':
        return
    gpus = torch.cuda.device_count()
    here = int(os.environ.get('LOCAL_WORLD_SIZE', 1))
    if 0 < gpus < here:
        raise InputError(
            f'{here} processes on this machine share {gpus} GPU; start one '
            'for each GPU, or hide the GPUs with CUDA_VISIBLE_DEVICES='
        )
    if not gpus and launcher == 'mpi':
        raise InputError(
            '--launcher mpi needs GPUs and there is none; on CPUs start with '
            f'{START} --launcher pytorch'
        )


def join_processes(config: Any) -> None:
    """Connect the processes of a run on CPUs.

    mmengine would choose a GPU for each, which fails where there is none.
    With GPUs all is left to it.

    Args:
        config (mmengine.Config): Gets a model wrapper without a GPU.

    Raises:
        InputError: If it wants batch norm over all processes.
    """
    if config.get('launcher', 'none') == 'none' or torch.cuda.is_available():
        return
    if config.get('sync_bn'):
        raise InputError(
            'sync_bn: batch norm over all processes needs GPUs and there is '
            'none; add --cfg-options sync_bn=None'
        )
    if config.launcher == 'slurm':
        take_slurm_variables()
    if not distributed.is_initialized():
        distributed.init_process_group(backend='gloo')
    # The first two are mmengine's defaults.
    config.model_wrapper_cfg = {
        'broadcast_buffers': False,
        'find_unused_parameters': config.get('find_unused_parameters', False),
        **(config.get('model_wrapper_cfg') or {}),
        'device_ids': None,
    }


def take_slurm_variables() -> None:
    """Let torch know the processes that slurm started."""
    given = os.environ
    given.update({ours: given[its] for ours, its in OF_SLURM.items()})
    address = '127.0.0.1'
    if int(given.get('SLURM_NNODES', 1)) > 1:
        hosts = ['scontrol', 'show', 'hostnames', given['SLURM_JOB_NODELIST']]
        address = subprocess.check_output(hosts, text=True).split()[0]
    given.setdefault('MASTER_ADDR', address)
    # One for each job, since jobs may share a machine.
    port = 20_000 + int(given.get('SLURM_JOB_ID', 0)) % 20_000
    given.setdefault('MASTER_PORT', str(port))


def is_first_here() -> bool:
    """Whether this is the process of a machine that prints."""
    return all(os.environ.get(name, '0') == '0' for name in LOCAL_RANKS)
