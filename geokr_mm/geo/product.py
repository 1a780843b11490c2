"""Land-cover products, read from one data file each.

A *product* is a published map: its codes, names, nodata, tile naming and how
its classes map to the common legend.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from .legend import (
    FOLDER,
    LEGENDS,
    LandClass,
    Legend,
    common_legend,
    land_class,
    read_entries,
)

#: Overall accuracy of a product whose file states none: a little below what
#: producers of global maps state (0.72 to 0.86).
USUAL_ACCURACY = 0.7


@dataclass(frozen=True)
class SeaRule:
    """Sea told from inland water where a product has one code for both.

    Attributes:
        code (int): The product's water code.
        larger_than_km2 (float): A connected body of that code with more
            area than this is sea.
        beside_nodata_km2 (float | None): Where the producer leaves the open
            sea blank: a body beside a blank with more area than this is sea.
    """

    code: int
    larger_than_km2: float
    beside_nodata_km2: float | None = None


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
        sea_rule (SeaRule | None): Sea told from inland water by its extent.
        layers (tuple[str, ...]): Where files hold the share of one class in
            percent instead of codes: the layer name of each class, as the
            group ``layer`` of ``tiles`` finds it in file names.
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
    layers: tuple[str, ...] = ()

    def accuracy(self, year: int) -> float:
        """Published overall accuracy of the map of a year, 0 to 1.

        Args:
            year (int): Year of the map; where accuracies are published for
                some years only, that of the nearest one.

        Returns:
            float: :data:`USUAL_ACCURACY` where none is known.
        """
        given = self.about.get('overall_accuracy', USUAL_ACCURACY)
        if not isinstance(given, dict):
            return float(given)
        return float(given[min(given, key=lambda y: (abs(y - year), y))])

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
        return _product(read_entries(path.read_text(), name), name)
    if name not in list_products():
        raise InputError(
            f'unknown product {name!r}: choose one of '
            f'{", ".join(list_products())}, or give the path of your own '
            '.yaml file'
        )
    where = f'{name}.yaml'
    return _product(read_entries((FOLDER / where).read_text(), where), where)


def _product(data: dict[str, Any], where: str) -> Product:
    known = set(common_legend().names)
    codes: dict[int, int] = {}
    classes, common = [], []
    nodata = frozenset(int(c) for c in data.get('nodata', []))
    sea = frozenset(int(c) for c in data.get('sea', []))
    for number, entry in enumerate(data['classes']):
        try:
            classes.append(land_class(entry))
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
    layers = tuple(str(c['layer']) for c in data['classes'] if 'layer' in c)
    if layers:
        _check_layers(data, layers, where)
    return Product(
        name=str(data.get('name', Path(where).stem)),
        classes=tuple(classes),
        codes=codes,
        common=tuple(common),
        nodata=nodata,
        sea=sea,
        sea_rule=_sea_rule(data.get('sea_from')),
        about={k: v for k, v in data.items() if k != 'classes'},
        layers=layers,
    )


def _sea_rule(given: dict[str, Any] | None) -> SeaRule | None:
    if given is None:
        return None
    blank = given.get('beside_nodata_km2')
    return SeaRule(
        int(given['code']),
        float(given['larger_than_km2']),
        None if blank is None else float(blank),
    )


def _check_layers(
    data: dict[str, Any], layers: tuple[str, ...], where: str
) -> None:
    """InputError where layers and file names cannot be matched."""
    if len(layers) < len(data['classes']) or len(set(layers)) < len(layers):
        raise InputError(
            f'{where}: classes with `layer` hold percentages in one file '
            'each; give every class a layer of its own'
        )
    if '(?P<layer>' not in data.get('tiles', ''):
        raise InputError(
            f'{where}: `tiles` needs the group (?P<layer>...) that finds the '
            'layer in file names'
        )
