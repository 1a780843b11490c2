"""Runners of mmengine that check what they are given.

As light as :mod:`.running`, and for the same reason.
"""

from typing import Any


def read_only_data() -> None:
    """Let mmengine read every checkpoint as data, see :mod:`.engine.weights`.

    A file that would run code is refused, whether it comes as ``load_from``,
    to resume from, or as ``init_cfg``.
    """
    from .engine.weights import register_loaders

    register_loaders()


def build_runner(config: Any) -> Any:
    """Build the runner that a config asks for, with the hooks that check it.

    Args:
        config (mmengine.Config): Merged config.

    Returns:
        mmengine.runner.Runner: Ready to train or test. It stops before the
        first step if weights did not load completely or settings do not fit
        each other, whatever hooks the config names.
    """
    from mmengine.registry import RUNNERS
    from mmengine.runner import Runner

    from .compat import warn_untested
    from .engine.hooks import PretrainedGuardHook, SanityCheckHook
    from .engine.processes import join_processes

    read_only_data()
    join_processes(config)
    if 'runner_type' in config:
        runner = RUNNERS.build(config)
    else:
        runner = Runner.from_cfg(config)
    for kind in (PretrainedGuardHook, SanityCheckHook):
        if not any(isinstance(hook, kind) for hook in runner.hooks):
            runner.register_hook(kind())
    warn_untested()
    return runner


def train_runner(runner: Any) -> None:
    """Train, unless the training set makes no batch.

    Args:
        runner (mmengine.runner.Runner): Of :func:`build_runner`.

    Raises:
        InputError: If it makes none.
    """
    from .engine.checks import check_batches

    # Before schedules are laid over the batches, which fails where there are
    # none.
    check_batches(runner.train_dataloader)
    runner.train()


def test_runner(runner: Any) -> dict[str, float]:
    """Measure, unless the test set is empty.

    Args:
        runner (mmengine.runner.Runner): Of :func:`build_runner`.

    Returns:
        dict[str, float]: The metrics.

    Raises:
        InputError: If it is empty.
    """
    from .engine.checks import check_batches

    check_batches(runner.test_dataloader)
    return runner.test()
