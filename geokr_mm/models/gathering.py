"""Rows of a batch that is spread over the processes of a run."""

from typing import Any

import torch
from mmengine.dist import all_gather, all_reduce, get_rank, get_world_size
from torch import Tensor


def gathered(rows: Tensor) -> Tensor:
    """Rows of all processes, in the order of their ranks.

    A gradient goes back to the process that a row is of, as the sum over the
    losses of all. The mean of the processes' gradients, which distributed
    training takes, is then that of one process with all rows.

    Args:
        rows (Tensor): Of this process, (B, ...), as many as in each other.

    Returns:
        Tensor: Shape (N B, ...) in N processes.
    """
    if get_world_size() == 1:
        return rows
    found: Tensor = _Gather.apply(rows)
    return found


def own_rows(count: int) -> slice:
    """Where the ``count`` rows of this process are among those of all."""
    return slice(get_rank() * count, (get_rank() + 1) * count)


class _Gather(torch.autograd.Function):
    """Gathers with a gradient; that of mmpretrain lacks the sum."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        return torch.cat(all_gather(rows.contiguous()))

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        slope = slope.contiguous()
        all_reduce(slope, 'sum')
        return slope[own_rows(len(slope) // get_world_size())]
