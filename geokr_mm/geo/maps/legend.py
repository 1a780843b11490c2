"""Legends: the ordered class lists that fractions are given in.

A legend is a product's own (``'native'``) or the ten classes that all
products map to (``'common'``).
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.yaml_file import read_yaml

FOLDER = resources.files('geokr_mm.geo') / 'products'
LEGENDS = ('common', 'native')


@dataclass(frozen=True)
class LandClass:
    """One class of a legend: code, name and display colour (RGB, 0-255)."""

    code: int
    name: str
    color: tuple[int, int, int]


@dataclass(frozen=True)
class Legend:
    """An ordered class list; class k is column k of all fractions."""

    name: str
    product: str
    classes: tuple[LandClass, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Class names in order."""
        return tuple(c.name for c in self.classes)

    @property
    def palette(self) -> NDArray[np.uint8]:
        """Colours, array (K, 3)."""
        return np.array([c.color for c in self.classes], np.uint8)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> 'Legend':
        """A legend as an index's metadata have it."""
        return cls(
            data['name'],
            data['product'],
            tuple(land_class(c) for c in data['classes']),
        )


def land_class(entry: dict[str, Any]) -> LandClass:
    """A class from its entry in a data file."""
    red, green, blue = entry['color']
    return LandClass(
        int(entry['code']), str(entry['name']), (red, green, blue)
    )


@lru_cache(maxsize=1)
def common_legend() -> Legend:
    """The ten classes that every product is mapped to."""
    data = read_yaml(FOLDER / 'common.yaml', 'common.yaml')
    classes = tuple(land_class(c) for c in data['classes'])
    return Legend('common', 'common', classes)
