"""Losses in the log are those of all processes."""

from typing import Any

from mmengine.dist import all_reduce_dict
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

from geokr_mm.registry import HOOKS


@HOOKS.register_module()
class ProcessMeanHook(Hook):
    """Averages what a step reports over the processes of a run.

    mmengine logs the losses that the first process has for its own patches;
    the gradient is that of their mean over all.
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
