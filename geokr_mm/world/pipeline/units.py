"""Pieces of work that processes do in any order."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..core.grid import Grid
from ..labels.candidates import Spot, find_spots
from ..labels.pictures import Item, make_item
from ..land.cover import settle
from ..land.place import Place
from ..products.map_errors import ProductNoise, map_country
from ..sensors.scenes import SceneOrder, make_scene
from .folder import Result, digest
from .presets import Preset


@dataclass(frozen=True)
class MapOrder:
    """A product over a place, kept aside until tiles are put together.

    Args:
        product (str): 'globeland30' or 'worldcover'.
        year (int): Of the map.
        step (float): Cell size, metres.
        noise (ProductNoise): Dials.
        seed (int): Of the product.
    """

    product: str
    year: int
    step: float
    noise: ProductNoise
    seed: int


def part_name(product: str, place: str) -> str:
    """Name of the file that keeps a product over a place."""
    return f'{product}_{place}.npy'


def _hashed(root: Path, files: list[str]) -> dict[str, str]:
    return {name: digest(root / name) for name in files}


@dataclass(frozen=True)
class PlaceUnit:
    """Everything about a pre-training place: scenes, truth, products."""

    key: str
    place: Place
    scenes: tuple[SceneOrder, ...]
    maps: tuple[MapOrder, ...]

    def run(self, root: Path) -> Result:
        """Write scenes, truth and the products' parts."""
        files = [
            name for order in self.scenes for name in make_scene(root, order)
        ]
        half = self.place.size / 2
        for order in self.maps:
            count = int(round(self.place.size / order.step))
            grid = Grid.window(-half, half, order.step, count, count)
            codes = map_country(
                settle(self.place), grid, order.year, order.noise, order.seed
            )
            np.save(
                root / '.making' / part_name(order.product, self.place.name),
                codes,
            )
        return {'files': _hashed(root, files)}


@dataclass(frozen=True)
class SpotUnit:
    """Candidates for labelled pictures at a place."""

    key: str
    place: Place
    number: int
    preset: Preset

    def run(self, root: Path) -> Result:
        """List the candidates; nothing is written."""
        preset = self.preset
        third = max(preset.label_places // 3, 1)
        most = max(*preset.class_items, *preset.dense_items)
        spots = find_spots(
            self.place,
            self.number,
            preset.class_side,
            preset.dense_side,
            3 * most // third + 8,
        )
        return {'files': {}, 'spots': [asdict(spot) for spot in spots]}


@dataclass(frozen=True)
class LabelUnit:
    """Labelled pictures of a place."""

    key: str
    place: Place
    items: tuple[Item, ...]

    def run(self, root: Path) -> Result:
        """Write the pictures and masks."""
        made = [make_item(root, self.place, item) for item in self.items]
        files = [name for each in made for name in each['files']]
        coco = [
            {'image': each['image'], 'annotations': each['annotations']}
            for each in made
            if 'image' in each
        ]
        return {'files': _hashed(root, files), 'coco': coco}


Unit = PlaceUnit | SpotUnit | LabelUnit


def spots_of(result: Result) -> list[Spot]:
    """Candidates that a :class:`SpotUnit` found."""
    return [Spot(**each) for each in result['spots']]
