"""What the runs wrote: comparison, curves and segmentation examples."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from geokr_mm.benchmark.results import read_rows
from geokr_mm.errors import InputError
from geokr_mm.visualization.chart import mean_and_spread
from geokr_mm.visualization.patch import NONE

from .plan import TASKS, Layout, Task

STARTS = ('random', 'geokr')


@dataclass(frozen=True)
class Comparison:
    """Results of one task: percent by seed, for each start."""

    task: Task
    values: dict[str, list[float]]

    @property
    def gain(self) -> float:
        """Mean of GeoKR less mean of random, in points."""
        return float(
            np.mean(self.values['geokr']) - np.mean(self.values['random'])
        )


def compare(layout: Layout) -> list[Comparison]:
    """Read the results tables of all tasks."""
    found = []
    for task in TASKS:
        rows = sorted(
            read_rows(layout.results(task)), key=lambda row: int(row['seed'])
        )
        values = {
            start: [
                float(r['metric_value']) for r in rows if r['model'] == start
            ]
            for start in STARTS
        }
        found.append(Comparison(task, values))
    return found


def text_table(comparisons: Sequence[Comparison]) -> str:
    """The comparison for the terminal."""
    head = ['task', 'labels', 'measure', 'random', 'GeoKR', 'gain']
    lines = [head]
    for c in comparisons:
        means = [mean_and_spread(c.values[start]) for start in STARTS]
        measure = f'{c.task.metric_title}, %'
        words = [c.task.title, c.task.labels_title, measure]
        lines.append([*words, *means, f'{c.gain:+.1f}'])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return '\n'.join(
        '  '.join(map(str.ljust, line, widths)).rstrip() for line in lines
    )


def read_scalars(work_dir: Path) -> dict[str, NDArray[Any]]:
    """Scalars of the last run in a work folder of mmengine.

    Returns:
        dict[str, np.ndarray]: Name to values, ``step`` among them, each (N, ).

    Raises:
        InputError: If there is no log.
    """
    logs = sorted(work_dir.glob('*/vis_data/scalars.json'))
    if not logs:
        raise InputError(f'{work_dir}: no log of a training run; run it again')
    lines = [json.loads(text) for text in logs[-1].read_text().splitlines()]
    frame = pd.DataFrame([line for line in lines if 'loss' in line])
    return {
        str(name): values.to_numpy(float)
        for name, values in frame.dropna(axis=1).items()
    }


def smooth(values: NDArray[Any], width: int = 5) -> NDArray[Any]:
    """Centred moving average (N, ); shorter at both ends."""
    windows = pd.Series(values).rolling(width, center=True, min_periods=1)
    return np.asarray(windows.mean())


# Ranks of the gain from the largest to the smallest. With the best images
# only, the page would flatter itself.
RANKS = {
    'Largest gain': 0.0,
    **{f'Rank {rank} of 100': rank / 100 for rank in (20, 40, 60, 80)},
    'Smallest gain': 1.0,
}


@dataclass(frozen=True)
class Example:
    """One test image (H, W, 3) uint8, and why it was chosen.

    Truth and predictions, by start, are class indices (H, W), 255 is
    ignored; ``right`` is the share of correct pixels by start.
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

    From folders of images, of true masks and, by start, of predicted masks,
    all of the same names. Six, or fewer where there are fewer images.
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
