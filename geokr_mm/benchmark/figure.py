"""What a method reaches from how many labels, as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError
from ..files import written_whole
from .tables import by_number, mean_and_spread, task_means

# Colour-blind safe (Okabe and Ito, 2008); the last method stands out.
COLOURS = ('#56b4e9', '#e69f00', '#999999', '#0072b2', '#d55e00')


@dataclass(frozen=True)
class Curve:
    """One method.

    Means over pre-training seeds of the mean over tasks, %, of each number
    of labels, fewest first, and their spreads, see
    :func:`~geokr_mm.benchmark.tables.mean_and_spread`.
    """

    method: str
    labels: tuple[str, ...]
    means: tuple[float, ...]
    spreads: tuple[float, ...]


def curves(rows: pd.DataFrame, methods: Sequence[str]) -> list[Curve]:
    """Methods in the order of drawing, from the rows of one protocol.

    Raises:
        InputError: If a method has no rows of all tasks.
    """
    means = task_means(rows)
    known = list(means['method'].unique())
    made = []
    for method in methods:
        if method not in known:
            raise InputError(
                f'no results of {method!r} in all tasks; there are '
                f'{", ".join(known) or "none"}'
            )
        own = means[means['method'] == method].set_index(['labels', 'seed'])
        labels = sorted(own.index.unique('labels'), key=by_number)
        found = [mean_and_spread(own['value'].loc[[one]]) for one in labels]
        at, spreads = zip(*found, strict=True)
        made.append(Curve(method, tuple(labels), at, spreads))
    return made


def alt_text(drawn: Sequence[Curve]) -> str:
    """The figures in words."""
    parts = (
        f'{c.method} {" ".join(f"{mean:.1f}" for mean in c.means)}'
        for c in drawn
    )
    labels = ', '.join(drawn[0].labels)
    return f'Mean over the tasks from {labels} of labels: {"; ".join(parts)}'


def draw(drawn: Sequence[Curve], path: Path) -> None:
    """Write the curves, which have the same labels, as an SVG file."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.6), layout='constrained')
    axes = figure.subplots()
    at = np.arange(len(drawn[0].labels), dtype=float)
    for number, curve in enumerate(drawn):
        # A little apart, so that spreads do not hide each other.
        shift = 0.04 * (number - (len(drawn) - 1) / 2)
        axes.errorbar(
            at + shift,
            curve.means,
            curve.spreads,
            color=COLOURS[(number - len(drawn)) % len(COLOURS)],
            marker='o',
            markersize=4,
            capsize=2,
            elinewidth=0.8,
            label=curve.method,
        )
    axes.set_xticks(at, [f'{share} of labels' for share in drawn[0].labels])
    axes.set_ylabel('mean over tasks, %')
    axes.grid(axis='y', color='#dddddd', linewidth=0.6)
    axes.spines[['top', 'right']].set_visible(False)
    axes.legend(frameon=False, loc='lower right', reverse=True)
    # Neither date nor random names, so that the same figures make the same
    # file.
    fixed = rc_context({'svg.hashsalt': path.name})
    with written_whole(path) as draft, fixed:
        figure.savefig(draft, format='svg', metadata=dict(Date=None))
