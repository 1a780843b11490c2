"""Checks, before the first step, of what would fail or mislead later."""

import logging
from typing import Any

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from geokr_mm.engine.checks import (
    LayerInputs,
    batch_sizes,
    check_batches,
    check_devices,
    check_knowledge,
    check_once,
    check_taught,
    check_teacher,
    compare_index,
    patches,
)
from geokr_mm.engine.model import (
    innermost,
    loaded_file,
    training_set,
    trains,
    unwrapped,
)
from geokr_mm.registry import HOOKS


@HOOKS.register_module()
class SanityCheckHook(Hook):
    """Stops a run in one line whose settings do not fit each other.

    Checked are model and index (bands, classes, normalisation, cells), the
    batches that the patches make, whether a teacher is moved, and, in the
    first forward pass, the channels of every layer and the values that batch
    norm has for each channel in the smallest batch. A test is checked for
    the classes that the checkpoint was taught. In ``default_hooks`` it stays
    where a config replaces ``custom_hooks``.
    """

    # Before hooks that use model and data.
    priority = 'HIGH'

    def __init__(self) -> None:
        self._watched: LayerInputs | None = None
        self._first = True
        self._taught: dict[str, Any] = {}

    def before_run(self, runner: Runner) -> None:
        """Check the batches, before schedules are laid over them."""
        if trains(runner):
            check_batches(runner.train_dataloader)

    def after_load_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Keep the card of the checkpoint."""
        meta = checkpoint.get('meta')
        card = meta.get('geokr') if isinstance(meta, dict) else None
        self._taught = card if isinstance(card, dict) else {}

    def before_train(self, runner: Runner) -> None:
        """Compare model, index, hooks and devices."""
        model, dataset = unwrapped(runner), training_set(runner)
        check_devices(model)
        check_knowledge(model, dataset)
        check_once(model, dataset)
        check_teacher(runner, model)
        self._compare(runner, dataset, testing=False)
        self._first = True
        if runner._val_loop is not None:
            held_out = innermost(runner.val_dataloader.dataset)
            if getattr(held_out, 'places', None) == 'val':
                runner.logger.info(
                    f'validation: {len(held_out)} patches in held-out places '
                    f'of {held_out.place_degrees:g} degrees; {len(dataset)} '
                    'to train on'
                )
        if runner.iter >= runner.max_iters:
            print_log(
                f'{loaded_file(runner)}: its run is at its end with iteration '
                f'{runner.iter} of {runner.max_iters}; nothing is trained',
                'current',
                logging.WARNING,
            )

    def before_test(self, runner: Runner) -> None:
        """Compare model, checkpoint and index."""
        dataset = innermost(runner.test_dataloader.dataset)
        check_knowledge(unwrapped(runner), dataset)
        check_once(unwrapped(runner), dataset)
        self._compare(runner, dataset, testing=True)

    def _compare(self, runner: Runner, dataset: Any, testing: bool) -> None:
        now = getattr(dataset, 'card', None)
        if self._taught and now is not None:
            path = loaded_file(runner)
            check_taught(self._taught, now, path, testing)
            if runner._resume:
                compare_index(self._taught, now, path)

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
        """Stop watching."""
        if self._watched is not None:
            self._watched.close()
            self._watched = None
