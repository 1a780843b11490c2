"""The two products of a world: drawn place by place, written tile by tile."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geokr_mm.geo.maps.product import load_product

from ..core.grid import U8
from ..core.hashing import subseed
from ..land import legend as lc
from ..land.cover import settle
from ..land.place import Place
from .map_errors import ProductNoise, map_country
from .tiles import tiles_of, write_tile

FOLDERS = {'globeland30': 'landcover', 'worldcover': 'landcover_worldcover'}


@dataclass(frozen=True)
class ProductMap:
    """A product in one year, in cells of ``step`` metres.

    Products are 'globeland30' and 'worldcover'.
    """

    product: str
    year: int
    step: float
    noise: ProductNoise
    seed: int

    def draw(self, place: Place) -> U8:
        """The map over a place in codes of the common legend, (n, n)."""
        grid = place.grid(self.step)
        return map_country(
            settle(place), grid, self.year, self.noise, self.seed
        )

    def part(self, root: Path, place: Place) -> Path:
        """File that keeps the map over a place until tiles are written."""
        return root / '.making' / f'{self.product}_{place.name}.npy'

    def write(self, root: Path, places: list[Place]) -> list[str]:
        """Write all tiles from the parts; the files, relative to ``root``."""
        folder = FOLDERS[self.product]
        (root / folder).mkdir(exist_ok=True)
        recode = own_codes(self.product)
        tags = {
            'year': str(self.year),
            'product': self.product,
            'synthetic': 'yes',
        }
        files = []
        for tile, members in tiles_of(places, self.product, self.year):
            parts = [
                (place, recode[np.load(self.part(root, place))])
                for place in members
            ]
            name = f'{folder}/{tile.name}'
            write_tile(root / name, tile, parts, self.step, tags)
            files.append(name)
        return files


def product_maps(
    noise: ProductNoise, last_year: int, seed: int
) -> tuple[ProductMap, ...]:
    """The two products: one lags behind, WorldCover comes a year after."""
    return tuple(
        ProductMap(name, year, step, noise, subseed(seed, name))
        for name, year, step in (
            ('globeland30', last_year - noise.lag, 30.0),
            ('worldcover', last_year + 1, 10.0),
        )
    )


def own_codes(product: str) -> U8:
    """Table (256,) from codes of the common legend to a product's own.

    Where several of its classes share a common one, the first is taken; a
    product without a code for the sea has water there.
    """
    own = load_product(product)
    table = np.arange(256, dtype=np.uint8)
    for code, number in reversed(own.codes.items()):
        table[lc.CODES[lc.CLASSES.index(own.common[number])]] = code
    if not own.sea:
        table[lc.SEA] = table[lc.WATER]
    return table
