"""Whether something moves the teacher that a model keeps."""

from typing import Any

from mmengine.runner import Runner

from geokr_mm.errors import InputError


def check_teacher(runner: Runner, model: Any) -> None:
    """Refuse a run whose teacher would stay as it begins.

    A hook moves the teacher if it has a method ``first_move(runner)``, which
    gives the iteration of its first move, from 1.

    Args:
        runner (Runner): With its hooks.
        model (nn.Module): Without the wrapper of distributed training.

    Raises:
        InputError: If no hook moves the teacher, or not within the run.
    """
    if getattr(model, 'teacher', None) is None or not hasattr(
        model, 'move_teacher'
    ):
        return
    moves = [
        hook.first_move(runner)
        for hook in runner.hooks
        if hasattr(hook, 'first_move')
    ]
    if not moves:
        raise InputError(
            'the model has a teacher and no hook moves it, so that it would '
            'stay as it begins; add '
            "dict(type='geokr_mm.EMATeacherHook', momentum=0.99) to "
            'custom_hooks (a list in a config replaces the one of its base)'
        )
    if min(moves) > runner.max_iters:
        raise InputError(
            f'the teacher moves after {min(moves)} iterations for the first '
            f'time and the run has {runner.max_iters}; give EMATeacherHook a '
            'smaller interval or train longer'
        )
