"""Bad days: steps with NaN or Inf are left out, too many stop the run."""

import json
from pathlib import Path
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapperDict
from mmengine.runner import Runner

from geokr_mm.engine.checkpoints import POINTER
from geokr_mm.engine.exact_loader import NAMES
from geokr_mm.engine.finite_steps import FiniteSteps
from geokr_mm.engine.model import accumulation, unwrapped
from geokr_mm.errors import InputError
from geokr_mm.files import written_whole
from geokr_mm.registry import HOOKS

# Key in the message hub: steps left out in the whole run.
KEY = 'left_out_steps'


@HOOKS.register_module()
class NonFiniteHook(Hook):
    """Leaves out steps whose loss or gradient is NaN or infinite.

    Weights, optimiser, teacher and buffers stay as they were; see
    :class:`.FiniteSteps`. Each is counted and logged. After ``most`` in a row
    the run stops, and the patches of their batches are in
    ``non_finite_RANK.json`` in the work folder.

    Args:
        most (int): Steps in a row. Defaults to 10.
    """

    # Before the hooks that act on the result of a step.
    priority = 'VERY_HIGH'

    def __init__(self, most: int = 10) -> None:
        if most < 1:
            raise ValueError(f'most must be 1 or more, got {most}')
        self.most = most
        self._steps: FiniteSteps | None = None
        self._row: list[dict[str, Any]] = []
        self._names: list[list[str]] = []

    def before_train(self, runner: Runner) -> None:
        """Watch the optimiser."""
        self._row, self._names = [], []
        wrapper = runner.optim_wrapper
        if not isinstance(wrapper, OptimWrapperDict):
            self._steps = FiniteSteps(unwrapped(runner), wrapper)

    def before_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
    ) -> None:
        """Keep the buffers, and the names of the patches."""
        if self._steps is None:
            return
        if runner.iter % accumulation(runner) == 0:
            self._steps.begin()
            self._names = [*self._names[-1:], []]
        if self._names:
            self._names[-1] += _names(data_batch)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Count a step that was left out."""
        done = runner.iter + 1
        if self._steps is None or done % accumulation(runner):
            return
        if not self._steps.left_out:
            self._row.clear()
            return
        lag = 0 if self._steps.waits else accumulation(runner)
        names = self._names[-1 if self._steps.waits else 0]
        self._row.append(dict(iteration=done - lag, patches=names))
        count = runner.message_hub.runtime_info.get(KEY, 0) + 1
        runner.message_hub.update_info(KEY, count)
        runner.logger.warning(
            f'iteration {done - lag}: loss or gradient is no number (NaN or '
            f'Inf); the step is left out, {count} in this run, '
            f'{len(self._row)} in a row'
        )
        if len(self._row) >= self.most:
            self._stop(runner)

    def before_state(self, runner: Runner) -> None:
        """Make the state good, before a checkpoint is made of it."""
        if self._steps is not None:
            self._steps.settle()

    def _stop(self, runner: Runner) -> None:
        """End the run.

        Raises:
            InputError: Always.
        """
        out = Path(runner.work_dir, f'non_finite_{runner.rank}.json')
        with written_whole(out) as draft:
            draft.write_text(json.dumps(self._row, indent=1) + '\n')
        pointer = Path(runner.work_dir, POINTER)
        last = pointer.read_text() if pointer.is_file() else 'none'
        spoiled = [
            name
            for name, tensor in unwrapped(runner).state_dict().items()
            if not torch.isfinite(tensor).all()
        ]
        where = f', and so is {spoiled[0]} of the model' if spoiled else ''
        raise InputError(
            f'{len(self._row)} steps in a row had a loss or gradient that is '
            f'no number (NaN or Inf){where}; their patches are in {out}, the '
            f'last good checkpoint is {last}; look at the patches, lower the '
            'learning rate or set optim_wrapper.clip_grad.max_norm'
        )


def _names(batch: dict[str, Any] | None) -> list[str]:
    """Names of the samples of a batch."""
    samples = (batch or {}).get('data_samples') or ()
    return [
        str(next((m[key] for key in NAMES if key in m), ''))
        for m in (getattr(s, 'metainfo', {}) for s in samples)
    ]
