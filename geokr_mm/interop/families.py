"""Published weights by family, and the images that they take."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path

from torch import Tensor

from ..errors import InputError
from ..geo.core.yaml_file import read_yaml

FILE = files('geokr_mm.interop') / 'families.yaml'
#: In place of a name: the file is of no family.
NONE = 'none'


@dataclass(frozen=True)
class Family:
    """Weights that are published together; see families.yaml.

    Attributes:
        name, title (str): In the table, and as papers write it.
        source (str): Address where its facts were read.
        bands (tuple[str, ...]): In the order of the weights.
        mean, std (tuple[float, ...]): Of each band.
        units (str, optional): Of both; None for bytes, 0 to 255.
        refused (str, optional): Why no backbone can hold the weights, and
            what can.
        files, tensors (tuple[str, ...]): Patterns of names.
        dims (int, optional): Dimensions of the tensors that match.
    """

    name: str
    title: str
    source: str
    bands: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    units: str | None = None
    refused: str | None = None
    files: tuple[str, ...] = ()
    tensors: tuple[str, ...] = ()
    dims: int | None = None

    def holds(self, file: str, state: Mapping[str, Tensor]) -> bool:
        """Whether a file is of this family, by its name or its tensors."""
        return any(fnmatchcase(file, part) for part in self.files) or any(
            self.dims in (None, tensor.ndim) and fnmatchcase(name, part)
            for part in self.tensors
            for name, tensor in state.items()
        )

    def takes(self, channels: int, notes: list[str]) -> bool:
        """Whether its facts are of so many bands; notes it if not."""
        if channels == len(self.bands):
            return True
        notes.append(
            f'takes {channels} bands, and {self.title} {len(self.bands)}: '
            'nothing is taken from the family'
        )
        return False

    def describe(self, units: str) -> str:
        """Its bands, mean and deviation, and where they are from.

        Args:
            units (str): Where it has none.
        """
        return (
            f'as on {self.source}: bands {",".join(self.bands)}; mean '
            f'{list(self.mean)} and std {list(self.std)}, of '
            f'{self.units or units}'
        )


@cache
def families() -> dict[str, Family]:
    """All families by name, in the order in which they are tried."""
    found = {}
    for name, facts in read_yaml(FILE, FILE.name).items():
        bands = tuple(facts.pop('bands', '').split())
        for key in {'mean', 'std'} & facts.keys():
            values = facts[key]
            every = values if isinstance(values, list) else [values]
            facts[key] = tuple(every * (len(bands) // len(every)))
        found[name] = Family(name, bands=bands, **facts)
    return found


def find_family(
    name: str | None,
    source: str,
    state: Mapping[str, Tensor],
    notes: list[str],
) -> Family | None:
    """The family of a file.

    Args:
        name (str, optional): One of :func:`families`, or :data:`NONE`.
            Defaults to None: by the file's name and tensors.
        source (str): The file.
        state (Mapping): Its weights.
        notes (list[str]): Gets what is guessed.

    Returns:
        Family, optional: None if it is of none that is known.

    Raises:
        InputError: If there is no such family, or no backbone can hold its
            weights.
    """
    known = families()
    if name == NONE:
        return None
    if name is not None and name not in known:
        raise InputError(
            f'family {name} is not known; choose from '
            f'{", ".join([*known, NONE])}'
        )
    file = Path(source).name.lower()
    found = (
        known[name]
        if name
        else next((f for f in known.values() if f.holds(file, state)), None)
    )
    if found is None:
        return None
    if found.refused:
        raise InputError(f'is {found.title}: it has {found.refused}')
    if name is None:
        notes.append(
            f'guessed from the name of the file: it is {found.title}; if '
            f'not, give --family {NONE} or another'
        )
    return found
