"""What the runs wrote: comparison and curves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geokr_mm.benchmark.results import read_rows
from geokr_mm.errors import InputError
from geokr_mm.visualization.chart import mean_and_spread

from .plan import Layout, Task

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
    for task in layout.all_tasks():
        rows = [
            row
            for row in read_rows(layout.results(task))
            if row['method'] == task.test
        ]
        rows.sort(key=lambda row: int(row['seed']))
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
