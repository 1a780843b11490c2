"""Which start of a file's names leads to the weights of a module."""

from collections.abc import Mapping

from torch import Tensor, nn

from .comparison import COUNTER

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
