"""Weights from another library's layout to mmpretrain's, and back."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from .architectures import Architecture
from .names import COLUMNS, QKV, name_pairs

# mmpretrain's own, which needs no table.
OWN = 'mmpretrain'
LAYOUTS: Mapping[str, tuple[str, ...]] = {
    family: (*columns, OWN) for family, columns in COLUMNS.items()
}


def sources_of(
    architecture: Architecture, layout: str, names: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Where a layout has the tensors of mmpretrain.

    Args:
        architecture (Architecture): Of both.
        layout (str): One of :data:`LAYOUTS`.
        names (Iterable[str]): Tensors of a backbone of mmpretrain.

    Returns:
        dict[str, tuple[str, ...]]: By name of mmpretrain: one name, or those
        of query, key and value. Names that the layout lacks are left out.
    """
    if layout == OWN:
        return {name: (name,) for name in names}
    pairs = name_pairs(architecture.family, architecture.depths, layout)
    found = {}
    for name in names:
        other = _renamed(name, pairs)
        if other is None:
            continue
        parts = QKV if '*' in other else ('',)
        found[name] = tuple(other.replace('*', part) for part in parts)
    return found


def last_block(architecture: Architecture, layout: str) -> list[str]:
    """What a layout calls the parts of the last block of the longest stage.

    A file without them is of a smaller network.
    """
    depths = list(architecture.depths)
    depths[depths.index(max(depths))] -= 1
    column = layout if layout != OWN else COLUMNS[architecture.family][0]
    every, fewer = (
        name_pairs(architecture.family, chosen, column)
        for chosen in (architecture.depths, depths)
    )
    kept = every.keys() - fewer.keys()
    return [name if layout == OWN else every[name] for name in kept]


def _renamed(name: str, pairs: Mapping[str, str]) -> str | None:
    head, tail = name, ''
    while head:
        if head in pairs:
            return pairs[head] + tail
        head, _, part = head.rpartition('.')
        tail = f'.{part}{tail}'
    return None


def to_mmpretrain(
    state: Mapping[str, Tensor],
    architecture: Architecture,
    layout: str,
    names: Iterable[str],
) -> dict[str, Tensor]:
    """Rename and reorder weights of a layout for mmpretrain.

    Args:
        state (Mapping): Weights by the layout's names, without a prefix.
        architecture (Architecture): Of both.
        layout (str): One of :data:`LAYOUTS`.
        names (Iterable[str]): Tensors wanted, by mmpretrain's names.

    Returns:
        dict[str, Tensor]: Those that ``state`` has.
    """
    result = {}
    for name, sources in sources_of(architecture, layout, names).items():
        if all(source in state for source in sources):
            parts = [state[source] for source in sources]
            tensor = torch.cat(parts) if len(parts) > 1 else parts[0]
            result[name] = _reordered(name, tensor, architecture, layout, True)
    return result


def from_mmpretrain(
    state: Mapping[str, Tensor], architecture: Architecture, layout: str
) -> dict[str, Tensor]:
    """Rename and reorder weights of mmpretrain for a layout.

    Args:
        state (Mapping): Bare state dict of a backbone of mmpretrain.
        architecture (Architecture): Of both.
        layout (str): One of :data:`LAYOUTS`.

    Returns:
        dict[str, Tensor]: By the layout's names, without a prefix. Tensors
        that the layout does not have, such as the index of relative
        positions, are left out.
    """
    result = {}
    for name, targets in sources_of(architecture, layout, state).items():
        tensor = _reordered(name, state[name], architecture, layout, False)
        parts = tensor.chunk(len(targets)) if len(targets) > 1 else [tensor]
        for target, part in zip(targets, parts, strict=True):
            result[target] = part.contiguous()
    return result


def _reordered(
    name: str,
    tensor: Tensor,
    architecture: Architecture,
    layout: str,
    own: bool,
) -> Tensor:
    """A tensor's values in mmpretrain's order, or in the layout's."""
    if layout == OWN:
        return tensor
    if architecture.family == 'swin' and '.downsample.' in name:
        # Four neighbours times C channels. mmpretrain has the channel first,
        # then row and column; the others column, row and channel.
        *rows, size = tensor.shape
        parts = (size // 4, 2, 2) if not own else (2, 2, size // 4)
        split = tensor.reshape(-1, *parts)
        return split.permute(0, 3, 2, 1).reshape(*rows, size).contiguous()
    if layout == 'torchvision' and name.endswith('.gamma'):
        return tensor.flatten() if own else tensor[:, None, None]
    return tensor
