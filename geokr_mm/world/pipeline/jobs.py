"""Jobs that processes do in any order, and their results."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..labels.candidates import find_spots
from ..labels.pictures import Item, make_item
from ..land.place import Place
from ..products.product_maps import ProductMap
from ..sensors.scenes import SceneOrder, make_scene
from .folder import digests
from .presets import Preset

# Plain types, for the journal; ``files`` maps paths to hashes.
Result = dict[str, Any]


@dataclass(frozen=True)
class PlaceJob:
    """Everything about a pre-training place: scenes, truth, products."""

    key: str
    place: Place
    scenes: tuple[SceneOrder, ...]
    maps: tuple[ProductMap, ...]

    def run(self, root: Path) -> Result:
        """Write scenes, truth and the products' parts."""
        files = [
            name for order in self.scenes for name in make_scene(root, order)
        ]
        for product in self.maps:
            codes = product.draw(self.place)
            np.save(product.part(root, self.place), codes)
        return {'files': digests(root, files)}


@dataclass(frozen=True)
class SpotJob:
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
class LabelJob:
    """Labelled pictures of a place."""

    key: str
    place: Place
    items: tuple[Item, ...]

    def run(self, root: Path) -> Result:
        """Write the pictures and masks."""
        made = [make_item(root, self.place, item) for item in self.items]
        files = [name for each in made for name in each.pop('files')]
        return {'files': digests(root, files), 'coco': [m for m in made if m]}


Job = PlaceJob | SpotJob | LabelJob


def run_job(root: Path, job: Job) -> Result:
    """Do a job, in whatever process."""
    return job.run(root)
