"""Crosswalks: fractions of one legend in the classes of another.

Two maps of one place seldom have the same classes. A crosswalk lists what a
class of the one is made of in classes of the other, so that their fractions
can be compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..core.yaml_file import read_yaml

SHIPPED = resources.files('geokr_mm.geo') / 'crosswalks'


@dataclass(frozen=True)
class Crosswalk:
    """What each of K classes is made of in L classes of another legend.

    ``shares`` has the shape (K, L), and rows that sum to 1.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    shares: NDArray[np.float64]

    def __call__(self, fractions: NDArray[Any]) -> NDArray[np.float64]:
        """Fractions (N, K) as those of the other legend, (N, L)."""
        return np.asarray(fractions, np.float64) @ self.shares


def load_crosswalk(
    name: str, source: Sequence[str], target: Sequence[str]
) -> Crosswalk:
    """Read a crosswalk for the classes of two legends.

    Args:
        name (str): A shipped one, such as ``'nlcd_to_chesapeake_lc'``, or
            the path of a YAML file written like it.

    Raises:
        InputError: No such crosswalk, classes that the legends do not have
            or that are missing, or shares that do not sum to 1.
    """
    shares = np.zeros((len(source), len(target)))
    made_of = _read(name)
    targets = {c for parts in made_of.values() for c in parts}
    for known, given, legend in (
        (source, made_of, 'of the first'),
        (target, targets, 'of the other'),
    ):
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise InputError(
                f'{name}: no class {", ".join(unknown)} {legend} legend; it '
                f'has {", ".join(known)}'
            )
    for row, class_name in enumerate(source):
        if class_name not in made_of:
            raise InputError(f'{name}: lacks what {class_name} is made of')
        parts = made_of[class_name]
        good = all(0 <= share <= 1 for share in parts.values())
        if not good or abs(sum(parts.values()) - 1) > 1e-6:
            raise InputError(
                f'{name}: shares of {class_name} must be 0 to 1 and sum to '
                f'1, got {parts}'
            )
        for part, share in parts.items():
            shares[row, target.index(part)] = share
    return Crosswalk(tuple(source), tuple(target), shares)


def _read(name: str) -> dict[str, dict[str, float]]:
    """Classes of a crosswalk's file, and what they are made of."""
    own = name.endswith(('.yaml', '.yml'))
    path: Any = Path(name) if own else SHIPPED / f'{name}.yaml'
    if not path.is_file():
        known = sorted(Path(p.name).stem for p in SHIPPED.iterdir())
        raise InputError(
            f'{name}: no such crosswalk; choose one of {", ".join(known)}, '
            'or give the path of your own .yaml file'
        )
    data = read_yaml(path, name)
    try:
        return {
            str(name): {str(k): float(v) for k, v in parts.items()}
            for name, parts in data['classes'].items()
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InputError(
            f'{name}: not a crosswalk: it needs `classes`, each with the '
            'classes that it is made of and their shares'
        ) from None
