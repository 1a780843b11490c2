"""Settings under which the weights of a file load completely."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from .comparison import COUNTER, Comparison

# Names of a module that are looked for in the file.
ANCHORS = 5


def fitting_prefix(
    module: nn.Module, state: Mapping[str, Tensor]
) -> tuple[str, int]:
    """The prefix under which a file has most of a module's weights.

    Of several that fit alike, the teacher of a run is taken, else the first
    in the file: ``encoder_q`` stands before ``encoder_k`` in those of MoCo.

    Args:
        module (nn.Module): With the names and shapes wanted.
        state (Mapping): Weights by name, as the file has them.

    Returns:
        tuple[str, int]: The prefix, such as ``'module.encoder_q.'`` or
        ``''``, and how many of the module's tensors lie below it.
    """
    own = {
        name: tensor.shape
        for name, tensor in module.state_dict().items()
        if COUNTER not in name
    }
    starts: dict[str, None] = {}
    for anchor in list(own)[:ANCHORS]:
        for name in state:
            if name == anchor or name.endswith(f'.{anchor}'):
                starts[name.removesuffix(anchor)] = None
    best = ('', 0)
    for start in sorted(starts, key=lambda s: 'teacher' not in s):
        held = sum(
            start + name in state and state[start + name].shape == shape
            for name, shape in own.items()
        )
        if held > best[1]:
            best = (start, held)
    return best


def fitting_part(
    model: nn.Module, state: Mapping[str, Tensor]
) -> tuple[str, str] | None:
    """The part of a model that a file has whole, with the prefix there.

    Args:
        model (nn.Module): A whole model.
        state (Mapping): Weights by name, as the file has them.

    Returns:
        tuple[str, str], optional: The part's name, such as ``backbone``, and
        the prefix. None if the file has no part whole.
    """
    found = []
    for name, part in model.named_children():
        size = sum(COUNTER not in key for key in part.state_dict())
        prefix, held = fitting_prefix(part, state)
        if size and held == size:
            found.append((size, name, prefix))
    if not found:
        return None
    _, name, prefix = max(found)
    return name, prefix


def advise_start(
    name: str,
    module: nn.Module,
    path: str,
    state: Mapping[str, Tensor],
    card: Mapping[str, Any],
) -> str:
    """Advice for a file that does not fit a module's ``init_cfg``.

    Args:
        name (str): Of the module in its model, such as ``backbone``; empty
            for the whole model.
        module (nn.Module): With the names and shapes wanted.
        path (str): The file.
        state (Mapping): Its weights by name, none left out.
        card (Mapping): Its card; may be empty.

    Returns:
        str: A part of a sentence.
    """
    size = sum(COUNTER not in key for key in module.state_dict())
    prefix, held = fitting_prefix(module, state)
    if held == size and prefix not in ('', 'module.'):
        key = f'model.{name}' if name else 'model'
        return (
            f'they lie below {prefix!r} there: write {key}.init_cfg='
            f'{init_cfg(path, prefix)}'
        )
    architecture = card.get('architecture')
    if isinstance(architecture, dict):
        return (
            f'the file is of {architecture.get("type")} with '
            f'{architecture.get("args")}; build the same'
        )
    if 2 * held < size:
        from geokr_mm.interop.starts import import_command

        command = import_command(path, state)
        if command is not None:
            return command
    elif prefix not in ('', 'module.'):
        return (
            f'with prefix={prefix!r} in init_cfg {held} of {size} tensors '
            'would fit; build the architecture that the file was trained with'
        )
    return 'build the architecture that the file was trained with'


def advise_checkpoint(
    model: nn.Module,
    path: str,
    state: Mapping[str, Tensor],
    found: Comparison,
    testing: bool,
) -> str:
    """Advice for a file that does not fit a whole model.

    Args:
        model (nn.Module): The model.
        path (str): The file.
        state (Mapping): Its weights by name, none left out.
        found (Comparison): Of model and file.
        testing (bool): Whether the model is only measured.

    Returns:
        str: A part of a sentence.
    """
    prefix, held = fitting_prefix(model, state)
    if held == found.total and prefix not in ('', 'module.'):
        known = f'they lie below {prefix!r} there'
        if testing:
            return f'{known}: write them to a file without that prefix'
        return (
            f'{known}: in place of load_from write '
            f'model.init_cfg={init_cfg(path, prefix)}'
        )
    if testing:
        return (
            'give the checkpoint of a training run with this config, for '
            'what is not loaded is random'
        )
    if found.absent and 2 * len(found.absent) < found.total:
        starts = {f'{key.rpartition(".")[0]}.': None for key in found.absent}
        return (
            'train what the file was trained with, or, to let these start '
            "fresh, add dict(type='geokr_mm.PretrainedGuardHook', "
            f'allow_missing={tuple(starts)}) to custom_hooks'
        )
    parts = {name for name, _ in model.named_children()}
    extra = {key.partition('.')[0] for key in found.unexpected}
    if not found.absent and not extra & parts:
        return (
            'build the model that the file was trained with, or, to leave '
            "these out, add dict(type='geokr_mm.PretrainedGuardHook', "
            f'allow_unexpected={tuple(f"{name}." for name in sorted(extra))}) '
            'to custom_hooks'
        )
    part = fitting_part(model, state) if found.absent else None
    if part is not None:
        return (
            f'it has the {part[0]} whole: in place of load_from write '
            f'model.{part[0]}.init_cfg={init_cfg(path, part[1])}'
        )
    return 'build the model that the file was trained with'


def init_cfg(path: str, prefix: str) -> str:
    """An ``init_cfg`` as it stands in a config."""
    # mmengine takes this start off by itself where there is no prefix.
    rest = f', prefix={prefix!r}' if prefix not in ('', 'module.') else ''
    return f"dict(type='Pretrained', checkpoint={path!r}{rest})"
