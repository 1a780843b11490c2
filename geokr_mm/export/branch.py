"""One part of one branch of a pre-training model, under bare keys."""

from collections.abc import Mapping
from pathlib import Path

import torch

from ..errors import InputError

# Where the branches of a pre-training checkpoint keep their parts.
PREFIXES = dict(teacher='teacher.{part}.', student='{part}.')


def select_branch(
    state_dict: Mapping[str, torch.Tensor],
    branch: str | None = None,
    source: str | Path = 'checkpoint',
    part: str = 'backbone',
) -> tuple[str, dict[str, torch.Tensor]]:
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
