"""The bodies of ``tools/train.py``, ``test.py`` and ``print_config.py``."""

import argparse
import json
from collections.abc import Callable
from typing import Any

from .config import check_config, load_config
from .errors import InputError
from .files import written_whole
from .running import (
    build_runner,
    check_checkpoint,
    require_sections,
    set_launcher,
    set_work_dir,
)


def train(args: argparse.Namespace) -> None:
    """Train what a config describes.

    Args:
        args (argparse.Namespace): ``config``, ``cfg_options``, ``work_dir``,
            ``launcher``, ``local_rank``, ``resume`` (None, ``'auto'`` or a
            checkpoint), ``amp``, ``auto_scale_lr`` and ``seed``.

    Raises:
        InputError: If the config, the checkpoint or a file that they name
            is missing or does not fit.
    """
    config = _open(args, ('model', 'train_dataloader', 'train_cfg'))
    if args.amp:
        config.optim_wrapper.type = 'AmpOptimWrapper'
        config.optim_wrapper.setdefault('loss_scale', 'dynamic')
    if args.resume is not None:
        config.resume = True
        config.load_from = None if args.resume == 'auto' else args.resume
    if args.auto_scale_lr:
        require_sections(config, args.config, ('auto_scale_lr',))
        config.auto_scale_lr.enable = True
    if args.seed is not None:
        config.merge_from_dict({'randomness.seed': args.seed})
    if config.get('load_from'):
        check_checkpoint(config.load_from)
    _without_traceback(lambda: build_runner(config).train())


def test(args: argparse.Namespace) -> None:
    """Measure a checkpoint with the test set of a config.

    Args:
        args (argparse.Namespace): ``config``, ``checkpoint``,
            ``cfg_options``, ``work_dir``, ``launcher``, ``local_rank`` and
            ``out``, a JSON file for the metrics or None.

    Raises:
        InputError: As :func:`train`, and if the config has no test set.
    """
    config = _open(args, ('model', 'test_dataloader', 'test_evaluator'))
    check_checkpoint(args.checkpoint)
    config.load_from = args.checkpoint
    metrics = _without_traceback(lambda: build_runner(config).test())
    if args.out:
        write_metrics(args.out, metrics)


def print_config(args: argparse.Namespace) -> None:
    """Print a config with its bases and overrides merged.

    Args:
        args (argparse.Namespace): ``config`` and ``cfg_options``.
    """
    print(load_config(args.config, args.cfg_options).pretty_text)


def write_metrics(path: str, metrics: dict[str, Any]) -> None:
    """Write metrics as JSON, whole or not at all.

    Args:
        path (str): File to write; its folder is made.
        metrics (dict): Names and numbers.
    """
    # Numbers arrive as numpy scalars or one-element tensors.
    text = json.dumps(metrics, indent=2, default=float)
    with written_whole(path) as draft:
        draft.write_text(text + '\n')


def _open(args: argparse.Namespace, sections: tuple[str, ...]) -> Any:
    """Read a config for a run."""
    check_config(args.config)
    # Before any library: it makes torchvision importable for all of them.
    from . import registry  # noqa: F401

    config = load_config(args.config, args.cfg_options)
    require_sections(config, args.config, sections)
    set_work_dir(config, args.config, args.work_dir)
    set_launcher(config, args.launcher, args.local_rank)
    return config


def _without_traceback(run: Callable[[], Any]) -> Any:
    """Run; a file that is not there is the user's to mend."""
    try:
        return run()
    except FileNotFoundError as error:
        raise InputError(
            f'{error}; correct the path in the config or with --cfg-options'
        ) from error
