"""Land-cover products and legends, read from one data file each.

A *product* is a published map (its codes, names, nodata, tile naming); a
*legend* is the ordered class list that fractions are given in: the product's
own (``'native'``) or the ten classes that all products map to (``'common'``).
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from ..errors import InputError

FOLDER = resources.files(__package__) / 'products'
LEGENDS = ('common', 'native')
# libyaml's safe loader is some ten times faster, where PyYAML has it.
LOADER = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)


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

    def to_dict(self) -> dict[str, Any]:
        """Plain types, for the index's metadata."""
        return {
            'name': self.name,
            'product': self.product,
            'classes': [
                {'code': c.code, 'name': c.name, 'color': list(c.color)}
                for c in self.classes
            ],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> 'Legend':
        """The inverse of :meth:`to_dict`."""
        return cls(
            data['name'],
            data['product'],
            tuple(_land_class(c) for c in data['classes']),
        )


@dataclass(frozen=True)
class SeaRule:
    """Sea told from inland water where a product has one code for both.

    Attributes:
        code (int): The product's water code.
        larger_than_km2 (float): A connected body of that code with more
            area than this is sea.
    """

    code: int
    larger_than_km2: float


@dataclass(frozen=True)
class Product:
    """A land-cover product as its data file describes it.

    Attributes:
        name (str): Short name, also the data file's name.
        codes (dict): Each raster code to its class number; several codes
            may share a class, their areas add.
        common (tuple[str, ...]): Common class of each class.
        nodata (frozenset[int]): Codes that mean "not mapped".
        sea (frozenset[int]): Codes that mean open sea.
        about (dict): Everything else in the file (title, years, licence...).
    """

    name: str
    classes: tuple[LandClass, ...]
    codes: dict[int, int]
    common: tuple[str, ...]
    nodata: frozenset[int]
    sea: frozenset[int]
    sea_rule: SeaRule | None
    about: dict[str, Any]

    def legend(self, name: str = 'common') -> Legend:
        """The product's own legend or the common one.

        Args:
            name (str): ``'common'`` or ``'native'``.

        Raises:
            InputError: For any other name.
        """
        if name == 'common':
            return common_legend()
        if name == 'native':
            return Legend('native', self.name, self.classes)
        raise InputError(
            f'unknown legend {name!r}: choose one of {", ".join(LEGENDS)}'
        )

    def columns(self, legend: Legend) -> dict[int, int]:
        """Raster code to column of ``legend``."""
        if legend.name == 'native':
            return dict(self.codes)
        order = {name: i for i, name in enumerate(legend.names)}
        return {
            code: order[self.common[number]]
            for code, number in self.codes.items()
        }


def _land_class(entry: dict[str, Any]) -> LandClass:
    red, green, blue = entry['color']
    return LandClass(
        int(entry['code']), str(entry['name']), (red, green, blue)
    )


def _read(text: str, where: str) -> dict[str, Any]:
    try:
        data = yaml.load(text, Loader=LOADER)
    except yaml.YAMLError as error:
        line = ' '.join(str(error).split())
        raise InputError(f'{where}: not valid YAML ({line})') from None
    if not isinstance(data, dict) or 'classes' not in data:
        raise InputError(
            f'{where}: not a product file: it needs at least `name` and '
            '`classes` (see docs/products.md)'
        )
    return data


@lru_cache(maxsize=1)
def common_legend() -> Legend:
    """The ten classes that every product is mapped to."""
    data = _read((FOLDER / 'common.yaml').read_text(), 'common.yaml')
    classes = tuple(_land_class(c) for c in data['classes'])
    return Legend('common', 'common', classes)


def list_products() -> list[str]:
    """Names of the products that ship with the package."""
    names = [
        Path(item.name).stem
        for item in FOLDER.iterdir()
        if item.name.endswith('.yaml')
    ]
    return sorted(name for name in names if name != 'common')


def load_product(name: str) -> Product:
    """Read a product by its name, or from a user's own file.

    Args:
        name (str): One of :func:`list_products`, or the path of a YAML file
            written like those in ``geokr_mm/geo/products``.

    Raises:
        InputError: Unknown name, unreadable file, or a file with missing or
            contradictory entries.
    """
    if name.endswith(('.yaml', '.yml')):
        path = Path(name)
        if not path.is_file():
            raise InputError(f'{name}: no such product file')
        return _product(_read(path.read_text(), name), name)
    if name not in list_products():
        raise InputError(
            f'unknown product {name!r}: choose one of '
            f'{", ".join(list_products())}, or give the path of your own '
            '.yaml file'
        )
    where = f'{name}.yaml'
    return _product(_read((FOLDER / where).read_text(), where), where)


def _product(data: dict[str, Any], where: str) -> Product:
    known = set(common_legend().names)
    codes: dict[int, int] = {}
    classes, common = [], []
    nodata = frozenset(int(c) for c in data.get('nodata', []))
    sea = frozenset(int(c) for c in data.get('sea', []))
    for number, entry in enumerate(data['classes']):
        try:
            classes.append(_land_class(entry))
            target = str(entry['common'])
        except (KeyError, TypeError, ValueError):
            raise InputError(
                f'{where}: class {entry!r} needs code, name, '
                'color: [r, g, b] and common'
            ) from None
        if target not in known:
            raise InputError(
                f'{where}: class {entry["name"]!r} maps to {target!r}; the '
                f'common classes are {", ".join(sorted(known))}'
            )
        common.append(target)
        for code in entry.get('codes', [entry['code']]):
            if code in codes or code in nodata or code in sea:
                raise InputError(f'{where}: code {code} is given twice')
            codes[int(code)] = number
    rule = data.get('sea_from')
    return Product(
        name=str(data.get('name', Path(where).stem)),
        classes=tuple(classes),
        codes=codes,
        common=tuple(common),
        nodata=nodata,
        sea=sea,
        sea_rule=None
        if rule is None
        else SeaRule(int(rule['code']), float(rule['larger_than_km2'])),
        about={k: v for k, v in data.items() if k != 'classes'},
    )
