"""Segmentation examples: image, truth and what the twins predict."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from geokr_mm.visualization.read import NONE


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
    """Pick test images over the whole range of gains.

    The page would flatter itself with the best images only, so they are
    ranked by the gain of ``geokr`` over ``random`` and taken at fixed
    ranks: the largest gain, each fifth of the way, and the smallest.

    Args:
        images (Path): Folder of test images.
        masks (Path): Folder of true masks of the same names.
        predictions (dict[str, Path]): Start to folder of predicted masks.

    Returns:
        list[Example]: Six, or fewer where there are fewer images.
    """
    names = sorted(path.stem for path in masks.glob('*.png'))
    gains = []
    for name in names:
        truth = _read(masks, name)
        right = {
            start: accuracy(_read(folder, name), truth)
            for start, folder in predictions.items()
        }
        gains.append(right['geokr'] - right['random'])
    order = np.argsort(-np.array(gains), kind='stable')
    kinds = (
        ('Largest gain', 0.0),
        *((f'Rank {r} of 100', r / 100) for r in (20, 40, 60, 80)),
        ('Smallest gain', 1.0),
    )
    found: dict[str, Example] = {}
    for kind, rank in kinds:
        name = names[int(order[round(rank * (len(names) - 1))])]
        truth = _read(masks, name)
        predicted = {s: _read(f, name) for s, f in predictions.items()}
        found.setdefault(
            name,
            Example(
                name,
                kind,
                np.asarray(Image.open(images / f'{name}.png').convert('RGB')),
                truth,
                predicted,
                {s: accuracy(p, truth) for s, p in predicted.items()},
            ),
        )
    return list(found.values())


def _read(folder: Path, name: str) -> np.ndarray:
    return np.asarray(Image.open(folder / f'{name}.png'))
