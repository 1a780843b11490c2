"""How loud the residual branches of a backbone are at the start."""

import torch
from mmpretrain.models.backbones.resnet import BasicBlock, Bottleneck
from torch import nn


def scale_branches(backbone: nn.Module, scale: float) -> int:
    """Turn the residual branches of a ResNet up or down.

    mmpretrain's ResNets begin with silent branches: the last batch norm of
    each has weights of 0, which keeps a long training with large batches
    stable (Goyal et al., "Accurate, Large Minibatch SGD", arXiv 1706.02677,
    section 5.1). Silent branches pass no gradient to their convolutions,
    and in a thousand steps AdamW takes those weights from 0 to some 0.05:
    what is learned is nearly the shortcuts alone. With weights of 1
    (``zero_init_residual=False``) the branches, random at first, are as
    loud as the shortcuts. Silent branches stay silent at any scale.

    Args:
        backbone (nn.Module): Changed in place.
        scale (float): Factor on the weights of those batch norms, 0 or
            more.

    Returns:
        int: Number of branches.

    Raises:
        ValueError: If the backbone is no ResNet of mmpretrain.
    """
    norms = [
        block.norm3 if isinstance(block, Bottleneck) else block.norm2
        for block in backbone.modules()
        if isinstance(block, BasicBlock | Bottleneck)
    ]
    if not norms:
        raise ValueError(
            f'{type(backbone).__name__} has no residual branches as those '
            'of mmpretrain.ResNet'
        )
    with torch.no_grad():
        for norm in norms:
            norm.weight.mul_(scale)
    return len(norms)
