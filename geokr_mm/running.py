"""What ``tools/train.py`` and ``tools/test.py`` do after reading arguments.

The module is light; torch and mmengine are imported where they are used, so
that a command's ``--help`` answers at once. :mod:`mim` asks for the help
before every training.
"""

import argparse
import os
import os.path as osp
from pathlib import Path
from typing import Any

from .errors import InputError

REMOTE = (
    'http://',
    'https://',
    's3://',
    'petrel://',
    'modelzoo://',
    'torchvision://',
    'openmmlab://',
    'open-mmlab://',
    'mmcls://',
)


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what training and testing have in common.

    Args:
        parser (argparse.ArgumentParser): Gets ``--work-dir``,
            ``--cfg-options``, ``--launcher`` and ``--local-rank``.
    """
    parser.add_argument(
        '--work-dir',
        help='folder of logs and checkpoints (default: work_dirs/CONFIG)',
    )
    add_overrides(parser)
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='how several processes were started (default: none)',
    )
    # torch.distributed.launch passes one spelling or the other.
    parser.add_argument(
        '--local-rank',
        '--local_rank',
        type=int,
        default=0,
        help=argparse.SUPPRESS,
    )


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Add ``--cfg-options``.

    Args:
        parser (argparse.ArgumentParser): Gets the option.
    """
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        default=[],
        metavar='KEY=VALUE',
        help='settings to override, such as train_dataloader.batch_size=16 '
        'or model.backbone.depth=50; lists as key="[a,b]"',
    )


def set_work_dir(config: Any, path: str, work_dir: str | None) -> None:
    """Choose where logs and checkpoints go.

    Args:
        config (mmengine.Config): Changed in place.
        path (str): Config file, names the default folder.
        work_dir (str | None): What the command line says; wins over the
            config, which wins over ``work_dirs/<config name>``.
    """
    if work_dir is not None:
        config.work_dir = work_dir
    elif config.get('work_dir') is None:
        config.work_dir = osp.join('work_dirs', Path(path).stem)


def set_launcher(config: Any, launcher: str, local_rank: int) -> None:
    """Note how processes were started; on CPUs they talk through gloo.

    Args:
        config (mmengine.Config): Changed in place.
        launcher (str): ``'none'``, ``'pytorch'``, ``'slurm'`` or ``'mpi'``.
        local_rank (int): Rank on this machine, from the command line.
    """
    import torch

    config.launcher = launcher
    os.environ.setdefault('LOCAL_RANK', str(local_rank))
    if launcher != 'none' and not torch.cuda.is_available():
        config.merge_from_dict({'env_cfg.dist_cfg.backend': 'gloo'})


def require_sections(config: Any, path: str, names: tuple[str, ...]) -> None:
    """Check that a config has what a command needs.

    Args:
        config (mmengine.Config): Merged config.
        path (str): Its file, for the message.
        names (tuple[str, ...]): Keys that must be set.

    Raises:
        InputError: Naming the first missing key.
    """
    for name in names:
        if config.get(name) is None:
            raise InputError(
                f'{path}: has no {name}; this config is not '
                'meant for this command'
            )


def check_checkpoint(path: str) -> None:
    """Make sure that a checkpoint can be read and holds data only.

    Args:
        path (str): File, or an address that mmengine resolves by itself;
            the latter is left to mmengine.

    Raises:
        InputError: If the file is missing, damaged, or would run code.
    """
    if path.startswith(REMOTE):
        return
    from .export.checkpoint import read_checkpoint

    read_checkpoint(path)
