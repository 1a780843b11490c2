"""The pre-trained feature pyramid, which goes downstream as a neck."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from ..errors import InputError
from .branch import select_branch
from .card import describe
from .state import check_finite

# Starts of the names that FPNs of mmseg and mmdet have.
PYRAMID = ('lateral_convs.', 'fpn_convs.')


def take_neck(
    checkpoint: Mapping[str, Any], branch: str, source: str | Path
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Take the feature pyramid out of a training checkpoint.

    Args:
        checkpoint (Mapping): A training checkpoint.
        branch (str): ``teacher`` or ``student``.
        source (str | Path): Name of the file, for the error message.

    Returns:
        tuple: The bare state dict and the card.

    Raises:
        InputError: If that branch has no neck, it is a projector, which
            ends with pre-training, or its weights are no numbers.
    """
    _, tensors = select_branch(
        checkpoint['state_dict'], branch, source, 'neck'
    )
    if not all(key.startswith(PYRAMID) for key in tensors):
        raise InputError(
            f'{source}: its neck is a projector, which ends with '
            'pre-training; export without a neck, or train with a feature '
            'pyramid (configs/gridded/gridded-fpn_*)'
        )
    check_finite(tensors, source)
    return tensors, describe(checkpoint, branch, tensors, 'neck')
