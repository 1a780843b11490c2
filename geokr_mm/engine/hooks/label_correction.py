"""Moves a table of label corrections after the optimiser step."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from geokr_mm.engine.model import training_set, unwrapped
from geokr_mm.registry import HOOKS


@HOOKS.register_module()
class LabelCorrectionHook(Hook):
    """Sizes and moves the table of :class:`geokr_mm.PatchCorrection`.

    The table gets a row for each patch of the training set before a
    checkpoint is loaded, so that a resumed run goes on with it.
    """

    # Above CheckpointHook (VERY_LOW), so that a checkpoint holds the table
    # that belongs to the network beside it.
    priority = 'NORMAL'

    def before_run(self, runner: Runner) -> None:
        """Give the table its rows."""
        correction = getattr(unwrapped(runner), 'label_correction', None)
        if correction is None or not hasattr(correction, 'resize'):
            return
        dataset = training_set(runner)
        correction.resize(dataset.num_rows)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Move the rows that the step touched."""
        correction = getattr(unwrapped(runner), 'label_correction', None)
        if correction is None or not hasattr(correction, 'update'):
            return
        scaler = getattr(runner.optim_wrapper, 'loss_scaler', None)
        correction.update(1.0 if scaler is None else scaler.get_scale())
