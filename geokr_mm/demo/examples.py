"""Segmentations of both twins, side by side on the demo's page."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning

from geokr_mm.geo.maps.legend import Legend
from geokr_mm.visualization.classes import chips, percent
from geokr_mm.visualization.markup import Element, element, picture
from geokr_mm.visualization.page import section
from geokr_mm.visualization.patch import NONE

from .plan import Layout, Task
from .results import STARTS

NAMES = {'random': 'random', 'geokr': 'GeoKR'}
# Ranks of the share that GeoKR has right, from the best to the worst. With
# the best images only, the page would flatter itself.
RANKS = {
    'Best': 0.0,
    **{f'Rank {rank} of 100': rank / 100 for rank in (25, 50, 75)},
    'Worst': 1.0,
}
LOSS = 'Largest loss against random'


@dataclass(frozen=True)
class Example:
    """One test image (H, W, 3) uint8, and why it was chosen.

    Truth and predictions, by start, are class indices (H, W), 255 is
    ignored; ``right`` is the share of correct pixels by start.
    """

    name: str
    kind: str
    image: NDArray[np.uint8]
    truth: NDArray[np.uint8]
    predicted: dict[str, NDArray[np.uint8]]
    right: dict[str, float]


def accuracy(predicted: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    """Share of the pixels with a true class that are predicted right."""
    valid = truth != NONE
    if not valid.any():
        return 0.0
    return float((predicted[valid] == truth[valid]).mean())


def choose_examples(
    images: Path, masks: Path, predictions: dict[str, Path]
) -> list[Example]:
    """Test images at fixed ranks of the share that ``geokr`` has right.

    From folders of images, of true masks and, by start, of predicted masks,
    all of the same names. Six, or fewer where there are fewer images.
    """

    def read(folder: Path, name: str) -> NDArray[np.uint8]:
        return np.asarray(Image.open(folder / f'{name}.png'))

    truths = {path.stem: read(masks, path.stem) for path in masks.glob('*')}
    names = sorted(truths)
    shares = [
        {
            start: accuracy(read(folder, name), truths[name])
            for start, folder in predictions.items()
        }
        for name in names
    ]
    right = np.array([share['geokr'] for share in shares])
    order = np.argsort(-right, kind='stable')
    last = len(names) - 1
    rows = {kind: int(order[round(r * last)]) for kind, r in RANKS.items()}
    gains = right - [share['random'] for share in shares]
    rows[LOSS] = int(gains.argmin())
    found: dict[int, Example] = {}
    for kind, row in rows.items():
        name = names[row]
        example = Example(
            name,
            kind,
            read_image(next(images.glob(f'{name}.*'))),
            truths[name],
            {s: read(f, name) for s, f in predictions.items()},
            shares[row],
        )
        found.setdefault(row, example)
    return list(found.values())


def read_image(path: Path) -> NDArray[np.uint8]:
    """An image file (H, W, 3), by GDAL since some are GeoTIFFs."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', NotGeoreferencedWarning)
        with rasterio.open(path) as source:
            bands = source.read([1, 2, 3])
    return np.ascontiguousarray(bands.transpose(1, 2, 0))


def example_section(
    layout: Layout, task: Task, images: Path, masks: Path, legend: Legend
) -> Element:
    """Predicted masks of both twins beside images and true masks."""
    examples = choose_examples(
        images, masks, {s: layout.predictions(task, s, 0) for s in STARTS}
    )
    shown = np.zeros(len(legend.names), bool)
    cards = []
    for example in examples:
        for indices in (example.truth, *example.predicted.values()):
            shown[[k for k in np.unique(indices) if k < len(shown)]] = True
        pictures = [
            picture(example.image, 'image'),
            picture(example.truth, 'truth', legend.palette),
        ]
        pictures += [
            picture(mask, NAMES[s], legend.palette, percent(example.right[s]))
            for s, mask in example.predicted.items()
        ]
        row = element('div', *pictures, class_='pictures four')
        heading = element('h3', example.kind)
        cards.append(element('article', heading, row, class_='card'))
    return section(
        f'{task.title}: test images',
        chips(legend, shown),
        element('div', *cards, class_='cards wide'),
        lead='Both twins of seed 0 after training on the same '
        f'{task.labels_title}. The images are not hand-picked: they stand at '
        'fixed ranks of what GeoKR has right, from the best to the worst; the '
        'last is where GeoKR loses most against random. Percent: pixels that '
        'are right.',
    )
