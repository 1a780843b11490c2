"""Pieces of work that processes do in any order."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geokr_mm.world.finding import Spot, find_spots
from geokr_mm.world.grid import Grid
from geokr_mm.world.labels import Item, make_item
from geokr_mm.world.land import settle
from geokr_mm.world.place import Place
from geokr_mm.world.presets import Preset
from geokr_mm.world.products import map_country
from geokr_mm.world.scenes import SceneOrder, make_scene

Result = dict[str, Any]


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _hashed(root: Path, files: list[str]) -> dict[str, str]:
    return {name: digest(root / name) for name in files}


@dataclass(frozen=True)
class SceneUnit:
    """All scenes of a place."""

    key: str
    orders: tuple[SceneOrder, ...]

    def run(self, root: Path) -> Result:
        files = [name for order in self.orders
                 for name in make_scene(root, order)]
        return {'files': _hashed(root, files)}


@dataclass(frozen=True)
class ProductUnit:
    """One product over one place, kept aside until tiles are written."""

    key: str
    place: Place
    year: int
    step: float
    preset: Preset
    seed: int

    def run(self, root: Path) -> Result:
        half = self.place.size / 2
        count = int(round(self.place.size / self.step))
        grid = Grid.window(-half, half, self.step, count, count)
        codes = map_country(settle(self.place), grid, self.year,
                            self.preset.noise, self.seed)
        path = root / '.making' / f'{self.key}.npy'
        np.save(path, codes)
        return {'files': {}}


@dataclass(frozen=True)
class SpotUnit:
    """Candidates for labelled pictures at a place."""

    key: str
    place: Place
    number: int
    preset: Preset

    def run(self, root: Path) -> Result:
        want = 12 * max(self.preset.class_items) // max(
            self.preset.label_places // 3, 1) + 8
        spots = find_spots(self.place, self.number, self.preset.image_side,
                           self.preset.dense_side, want)
        return {'files': {}, 'spots': [vars(spot) for spot in spots]}


@dataclass(frozen=True)
class LabelUnit:
    """Labelled pictures of a place."""

    key: str
    place: Place
    items: tuple[Item, ...]

    def run(self, root: Path) -> Result:
        made = [make_item(root, self.place, item) for item in self.items]
        files = [name for each in made for name in each['files']]
        coco = [{'image': each['image'], 'annotations': each['annotations']}
                for each in made if 'image' in each]
        return {'files': _hashed(root, files), 'coco': coco}


Unit = SceneUnit | ProductUnit | SpotUnit | LabelUnit
Runner = Callable[[Unit], Result]


def spots_of(result: Result) -> list[Spot]:
    """Candidates that a :class:`SpotUnit` found."""
    return [Spot(**each) for each in result['spots']]
