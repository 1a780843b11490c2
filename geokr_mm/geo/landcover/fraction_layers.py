"""Products whose files hold shares of a class instead of codes.

Each class has its own raster of percentages. The coverage kernel measures the
area under every percentage as if it were a code; the area of the class is the
sum of these areas times their percentage. So tiles, zones and borders are
handled by the same code as for classification maps.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...errors import InputError
from ..core.addresses import file_name
from ..geometry.polygons import Polygons
from ..maps.legend import LandClass, Legend
from ..maps.product import Product
from .class_codes import ClassCodes
from .mosaic import Areas, Mosaic
from .tile import Tile
from .tile_index import index_tiles
from .zonal_areas import ZonalAreas

# Footprints measured at once: their areas under 101 percentages take 15 MB.
SLICE = 16384
PERCENT = np.arange(101) / 100


class FractionMosaic:
    """Areas as :class:`.mosaic.Mosaic` gives, from a layer for each class.

    Raises:
        InputError: A file of no layer, or a layer without files.
    """

    def __init__(
        self,
        product: Product,
        legend: Legend,
        tiles: Sequence[Tile],
        spherical: bool,
        max_bend: float,
    ) -> None:
        self.codes = ClassCodes(product, legend)
        order = {name: n for n, name in enumerate(legend.names)}
        targets = (
            product.common
            if legend.name == 'common'
            else [c.name for c in product.classes]
        )
        self.columns = [order[name] for name in targets]
        percent = _percentages(product)
        codes = ClassCodes(percent, percent.legend('native'))
        wide = product.about.get('double_width_from')
        self.mosaics = [
            Mosaic(
                index_tiles(some, wide), ZonalAreas(codes, spherical), max_bend
            )
            for some in _by_layer(product, tiles)
        ]

    def areas(self, polygons: Polygons, crs: str) -> tuple[Areas, Areas]:
        """Area per column (N, columns), and in total (N,), in square metres.

        What no layer or not every layer maps is nodata; the classes share
        the rest in proportion to their percentages.
        """
        areas = np.zeros((len(polygons), self.codes.width))
        totals = np.zeros(len(polygons))
        for start in range(0, len(polygons), SLICE):
            stop = min(start + SLICE, len(polygons))
            some = polygons.part(start, stop)
            self._add(areas[start:stop], totals[start:stop], some, crs)
        return areas, totals

    def _add(
        self, areas: Areas, totals: Areas, polygons: Polygons, crs: str
    ) -> None:
        codes, inside = self.codes, len(PERCENT)
        mapped, blank = np.full(len(totals), np.inf), np.zeros(len(totals))
        for column, mosaic in zip(self.columns, self.mosaics, strict=True):
            found, whole = mosaic.areas(polygons, crs)
            areas[:, column] += found[:, :inside] @ PERCENT
            nodata = found[:, mosaic.zonal.codes.nodata]
            np.minimum(mapped, found[:, :inside].sum(axis=1), out=mapped)
            np.maximum(blank, nodata, out=blank)
            np.maximum(totals, whole, out=totals)
        classes = areas[:, : codes.classes]
        shared = classes.sum(axis=1)
        known = shared > 0
        classes[known] *= (mapped[known] / shared[known])[:, None]
        # Mapped, but no class has any share there.
        areas[:, codes.nodata] = blank + np.where(known, 0.0, mapped)


def _by_layer(product: Product, tiles: Sequence[Tile]) -> list[list[Tile]]:
    """Tiles of each class, in the product's order."""
    pattern = re.compile(product.file_names or '')
    groups: dict[str, list[Tile]] = {layer: [] for layer in product.layers}
    for tile in tiles:
        match = pattern.search(file_name(tile.path))
        layer = match['layer'] if match else None
        if layer not in groups:
            raise InputError(
                f'{tile.path}: no layer of product {product.name!r} '
                f'({", ".join(product.layers)}) in the file name; keep the '
                "producer's names or leave the file out"
            )
        groups[layer].append(tile)
    missing = [layer for layer, found in groups.items() if not found]
    if missing:
        raise InputError(
            f'{tiles[0].path}: product {product.name!r} needs one file for '
            f'each class, there is none for {", ".join(missing)}; add them'
        )
    return list(groups.values())


def _percentages(product: Product) -> Product:
    """A product whose codes are the percentages 0 to 100."""
    codes = range(len(PERCENT))
    return replace(
        product,
        classes=tuple(LandClass(n, f'{n} %', (0, 0, 0)) for n in codes),
        codes={n: n for n in codes},
        common=(),
        sea_rule=None,
        about={},
        layers=(),
    )
