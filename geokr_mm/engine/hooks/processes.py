"""Runs in several processes: mean losses, and patches in a step."""

import logging
from typing import Any

from mmengine.dist import all_reduce_dict
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from torch import Tensor

from geokr_mm.engine.model import loaded_file
from geokr_mm.registry import HOOKS

KEY = 'geokr_step'


@HOOKS.register_module()
class ProcessMeanHook(Hook):
    """Averages the losses in the log over the processes of a run.

    mmengine logs the losses of the first process for its own patches; the
    gradient is that of their mean over all.
    """

    # Before the hook of mmengine that keeps them.
    priority = 'HIGHEST'

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Replace each number by its mean."""
        if runner.world_size == 1 or not outputs:
            return
        found = {
            key: value.detach().float()
            for key, value in outputs.items()
            if isinstance(value, Tensor) and value.numel() == 1
        }
        all_reduce_dict(found, 'mean')
        outputs.update(found)


@HOOKS.register_module()
class StepSizeHook(Hook):
    """Warns when a resumed run has another number of patches in a step.

    The number of processes and the patches of each are stored under
    ``meta['geokr_step']`` of a checkpoint. Learning rate and schedule were
    made for them.
    """

    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Store both numbers."""
        checkpoint['meta'][KEY] = _step(runner)

    def after_load_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Compare them with those of this run."""
        meta = checkpoint.get('meta')
        then = meta.get(KEY) if isinstance(meta, dict) else None
        if not runner._resume or not then or then == (now := _step(runner)):
            return
        print_log(
            f'{loaded_file(runner)}: trained with {_words(then)}, goes on '
            f'with {_words(now)}; learning rate and schedule stay as they '
            'are, so scale them or go on as before',
            'current',
            logging.WARNING,
        )


def _step(runner: Runner) -> dict[str, int | None]:
    size = runner.train_dataloader.batch_size
    return dict(world_size=runner.world_size, batch_size=size)


def _words(step: dict[str, int | None]) -> str:
    processes, size = step['world_size'], step['batch_size']
    return f'world_size {processes} of batch_size {size}'
