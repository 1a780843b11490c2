"""What methods reach on several data sets, as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..files import written_whole
from .intervals import Interval, interval, matrix
from .tables import of_model

# Colour-blind safe (Okabe and Ito, 2008); the last method stands out.
COLOURS = ('#56b4e9', '#e69f00', '#999999', '#0072b2', '#d55e00')
# Model to the interval of its mean, of each data set.
Points = Mapping[str, Mapping[str, Interval]]


def points(rows: pd.DataFrame, models: Sequence[str]) -> Points:
    """Means of some models by data set, with their intervals.

    Args:
        rows (DataFrame): Of one test and number of labels.
    """
    found: dict[str, dict[str, Interval]] = {}
    for dataset, own in rows.groupby('dataset', sort=False):
        values = {model: matrix(of_model(own, model)) for model in models}
        found[str(dataset)] = {
            model: interval(one.to_numpy())
            for model, one in values.items()
            if not one.empty
        }
    return found


def alt_text(drawn: Points) -> str:
    """The figures in words."""
    return '; '.join(
        f'{dataset}: '
        + ', '.join(f'{model} {one.mean:.1f}' for model, one in own.items())
        for dataset, own in drawn.items()
    )


def draw(drawn: Points, path: Path) -> None:
    """Write the points as an SVG file."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    models = list(dict.fromkeys(m for own in drawn.values() for m in own))
    figure = Figure(figsize=(6.4, 3.6), layout='constrained')
    axes = figure.subplots()
    at = np.arange(len(drawn), dtype=float)
    for number, model in enumerate(models):
        # A little apart, so that intervals do not hide each other.
        shift = 0.12 * (number - (len(models) - 1) / 2)
        sets = zip(at, drawn.values(), strict=True)
        own = [(x, found[model]) for x, found in sets if model in found]
        axes.errorbar(
            [x + shift for x, _ in own],
            [one.mean for _, one in own],
            [
                [one.mean - one.low for _, one in own],
                [one.high - one.mean for _, one in own],
            ],
            color=COLOURS[(number - len(models)) % len(COLOURS)],
            linestyle='none',
            marker='o',
            markersize=4,
            capsize=2,
            elinewidth=0.8,
            label=model,
        )
    axes.set_xticks(at, list(drawn))
    axes.set_ylabel('balanced accuracy, %')
    axes.grid(axis='y', color='#dddddd', linewidth=0.6)
    axes.spines[['top', 'right']].set_visible(False)
    axes.legend(frameon=False, reverse=True)
    # Neither date nor random names, so that the same figures make the same
    # file.
    fixed = rc_context({'svg.hashsalt': path.name})
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as draft, fixed:
        figure.savefig(draft, format='svg', metadata=dict(Date=None))
