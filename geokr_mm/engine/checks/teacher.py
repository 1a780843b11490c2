"""Whether something moves the teacher that a model keeps."""

from typing import Any

from mmengine.runner import Runner

from geokr_mm.errors import InputError


def check_teacher(runner: Runner, model: Any) -> None:
    """Refuse a run whose teacher would stay as it begins.

    A hook moves the teacher if it has a method ``first_move(runner)``: the
    iteration of its first move, from 1.

    Args:
        runner (Runner): With its hooks.
        model (nn.Module): Without the wrapper of distributed training.

    Raises:
        InputError: If no hook moves the teacher, or two do, or none within
            the run.
    """
    if not hasattr(getattr(model, 'teacher', None), 'follow'):
        return
    movers = [hook for hook in runner.hooks if hasattr(hook, 'first_move')]
    if not movers:
        raise InputError(
            'the model has a teacher and no hook moves it, so that it would '
            'stay as it begins; add '
            "dict(type='geokr_mm.EMATeacherHook', momentum=0.99) to "
            'custom_hooks'
        )
    if len(movers) > 1:
        raise InputError(
            f'{len(movers)} hooks move the teacher; leave the one of '
            'custom_hooks out and write its settings as '
            'default_hooks=dict(ema_teacher=dict(...))'
        )
    first = movers[0].first_move(runner)
    if first > runner.max_iters:
        raise InputError(
            f'the teacher moves after {first} iterations for the first '
            f'time and the run has {runner.max_iters}; give EMATeacherHook a '
            'smaller interval or train longer'
        )
