"""Names and shapes of a file's weights against those of a module."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

# How many names an error message lists.
SHOWN = 3
# Batch counters of batch norm: old files lack them, and nothing is lost.
COUNTER = 'num_batches_tracked'
# The text of torch.
RESHAPED = re.compile(
    r'size mismatch for (\S+): copying a param with shape '
    r'torch\.Size\(\[([\d, ]*)\]\) from checkpoint, the shape in current '
    r'model is torch\.Size\(\[([\d, ]*)\]\)'
)


@dataclass(frozen=True)
class Comparison:
    """What a file lacks for a module, and what it has too much.

    Attributes:
        total (int): Tensors of the module, counters apart.
        missing (list[str]): Names that the module has and the file lacks.
        unexpected (list[str]): Names that the file has and the module lacks.
        reshaped (dict[str, tuple]): Shapes in the file and in
            the module, of names in both with shapes that differ.
    """

    total: int
    missing: list[str]
    unexpected: list[str]
    reshaped: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]

    @property
    def fits(self) -> bool:
        """Whether the file has all that the module takes, and no more."""
        return not (self.missing or self.unexpected or self.reshaped)

    @property
    def absent(self) -> list[str]:
        """Names that cannot be loaded."""
        return [*self.missing, *self.reshaped]

    def without(
        self, missing: Collection[str], unexpected: Collection[str]
    ) -> 'Comparison':
        """The comparison less what is allowed to differ.

        Args:
            missing (Collection[str]): Starts of names that may be missing
                or of another shape.
            unexpected (Collection[str]): Starts of names that a file may
                have besides.
        """
        fresh, extra = tuple(missing), tuple(unexpected)
        return Comparison(
            self.total,
            [k for k in self.missing if not k.startswith(fresh)],
            [k for k in self.unexpected if not k.startswith(extra)],
            {
                k: v
                for k, v in self.reshaped.items()
                if not k.startswith(fresh)
            },
        )

    def text(self) -> str:
        """What differs, in a part of a sentence."""
        parts = []
        if self.missing:
            parts.append(
                f'{len(self.missing)} of {self.total} tensors are missing: '
                f'{some(self.missing)}'
            )
        if self.reshaped:
            name, (have, want) = next(iter(self.reshaped.items()))
            parts.append(
                f'{len(self.reshaped)} of {self.total} have another shape: '
                f'{name} is {have} in the file and {want} in '
                'the model'
            )
        if self.unexpected:
            parts.append(
                f'{len(self.unexpected)} are unexpected: '
                f'{some(self.unexpected)}'
            )
        return ' and '.join(parts)


def compare(module: nn.Module, state: Mapping[str, Tensor]) -> Comparison:
    """Load what fits into a module, and list what does not.

    Names and shapes are compared after the module's own rules for older
    files, such as resized position embeddings, so it takes the weights.

    Args:
        module (nn.Module): Takes what fits; give a copy to keep it as it is.
        state (Mapping): Weights by name.

    Returns:
        Comparison: Of all names.
    """
    keys: list[Any] = []
    # Called by torch before it raises about shapes.
    handle = module.register_load_state_dict_post_hook(
        lambda _, found: keys.append(found)
    )
    reshaped = {}
    try:
        module.load_state_dict(dict(state), strict=False)
    except RuntimeError as error:
        for name, have, want in RESHAPED.findall(str(error)):
            reshaped[name] = (_shape(have), _shape(want))
        if not reshaped:
            raise
    finally:
        handle.remove()
    names = module.state_dict()
    return Comparison(
        total=sum(COUNTER not in k for k in names),
        missing=[k for k in keys[-1].missing_keys if COUNTER not in k],
        unexpected=list(keys[-1].unexpected_keys),
        reshaped=reshaped,
    )


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(',') if number.strip())


def some(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    rest = len(names) - SHOWN
    shown = ', '.join(names[:SHOWN])
    return shown if rest <= 0 else f'{shown} and {rest} more'
