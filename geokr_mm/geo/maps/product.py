"""Land-cover products, read from one data file each.

A *product* is a published map: its codes, names, nodata, tile naming and how
its classes map to the common legend.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..core.yaml_file import read_yaml
from .legend import FOLDER, LEGENDS, LandClass, Legend, common_legend
from .schema_check import check_product

#: Overall accuracy of a product whose file states none: a little below what
#: producers of global maps state (0.72 to 0.86).
USUAL_ACCURACY = 0.7


@dataclass(frozen=True)
class SeaRule:
    """Which water is sea, where a product has one code for both.

    Attributes:
        larger_than_km2 (float): A connected body of the water ``code`` with
            more area than this is sea.
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
        codes (dict): Each raster code to its class number; several codes
            may share a class, their areas add.
        common (tuple[str, ...]): Common class of each class; empty where the
            map shows no land cover.
        nodata (frozenset[int]): Codes that mean "not mapped".
        sea (frozenset[int]): Codes that mean open sea.
        sea_rule (SeaRule | None): Where water is sea by its extent.
        layers (tuple[str, ...]): Where files hold the share of one class in
            percent instead of codes: the layer name of each class, as the
            group ``layer`` of ``tiles`` finds it in file names.
        bands (tuple): For files of several bands, pairs of a pattern that
            file names are searched with and a dict of years and their bands.
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
    bands: tuple[tuple[str, dict[int, int]], ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """Years that there are maps of, in order; empty where any may be."""
        return tuple(sorted(self.about.get('years', ())))

    @property
    def file_names(self) -> str | None:
        """Pattern that the files' names are searched with for ``year``."""
        return self.about.get('tiles')

    @property
    def other_layers(self) -> str | None:
        """Pattern in names of files that come with the map but are not it."""
        return self.about.get('other_layers')

    def accuracy(self, year: int) -> float:
        """Published overall accuracy of the map of a year, 0 to 1.

        That of the nearest year that one is published for, and
        :data:`USUAL_ACCURACY` where there is none.
        """
        given = self.about.get('overall_accuracy', USUAL_ACCURACY)
        if not isinstance(given, dict):
            return float(given)
        return float(given[min(given, key=lambda y: (abs(y - year), y))])

    def legend(self, name: str = 'common') -> Legend:
        """The product's own (``'native'``) or the ``'common'`` legend."""
        if name == 'common' and not self.common:
            raise InputError(
                f'product {self.name!r} shows no land cover and has no '
                'common classes; give --legend native'
            )
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
        return {
            code: legend.names.index(self.common[number])
            for code, number in self.codes.items()
        }


def shorten_years(years: Sequence[int]) -> str:
    """Years as text, a range where more than three follow each other."""
    if len(years) > 3 and list(years) == [*range(years[0], years[-1] + 1)]:
        return f'{years[0]}-{years[-1]}'
    return ', '.join(map(str, years))


def list_products() -> list[str]:
    """Names of the products that ship with the package."""
    files = [Path(item.name) for item in FOLDER.iterdir()]
    names = {file.stem for file in files if file.suffix == '.yaml'}
    return sorted(names - {'common'})


def load_product(name: str) -> Product:
    """Read a product by its name, or from a user's own file.

    Args:
        name (str): One of :func:`list_products`, or the path of a YAML file
            written like those in ``geokr_mm/geo/products``.

    Raises:
        InputError: Unknown name, unreadable file, or a file that does not
            follow :mod:`.schema`.
    """
    if name.lower().endswith(('.yaml', '.yml')):
        path = Path(name)
        if not path.is_file():
            raise InputError(f'{name}: no such product file; check the path')
        return _product(read_yaml(path, name), name)
    if name not in list_products():
        raise InputError(
            f'unknown product {name!r}: choose one of '
            f'{", ".join(list_products())}, or give the path of your own '
            '.yaml file'
        )
    return _shipped(name)


@functools.cache
def _shipped(name: str) -> Product:
    where = f'{name}.yaml'
    return _product(read_yaml(FOLDER / where, where), where)


def _product(data: dict[str, Any], where: str) -> Product:
    file = check_product(data, where)
    rule = file.sea_from
    return Product(
        name=file.name or Path(where).stem,
        classes=tuple(
            LandClass(c.code, c.name, (c.color[0], c.color[1], c.color[2]))
            for c in file.classes
        ),
        codes={
            code: number
            for number, entry in enumerate(file.classes)
            for code in entry.raster_codes
        },
        common=tuple(c.common for c in file.classes if c.common),
        nodata=frozenset(file.nodata),
        sea=frozenset(file.sea),
        sea_rule=None if rule is None else SeaRule(**rule.model_dump()),
        about={k: v for k, v in data.items() if k != 'classes'},
        layers=tuple(c.layer for c in file.classes if c.layer),
        bands=tuple((e.files, e.years) for e in file.file_bands),
    )
