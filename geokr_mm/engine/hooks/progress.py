"""Tells a model how far its run is."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from geokr_mm.engine.model import unwrapped
from geokr_mm.registry import HOOKS


@HOOKS.register_module()
class ProgressHook(Hook):
    """Sets ``model.progress`` for parts with a warm-up or a ramp.

    A function of the iteration, so a resumed run has the same.
    """

    def before_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
    ) -> None:
        """Set the share of the run that is over, in [0, 1)."""
        unwrapped(runner).progress = runner.iter / max(1, runner.max_iters)
