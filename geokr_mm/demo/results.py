"""The comparison: what the runs wrote, with mean and spread."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geokr_mm.benchmark.results import read_rows
from geokr_mm.visualization.chart import mean_and_spread

from .plan import TASKS, Layout, Task

STARTS = ('random', 'geokr')


@dataclass(frozen=True)
class Comparison:
    """Results of one task.

    Args:
        task (Task): The task.
        values (dict[str, list[float]]): Start to percent, by seed.
    """

    task: Task
    values: dict[str, list[float]]

    @property
    def gain(self) -> float:
        """Mean of GeoKR less mean of random, in points."""
        return float(
            np.mean(self.values['geokr']) - np.mean(self.values['random'])
        )


def compare(layout: Layout) -> list[Comparison]:
    """Read the results tables of all tasks.

    Args:
        layout (Layout): Where they lie.

    Returns:
        list[Comparison]: One for each task.
    """
    found = []
    for task in TASKS:
        rows = sorted(
            read_rows(layout.results(task)), key=lambda row: int(row['seed'])
        )
        values = {
            start: [float(r['value']) for r in rows if r['method'] == start]
            for start in STARTS
        }
        found.append(Comparison(task, values))
    return found


def text_table(comparisons: Sequence[Comparison]) -> str:
    """The comparison for the terminal.

    Args:
        comparisons (Sequence[Comparison]): See :func:`compare`.
    """
    head = ['task', 'labels', 'measure', 'random', 'GeoKR', 'gain']
    lines = [head] + [
        [
            c.task.title,
            c.task.labels_title,
            f'{c.task.metric_title}, %',
            mean_and_spread(c.values['random']),
            mean_and_spread(c.values['geokr']),
            f'{c.gain:+.1f}',
        ]
        for c in comparisons
    ]
    widths = [max(len(line[n]) for line in lines) for n in range(len(head))]
    return '\n'.join(
        '  '.join(
            cell.rjust(width) if n > 2 else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
