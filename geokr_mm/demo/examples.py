"""Segmentation examples: image, truth and what the twins predict."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from geokr_mm.visualization.patch import NONE

# Ranks of the gain from the largest to the smallest. With the best images
# only, the page would flatter itself.
RANKS = {
    'Largest gain': 0.0,
    **{f'Rank {rank} of 100': rank / 100 for rank in (20, 40, 60, 80)},
    'Smallest gain': 1.0,
}


@dataclass(frozen=True)
class Example:
    """One test image.

    Args:
        name (str): File name without suffix.
        kind (str): Why it was chosen.
        image (np.ndarray): (H, W, 3) uint8.
        truth (np.ndarray): (H, W) class indices, 255 is ignored.
        predicted (dict[str, np.ndarray]): Start to (H, W) class indices.
        right (dict[str, float]): Start to share of correct pixels.
    """

    name: str
    kind: str
    image: np.ndarray
    truth: np.ndarray
    predicted: dict[str, np.ndarray]
    right: dict[str, float]


def accuracy(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Share of the pixels with a true class that are predicted right."""
    valid = truth != NONE
    if not valid.any():
        return 0.0
    return float((predicted[valid] == truth[valid]).mean())


def choose_examples(
    images: Path, masks: Path, predictions: dict[str, Path]
) -> list[Example]:
    """Test images at fixed ranks of the gain of ``geokr`` over ``random``.

    Args:
        images (Path): Folder of test images.
        masks (Path): Folder of true masks of the same names.
        predictions (dict[str, Path]): Start to folder of predicted masks.

    Returns:
        list[Example]: Six, or fewer where there are fewer images.
    """

    def read(folder: Path, name: str) -> np.ndarray:
        return np.asarray(Image.open(folder / f'{name}.png'))

    def right(name: str) -> dict[str, float]:
        truth = read(masks, name)
        return {
            start: accuracy(read(folder, name), truth)
            for start, folder in predictions.items()
        }

    names = sorted(path.stem for path in masks.glob('*.png'))
    shares = [right(name) for name in names]
    gains = np.array([share['geokr'] - share['random'] for share in shares])
    order = np.argsort(-gains, kind='stable')
    found: dict[int, Example] = {}
    for kind, rank in RANKS.items():
        number = int(order[round(rank * (len(names) - 1))])
        name = names[number]
        image = Image.open(images / f'{name}.png').convert('RGB')
        example = Example(
            name,
            kind,
            np.asarray(image),
            read(masks, name),
            {s: read(f, name) for s, f in predictions.items()},
            shares[number],
        )
        found.setdefault(number, example)
    return list(found.values())
