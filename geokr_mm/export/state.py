"""The weights of a checkpoint, wherever its maker keeps them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from ..errors import InputError

Tensors = dict[str, torch.Tensor]
# Where the branches of a pre-training checkpoint keep their parts.
PREFIXES = dict(teacher='teacher.{part}.', student='{part}.')


def state_of(content: Mapping[str, Any]) -> Tensors:
    """All weights of a checkpoint under one level of names.

    Some files hold them bare, mmengine's below ``state_dict``, others below
    ``model``, ``model_state_dict``, ``teacher`` and the like. What lies below
    another key than ``state_dict`` has that key at the start of its names, so
    that a prefix chooses it.

    Args:
        content (Mapping): Of :func:`.read_checkpoint`.

    Returns:
        dict[str, Tensor]: Of ``{'model': {'conv1.weight': t}}`` it is
        ``{'model.conv1.weight': t}``. Values that are no tensors are left
        out.
    """
    inner = content.get('state_dict')
    return dict(_tensors(inner if isinstance(inner, Mapping) else content))


def select_branch(
    state_dict: Mapping[str, torch.Tensor],
    branch: str | None = None,
    source: str | Path = 'checkpoint',
    part: str = 'backbone',
) -> tuple[str, Tensors]:
    """Take a part of one branch's network out of a state dict.

    Args:
        state_dict (Mapping): State dict of a pre-training model.
        branch (str, optional): ``teacher`` or ``student``. Defaults to None:
            the teacher, or the student of a model without a teacher.
        source (str | Path): Name of the file, for the error message.
        part (str): ``backbone`` or ``neck``. Defaults to 'backbone'.

    Returns:
        tuple: The branch's name and its tensors, as copies.

    Raises:
        InputError: If the state dict has no such branch or part.
    """
    candidates = [branch] if branch else list(PREFIXES)
    for name in candidates:
        prefix = PREFIXES[name].format(part=part)
        tensors = {
            key[len(prefix) :]: tensor.detach().clone().contiguous()
            for key, tensor in state_dict.items()
            if key.startswith(prefix)
        }
        if tensors:
            return name, tensors
    starts = sorted({key.split('.')[0] for key in state_dict})
    raise InputError(
        f'{source}: no {" or ".join(candidates)} {part}, keys start with '
        f'{", ".join(starts)}; give a checkpoint of a geokr_mm pre-training '
        f'run that has a {part}, or another --branch'
    )


def check_finite(
    tensors: Mapping[str, torch.Tensor], source: str | Path
) -> None:
    """Refuse weights that are no numbers.

    Args:
        tensors (Mapping): Weights by name.
        source (str | Path): File that they come from, for the message.

    Raises:
        InputError: If one holds NaN or an infinity; names the first.
    """
    wrong = [
        name
        for name, tensor in tensors.items()
        if tensor.is_floating_point() and not torch.isfinite(tensor).all()
    ]
    if wrong:
        first = tensors[wrong[0]]
        bad = int((~torch.isfinite(first)).sum())
        raise InputError(
            f'{source}: NaN or infinite in {len(wrong)} of {len(tensors)} '
            f'tensors, first {wrong[0]} ({bad} of {first.numel()} values); '
            'the run diverged: take an earlier checkpoint, or train with a '
            'lower learning rate'
        )


def _tensors(
    content: Mapping[Any, Any], start: str = ''
) -> Iterator[tuple[str, torch.Tensor]]:
    for key, value in content.items():
        if isinstance(value, torch.Tensor):
            yield f'{start}{key}', value
        elif isinstance(value, Mapping):
            yield from _tensors(value, f'{start}{key}.')
