"""Calls of a model's parts before training and after each iteration."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from geokr_mm.engine.model import (
    left_out,
    training_set,
    trains,
    unwrapped,
)
from geokr_mm.registry import HOOKS
from geokr_mm.slow_steps import slow_step


@HOOKS.register_module()
class PartsHook(Hook):
    """Prepares the parts of a model, and lets them act after an iteration.

    Called are ``prepare(dataset)`` before a checkpoint is loaded, with the
    training set, and ``after_iteration()``, of every module that has them,
    such as :class:`geokr_mm.PatchCorrection`.
    """

    # Above CheckpointHook (VERY_LOW), so that a checkpoint holds the parts
    # that belong to the network beside them.
    priority = 'NORMAL'

    def before_run(self, runner: Runner) -> None:
        """Prepare the parts."""
        if not trains(runner):
            return
        for module in unwrapped(runner).modules():
            if hasattr(module, 'prepare'):
                with slow_step(f'preparing {type(module).__name__}'):
                    module.prepare(training_set(runner))

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Let the parts act."""
        if left_out(runner):
            return
        for module in unwrapped(runner).modules():
            if hasattr(module, 'after_iteration'):
                module.after_iteration()
