"""How the weights of a file fit a backbone of mmpretrain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor, nn

from ..engine.weights.comparison import COUNTER, Comparison, compare
from ..errors import InputError
from .adapting import fold_scales, layer_scales, settle_sizes
from .architectures import Architecture
from .layouts import LAYOUTS, sources_of, to_mmpretrain

# Names that are looked for in the file to find a prefix.
ANCHORS = 5
# What a network follows from by itself.
DERIVED = ('relative_position_index', 'attn_mask', COUNTER)
# What stands beside a backbone and takes no part in its features.
BESIDE = (
    *('fc.', 'classifier.', 'head.', 'heads.', 'head_dist.', 'pre_logits.'),
    *('pooler.', 'decoder', 'mask_token', 'embeddings.mask_token'),
    *('predictor.', 'projector.', 'projection_head.'),
)


@dataclass
class Fit:
    """What of a file fits a backbone.

    Attributes:
        layouts (tuple[str, ...]): Whose names the file has; several where
            they are the same.
        prefix (str): Start of the names.
        others (list[str]): Prefixes below which there is as much.
        loaded (list[str]): Tensors of the backbone from the file.
        fresh (list[str]): Tensors that the file lacks or has in another
            shape.
        beside (list[str]): Tensors of the file that are no part of the
            backbone.
        surplus (list[str]): Tensors of the file that are part of its
            backbone and that this one does not have.
        outside (int): How many lie below other prefixes.
        notes (list[str]): What was changed to fit.
        tensors (dict[str, Tensor]): State dict of the backbone.
        found (Comparison): Of the file and the backbone.
    """

    layouts: tuple[str, ...]
    prefix: str
    others: list[str]
    loaded: list[str] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)
    outside: int = 0
    notes: list[str] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    found: Comparison | None = None

    @property
    def whole(self) -> bool:
        """Whether all of the backbone is from the file, and all of its."""
        return not self.fresh and not self.surplus

    def report(self) -> list[str]:
        """Lines for people: what was loaded, left out, newly made, changed."""
        below = f' below {self.prefix!r}' if self.prefix else ''
        lines = [
            f'loaded        {len(self.loaded)} tensors, named as by '
            f'{" and ".join(self.layouts)}{below}'
        ]
        if self.others:
            lines.append(f'as whole      below {", ".join(self.others)}')
        left = [*self.beside, *self.surplus]
        if left:
            lines.append(f'left out      {len(left)}: {", ".join(left)}')
        if self.outside:
            lines.append(f'left out      {self.outside} below other prefixes')
        if self.fresh:
            lines.append(
                f'newly made    {len(self.fresh)}: {", ".join(self.fresh)}'
            )
        return [*lines, *self.notes]


def fit(
    state: Mapping[str, Tensor],
    architecture: Architecture,
    module: nn.Module,
    prefix: str | None = None,
    bands: int = 0,
) -> Fit:
    """Load a file's weights into a backbone, as far as they fit.

    Args:
        state (Mapping): Weights by the file's names.
        architecture (Architecture): Of the backbone.
        module (nn.Module): The backbone, for three bands; takes what fits
            but the stem, which is in :attr:`Fit.tensors`.
        prefix (str, optional): Start of the names to take. Defaults to
            None: the one below which most lies.
        bands (int): Of several networks that fit alike, the one that takes
            so many is chosen. Defaults to 0: the teacher, or the first.

    Raises:
        InputError: If the file has nothing of the backbone.
    """
    own = module.state_dict()
    names = [name for name in own if not name.endswith(DERIVED)]
    result = _find(state, architecture, names, prefix, bands)
    layout = result.layouts[0]
    inner = {
        name.removeprefix(result.prefix): tensor
        for name, tensor in state.items()
        if name.startswith(result.prefix)
    }
    result.outside = len(state) - len(inner)
    wanted = [*names, *layer_scales(architecture, own)]
    mapped = to_mmpretrain(inner, architecture, layout, wanted)
    sources = sources_of(architecture, layout, mapped)
    used = {name for parts in sources.values() for name in parts}
    for name in inner:
        if name not in used and not name.endswith(DERIVED):
            aside = name == 'cls_token' or name.startswith(BESIDE)
            (result.beside if aside else result.surplus).append(name)
    fold_scales(mapped, own, result.notes)
    settle_sizes(mapped, own, result.notes)
    stem = f'{architecture.stem}.weight'
    taken = mapped.pop(stem, None)
    index = {k: v for k, v in own.items() if k.endswith(DERIVED[0])}
    result.found = compare(module, {**index, **mapped})
    absent = [
        name
        for name in result.found.absent
        if name != stem and not name.endswith(DERIVED)
    ]
    fits = taken is not None and (
        (len(taken), *taken.shape[2:])
        == (len(own[stem]), *own[stem].shape[2:])
    )
    result.fresh = absent if fits else [stem, *absent]
    result.loaded = [name for name in names if name not in result.fresh]
    result.tensors = {
        name: tensor.detach().clone().contiguous()
        for name, tensor in module.state_dict().items()
    }
    if taken is not None and fits:
        result.tensors[stem] = taken.to(own[stem].dtype).contiguous()
    return result


def _find(
    state: Mapping[str, Tensor],
    architecture: Architecture,
    names: Sequence[str],
    prefix: str | None,
    bands: int,
) -> Fit:
    """Layout and prefix below which most of the names lie."""
    held: dict[tuple[str, str], int] = {}
    for layout in LAYOUTS[architecture.family]:
        sources = sources_of(architecture, layout, names)
        anchors = [parts[0] for parts in sources.values()][:ANCHORS]
        starts = [
            name.removesuffix(anchor)
            for anchor in anchors
            for name in state
            if name == anchor or name.endswith(f'.{anchor}')
        ]
        for start in dict.fromkeys(starts):
            if prefix in (None, start):
                held[layout, start] = sum(
                    all(start + part in state for part in parts)
                    for parts in sources.values()
                )
    if not held:
        below = f' below {prefix!r}' if prefix else ''
        raise InputError(
            f'has nothing of {architecture.name}{below}; names start with '
            f'{", ".join(sorted({key.split(".")[0] for key in state})[:5])}'
        )

    def rank(key: tuple[str, str]) -> tuple[int, bool, bool]:
        stem = f'{architecture.stem}.weight'
        parts = sources_of(architecture, key[0], [stem])[stem]
        taken = state.get(key[1] + parts[0])
        other = taken is None or taken.ndim < 2 or taken.shape[1] != bands
        # Of a teacher and a student, the teacher; else the first in the file.
        return -held[key], other, 'teacher' not in key[1]

    order = sorted(held, key=rank)
    layout, start = order[0]
    best = [key for key in order if held[key] == held[order[0]]]
    return Fit(
        tuple(key[0] for key in best if key[1] == start),
        start,
        [key[1] for key in best if key[0] == layout and key[1] != start],
    )
