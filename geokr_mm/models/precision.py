"""Numbers that must not be rounded by mixed precision."""

import torch
from torch import Tensor


def at_least_float32(values: Tensor) -> Tensor:
    """Raise half precision to float32; leave float32 and float64 alone.

    On a GPU, autocast does so before every softmax; on a CPU it does not.

    Args:
        values (Tensor): Floating-point numbers.
    """
    return values.to(torch.promote_types(values.dtype, torch.float32))
