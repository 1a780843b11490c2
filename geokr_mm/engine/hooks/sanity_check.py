"""Looks, before the first step, for what would fail or mislead later."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from geokr_mm.engine.checks import (
    LayerInputs,
    batch_sizes,
    check_batches,
    check_knowledge,
    check_teacher,
    patches,
)
from geokr_mm.engine.model import training_set, trains, unwrapped
from geokr_mm.registry import HOOKS


@HOOKS.register_module()
class SanityCheckHook(Hook):
    """Stops a run in one line whose settings do not fit each other.

    Checked are model and index (bands, classes, normalisation, cells), the
    batches that the patches make, whether a teacher is moved, and, in the
    first forward pass, the channels of every layer and the values that batch
    norm has for each channel in the smallest batch. In ``default_hooks`` it
    stays where a config replaces ``custom_hooks``.
    """

    # Before hooks that use model and data.
    priority = 'HIGH'

    def __init__(self) -> None:
        self._watched: LayerInputs | None = None
        self._first = True

    def before_run(self, runner: Runner) -> None:
        """Check the batches, before schedules are laid over them."""
        if trains(runner):
            check_batches(runner.train_dataloader)

    def before_train(self, runner: Runner) -> None:
        """Compare model, index and hooks."""
        model = unwrapped(runner)
        check_knowledge(model, training_set(runner))
        check_teacher(runner, model)
        self._first = True

    def before_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
    ) -> None:
        """Watch the first forward pass."""
        if not self._first:
            return
        self._first = False
        loader = runner.train_dataloader
        sizes = batch_sizes(loader, runner.max_iters)
        if sizes is not None:
            self._watched = LayerInputs(
                unwrapped(runner), *sizes, patches(loader)
            )

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Let the layers be."""
        if self._watched is not None:
            self._watched.close()
            self._watched = None
