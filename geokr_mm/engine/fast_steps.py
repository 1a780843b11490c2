"""What makes steps faster and changes no more than the last digits."""

from typing import Any

import torch
from mmengine.utils import digit_version
from torch import nn
from torch.optim import Optimizer

FUSED = ('Adam', 'AdamW', 'SGD')


def lay_out(model: nn.Module, channels_last: bool) -> None:
    """Store weights of convolutions with channels first or last.

    Maps follow the weights. Last is faster, most of all in half precision.
    """
    layout = torch.channels_last if channels_last else torch.contiguous_format
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.dim() == 4:
            tensor.data = tensor.data.contiguous(memory_format=layout)


def fuse(optimizer: Any) -> None:
    """Take one kernel for a whole step of an optimiser, where torch has it.

    Args:
        optimizer (dict): Its settings, changed in place unless they choose
            ``fused`` or ``foreach`` themselves. Anything else is left alone.
    """
    if not isinstance(optimizer, dict):
        return
    has = torch.cuda.is_available() or (
        digit_version(torch.__version__) >= digit_version('2.4')
    )
    if has and optimizer.get('type') in FUSED and 'foreach' not in optimizer:
        optimizer.setdefault('fused', True)


def keep_layout(optimizer: Optimizer) -> None:
    """Lay out the state of every checkpoint that is loaded as the weights.

    The fused kernels of CPUs go through the memory and take the values of
    another layout for those of other weights, without an error.
    """
    optimizer.register_load_state_dict_post_hook(_lay_out_state)


def _lay_out_state(optimizer: Optimizer) -> None:
    for weight, state in optimizer.state.items():
        for name, value in state.items():
            if (
                isinstance(value, torch.Tensor)
                and value.shape == weight.shape
                and value.stride() != weight.stride()
            ):
                like = torch.empty_like(weight, dtype=value.dtype)
                state[name] = like.copy_(value)


def compile_backbones(model: nn.Module, options: dict[str, Any]) -> bool:
    """Compile the backbones of student and teacher, by ``torch.compile``.

    What surrounds them differs from step to step. Names of weights stay.

    Returns:
        bool: False where the model has none.
    """
    networks = (model, getattr(model, 'teacher', None))
    found = [getattr(each, 'backbone', None) for each in networks]
    backbones = [each for each in found if isinstance(each, nn.Module)]
    for backbone in backbones:
        backbone.compile(**options)
    return bool(backbones)
