"""Checkpoints of a whole model: ``load_from``, resuming and testing."""

import logging
from collections.abc import Collection, Mapping
from typing import Any

from mmengine.logging import print_log
from torch import nn

from geokr_mm.errors import InputError
from geokr_mm.export.state import check_finite, state_of

from .advice import advise_checkpoint
from .comparison import Comparison, compare


def check_whole(
    model: nn.Module,
    checkpoint: dict[str, Any],
    path: str,
    testing: bool,
    fresh: Collection[str],
    extra: Collection[str],
) -> Comparison:
    """Compare a checkpoint with a model, before mmengine loads it.

    Args:
        model (nn.Module): Without the wrapper of distributed training.
        checkpoint (dict): Loses tensors that may differ in shape and do.
        path (str): Its file.
        testing (bool): Whether the model is only measured: then nothing may
            be missing.
        fresh (Collection[str]): Starts of names that the file may lack.
        extra (Collection[str]): Starts of names that it may have besides.

    Returns:
        Comparison: How the two differ.

    Raises:
        InputError: If they differ in more than is allowed, or weights are no
            numbers.
    """
    raw = state_of(checkpoint)
    # As mmengine reads it.
    state = {k.removeprefix('module.'): v for k, v in raw.items()}
    found = compare(model, state)
    left = found.without(() if testing else fresh, extra)
    if not left.fits:
        raise InputError(
            f'{path}: does not fit the model, {left.text()}; '
            f'{advise_checkpoint(model, path, raw, left, testing)}'
        )
    check_finite(state, path)
    weights = checkpoint.get('state_dict', checkpoint)
    for name in found.reshaped:
        # mmengine would warn that it cannot load them.
        weights.pop(name, None)
        weights.pop(f'module.{name}', None)
    return found


def check_resumable(
    checkpoint: Mapping[str, Any], path: str, sharded: bool = False
) -> None:
    """Check that a run can go on from a checkpoint.

    Args:
        checkpoint (Mapping): What the file holds.
        path (str): The file.
        sharded (bool): Whether a :class:`.ShardedRunner` goes on.

    Raises:
        InputError: If it holds weights only, or was written by the other
            kind of runner. Without the state of the optimiser alone there
            is a warning.
    """
    meta = checkpoint.get('meta')
    known = meta.keys() if isinstance(meta, dict) else set()
    if not {'epoch', 'iter'} <= known or 'message_hub' not in checkpoint:
        raise InputError(
            f'{path}: holds weights but no state of a run, so none can go on '
            'from it; start a new run from it with load_from or init_cfg'
        )
    if 'optimizer' not in checkpoint:
        print_log(
            f'{path}: holds no state of the optimiser, which starts anew',
            'current',
            logging.WARNING,
        )
        return
    optimizer = checkpoint['optimizer']
    state = optimizer.get('state') if isinstance(optimizer, dict) else None
    # That of a ShardedRunner is by names, others by numbers.
    if state and isinstance(next(iter(state)), str) != sharded:
        raise InputError(
            f'{path}: was written {"without" if sharded else "with"} '
            "runner_type='geokr_mm.ShardedRunner' and its optimiser goes on "
            'only so; or start a new run from its weights with load_from'
        )
