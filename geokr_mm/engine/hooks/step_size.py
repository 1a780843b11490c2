"""How many patches make a step, from run to resumed run."""

import logging
from typing import Any

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from geokr_mm.engine.model import loaded_file
from geokr_mm.registry import HOOKS

KEY = 'geokr_step'


@HOOKS.register_module()
class StepSizeHook(Hook):
    """Says when a resumed run makes its steps of other many patches.

    The number of processes and the patches of each stand under
    ``meta['geokr_step']`` of a checkpoint. Nothing in mmengine notices when
    they change, though learning rate and schedule were made for them.
    """

    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Note what a step is."""
        checkpoint['meta'][KEY] = _step(runner)

    def after_load_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Compare what a step was with what it is."""
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
