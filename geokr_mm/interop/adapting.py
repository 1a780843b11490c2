"""Weights of a backbone for other sizes of patches, images and windows."""

import math
import re
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from .architectures import Architecture

# Layer scales, and the layers before them.
SCALES = {'attn.gamma1': 'attn.proj', 'ffn.gamma2': 'ffn.layers.1'}


def layer_scales(
    architecture: Architecture, own: Mapping[str, Tensor]
) -> list[str]:
    """Layer scales that a ViT may have and the backbone has not."""
    if architecture.family != 'vit':
        return []
    names = [
        f'layers.{block}.{part}.weight'
        for block in range(sum(architecture.depths))
        for part in SCALES
    ]
    return [name for name in names if name not in own]


def fold_scales(
    mapped: dict[str, Tensor], own: Mapping[str, Tensor], notes: list[str]
) -> None:
    """Multiply layer scales, as DINOv2 has, into the layer before."""
    folded = 0
    for name in list(mapped):
        match = re.fullmatch(r'(layers\.\d+)\.(\w+\.gamma\d)\.weight', name)
        if match is None or name in own:
            continue
        scale = mapped.pop(name)
        layer = f'{match[1]}.{SCALES[match[2]]}'
        if f'{layer}.weight' not in mapped:
            continue
        mapped[f'{layer}.weight'] = mapped[f'{layer}.weight'] * scale[:, None]
        mapped[f'{layer}.bias'] = mapped[f'{layer}.bias'] * scale
        folded += 1
    if folded:
        notes.append(
            f'{folded} layer scales multiplied into the layers before them: '
            'the same function'
        )


def settle_sizes(
    mapped: dict[str, Tensor], own: Mapping[str, Tensor], notes: list[str]
) -> None:
    """Fit patches, positions and windows to the backbone's sizes.

    mmpretrain itself resizes position embeddings when they are loaded.
    """
    name = 'patch_embed.projection.weight'
    if 'pos_embed' in own and name in mapped:
        have, want = mapped[name].shape[-1], own[name].shape[-1]
        if have != want:
            mapped[name] = resize_kernel(mapped[name], want)
            notes.append(f'patches resized from {have} to {want} pixels')
    if 'pos_embed' in own and 'pos_embed' in mapped:
        _settle_positions(mapped, 'cls_token' in own, notes)
    for name, tensor in mapped.items():
        if not name.endswith(('pos_embed', 'bias_table')):
            continue
        have, want = tensor.shape[-2], own[name].shape[-2]
        if have != want:
            notes.append(f'{name} resized from {have} to {want} positions')
            if name.endswith('bias_table'):
                mapped[name] = _resize_table(tensor, want)


def _settle_positions(
    mapped: dict[str, Tensor], with_class: bool, notes: list[str]
) -> None:
    """Give the class token a position if it takes one, and else none."""
    embed = mapped.pop('pos_embed')
    if math.isqrt(embed.shape[1]) ** 2 == embed.shape[1]:
        # Some models give the class token no position.
        embed = torch.cat([torch.zeros_like(embed[:, :1]), embed], 1)
    if math.isqrt(embed.shape[1] - 1) ** 2 != embed.shape[1] - 1:
        # Of more tokens than the class: none of ours.
        return
    if not with_class:
        embed = embed[:, 1:]
        notes.append('position of the class token left out')
    mapped['pos_embed'] = embed


def _resize_table(table: Tensor, rows: int) -> Tensor:
    """Resize a table of relative positions, (rows, heads), bicubic.

    mmpretrain's own resizing needs a SciPy before 1.14.
    """
    old, new = math.isqrt(len(table)), math.isqrt(rows)
    grid = table.T.reshape(1, -1, old, old)
    made = F.interpolate(
        grid, size=(new, new), mode='bicubic', align_corners=True
    )
    return made.flatten(2)[0].T.contiguous()


def resize_kernel(kernel: Tensor, size: int) -> Tensor:
    """Resize the kernel of a patch embedding.

    The new kernel gives for a resized patch what the old one gives for the
    patch, or where that is impossible the nearest to it (FlexiViT, Beyer et
    al., 2023, section 3.4).

    Args:
        kernel (Tensor): Shape (D, C, P, P).
        size (int): New P.

    Returns:
        Tensor: Shape (D, C, size, size).
    """
    old = kernel.shape[-1]
    units = torch.eye(old * old).view(-1, 1, old, old)
    resized = F.interpolate(
        units, size=(size, size), mode='bicubic', antialias=True
    )
    # Rows are old pixels, columns new ones.
    matrix = resized.flatten(1).double()
    flat = kernel.double().flatten(2)
    made = flat @ torch.linalg.pinv(matrix).T
    return made.view(*kernel.shape[:2], size, size).to(kernel.dtype)
