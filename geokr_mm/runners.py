"""Runners of mmengine that check what they are given."""

from typing import Any


def build_runner(config: Any) -> Any:
    """Build the runner of a merged config, with the hooks that check it.

    It stops before the first step if weights did not load completely or
    settings do not fit each other, whatever hooks the config names.
    """
    from mmengine.registry import RUNNERS

    from .compat import warn_untested
    from .engine.hooks import (
        NonFiniteHook,
        PretrainedGuardHook,
        SanityCheckHook,
    )
    from .engine.processes import join_processes
    from .engine.runner import ShortLogRunner
    from .engine.settings import settle_checkpoints

    settle_checkpoints(config)
    join_processes(config)
    if config.get('runner_type'):
        runner = RUNNERS.build(config)
    else:
        runner = ShortLogRunner.from_cfg(config)
    for kind in (PretrainedGuardHook, SanityCheckHook, NonFiniteHook):
        if not any(isinstance(hook, kind) for hook in runner.hooks):
            runner.register_hook(kind())
    warn_untested()
    return runner


def train_runner(runner: Any) -> None:
    """Train.

    Raises:
        InputError: If the training set makes no batch.
    """
    from .engine.checks import check_batches

    # Before schedules are laid over the batches, which fails where there are
    # none.
    check_batches(runner.train_dataloader)
    runner.train()


def test_runner(runner: Any) -> dict[str, float]:
    """Measure and return the metrics.

    Raises:
        InputError: If the test set is empty.
    """
    from .engine.checks import check_batches

    check_batches(runner.test_dataloader)
    return runner.test()
