"""The bodies of the tools that read a config."""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from .compat import (
    ensure_segmentation,
    ensure_torchvision,
    import_mmpretrain,
)
from .config import check_config, load_config
from .errors import InputError
from .files import check_output, written_whole
from .runners import build_runner, test_runner, train_runner

TRAINING = ('model', 'train_dataloader', 'train_cfg', 'optim_wrapper')
TESTING = ('model', 'test_dataloader', 'test_evaluator')
# Addresses that mmengine resolves by itself.
REMOTE = (
    *('http://', 'https://', 's3://', 'petrel://', 'modelzoo://'),
    *('torchvision://', 'openmmlab://', 'open-mmlab://', 'mmcls://'),
)


def train(args: argparse.Namespace) -> None:
    """Train what a config describes.

    Args:
        args (argparse.Namespace): ``config``, ``cfg_options``, ``work_dir``,
            ``launcher``, ``local_rank``, ``resume`` (None, ``'auto'`` or a
            checkpoint), ``amp``, ``auto_scale_lr``, ``seed`` and
            ``profile``.

    Raises:
        InputError: If the config, the checkpoint or a file that they name
            is missing or does not fit.
    """
    check_config(args.config)
    from .engine.run_errors import one_line_errors
    from .engine.settings import (
        settle_precision,
        settle_rate,
        settle_resuming,
    )

    with one_line_errors():
        config = _open(args, TRAINING)
        settle_precision(config, args.amp)
        if args.resume is not None:
            settle_resuming(config, args.resume)
        if args.auto_scale_lr:
            settle_rate(config, args.config)
        if args.seed is not None:
            config.merge_from_dict({'randomness.seed': args.seed})
        if config.get('load_from'):
            check_checkpoint(config.load_from)
        runner = build_runner(config)
        if getattr(args, 'profile', False):
            from .engine.hooks import ProfileHook

            runner.register_hook(ProfileHook())
        train_runner(runner)


def test(args: argparse.Namespace) -> None:
    """Measure a checkpoint with the test set of a config.

    Args:
        args (argparse.Namespace): ``config``, ``checkpoint``,
            ``cfg_options``, ``work_dir``, ``launcher``, ``local_rank`` and
            ``out``, a JSON file for the metrics or None.

    Raises:
        InputError: As :func:`train`, and if the config has no test set.
    """
    check_config(args.config)
    from .engine.run_errors import one_line_errors

    with one_line_errors():
        config = _open(args, TESTING)
        check_checkpoint(args.checkpoint)
        config.load_from, config.resume = args.checkpoint, False
        metrics = test_runner(build_runner(config))
    if args.out:
        write_metrics(args.out, metrics)


def start(args: argparse.Namespace) -> None:
    """Write a start file, see :func:`.engine.whitened_start.make_start`.

    Args:
        args (argparse.Namespace): ``config``, ``cfg_options``, ``out``,
            ``images`` and ``seed``.

    Raises:
        InputError: As :func:`train`, and if the backbone cannot be whitened.
    """
    check_config(args.config)
    check_output(args.out)
    from .engine.run_errors import one_line_errors
    from .engine.settings import settle_knowledge
    from .engine.whitened_start import make_start

    with one_line_errors():
        config = load_config(args.config, args.cfg_options)
        require_sections(config, args.config, ('model', 'train_dataloader'))
        settle_knowledge(config)
        layers = make_start(config, args.out, args.images, args.seed)
    print(f'{args.out}: whitened {layers} layers')


def print_config(args: argparse.Namespace) -> None:
    """Print a config with its bases and overrides merged."""
    print(load_config(args.config, args.cfg_options).pretty_text)


def write_metrics(path: str, metrics: dict[str, Any]) -> None:
    """Write metrics as JSON, whole or not at all; the folder is made."""
    # Numbers arrive as numpy scalars or one-element tensors.
    text = json.dumps(metrics, indent=2, default=float)
    with written_whole(path) as draft:
        draft.write_text(text + '\n')


def _open(args: argparse.Namespace, sections: tuple[str, ...]) -> Any:
    """Read a config for a run."""
    from .engine.processes import check_launcher
    from .engine.settings import (
        check_backends,
        settle_knowledge,
        settle_loaders,
    )

    config = load_config(args.config, args.cfg_options)
    ensure_torchvision()
    ensure_segmentation()
    import_mmpretrain()
    settle_knowledge(config, sections[1])
    require_sections(config, args.config, sections)
    check_launcher(args.launcher)
    check_backends(config)
    settle_loaders(config)
    set_work_dir(config, args.config, args.work_dir)
    set_launcher(config, args.launcher, args.local_rank)
    return config


def set_work_dir(config: Any, path: str, work_dir: str | None) -> None:
    """Choose where logs and checkpoints go.

    The command line wins over the config, which wins over
    ``work_dirs/<config name>``.
    """
    if work_dir is not None:
        config.work_dir = work_dir
    elif config.get('work_dir') is None:
        config.work_dir = os.path.join('work_dirs', Path(path).stem)


def set_launcher(config: Any, launcher: str, local_rank: int) -> None:
    """Note how processes were started; on CPUs they communicate by gloo."""
    import torch

    config.launcher = launcher
    os.environ.setdefault('LOCAL_RANK', str(local_rank))
    if launcher != 'none' and not torch.cuda.is_available():
        config.merge_from_dict({'env_cfg.dist_cfg.backend': 'gloo'})


def require_sections(config: Any, path: str, names: tuple[str, ...]) -> None:
    """Check that a config has what a command needs.

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

    Raises:
        InputError: If the file is missing, damaged, or would run code.
    """
    if path.startswith(REMOTE):
        return
    from .export.checkpoint import read_checkpoint

    read_checkpoint(path)
