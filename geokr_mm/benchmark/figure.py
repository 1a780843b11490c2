"""What methods reach on several data sets, as pictures."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..files import written_whole
from .intervals import Interval, curve, interval, matrix
from .tables import of_model

# Colour-blind safe (Okabe and Ito, 2008); the last method stands out.
COLOURS = ('#56b4e9', '#e69f00', '#999999', '#0072b2', '#d55e00')
# Model to the interval of its mean, of each data set.
Points = Mapping[str, Mapping[str, Interval]]
# The same by number of labels, of each model.
Curves = Mapping[str, Mapping[str, Mapping[int, Interval]]]


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


def points_text(drawn: Points) -> str:
    """The figures in words."""
    return '; '.join(
        f'{dataset}: '
        + ', '.join(f'{model} {one.mean:.1f}' for model, one in own.items())
        for dataset, own in drawn.items()
    )


def curves(rows: pd.DataFrame, models: Sequence[str]) -> Curves:
    """Means of some models by data set and number of labels.

    Args:
        rows (DataFrame): Of one test.
    """
    found: dict[str, dict[str, dict[int, Interval]]] = {}
    for dataset, own in rows.groupby('dataset', sort=False):
        for model in models:
            known = {
                n: interval(values.to_numpy())
                for n, values in curve(of_model(own, model)).items()
                if not values.empty
            }
            if known:
                found.setdefault(str(dataset), {})[model] = known
    return found


def curves_text(drawn: Curves) -> str:
    """The ends of the curves in words."""
    return '; '.join(
        f'{dataset}: '
        + ', '.join(
            f'{model} {one[min(one)].mean:.1f} to {one[max(one)].mean:.1f}'
            for model, one in own.items()
        )
        for dataset, own in drawn.items()
    )


def draw_points(drawn: Points, path: Path) -> None:
    """Write the points as an SVG file."""
    models = list(dict.fromkeys(m for own in drawn.values() for m in own))
    with _written(path, (6.4, 3.6)) as figure:
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
                color=_colour(models, model),
                linestyle='none',
                marker='o',
                markersize=4,
                capsize=2,
                elinewidth=0.8,
                label=model,
            )
        axes.set_xticks(at, list(drawn))
        axes.legend(frameon=False, reverse=True)
        _dress(axes)


def draw_curves(drawn: Curves, path: Path) -> None:
    """Write the curves as an SVG file, a panel for each data set."""
    models = list(dict.fromkeys(m for own in drawn.values() for m in own))
    with _written(path, (2.2 * len(drawn) + 0.6, 3)) as figure:
        panels = figure.subplots(1, len(drawn), squeeze=False)[0]
        for axes, (dataset, own) in zip(panels, drawn.items(), strict=True):
            for model, one in own.items():
                colour = _colour(models, model)
                shots = list(one)
                axes.plot(
                    shots,
                    [v.mean for v in one.values()],
                    color=colour,
                    marker='o',
                    markersize=3,
                    linewidth=1.2,
                    label=model,
                )
                axes.fill_between(
                    shots,
                    [v.low for v in one.values()],
                    [v.high for v in one.values()],
                    color=colour,
                    alpha=0.2,
                    linewidth=0,
                )
            axes.set_xscale('log')
            axes.set_xticks(shots, [str(n) for n in shots])
            axes.minorticks_off()
            axes.set_title(dataset, fontsize='medium')
            axes.set_xlabel('labels a class')
            _dress(axes, axes is panels[0])
        lines = {
            line.get_label(): line for axes in panels for line in axes.lines
        }
        figure.legend(
            lines.values(),
            lines.keys(),
            loc='outside lower center',
            ncols=len(lines),
            frameon=False,
        )


def _colour(models: Sequence[str], model: str) -> str:
    return COLOURS[(models.index(model) - len(models)) % len(COLOURS)]


def _dress(axes: Any, named: bool = True) -> None:
    if named:
        axes.set_ylabel('balanced accuracy, %')
    axes.grid(axis='y', color='#dddddd', linewidth=0.6)
    axes.spines[['top', 'right']].set_visible(False)


@contextmanager
def _written(path: Path, size: tuple[float, float]) -> Iterator[Any]:
    """A figure, written at the end.

    It has neither a date nor random names, so that the same numbers make the
    same file.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout='constrained')
    yield figure
    path.parent.mkdir(parents=True, exist_ok=True)
    fixed = rc_context({'svg.hashsalt': path.name})
    with written_whole(path) as draft, fixed:
        figure.savefig(draft, format='svg', metadata=dict(Date=None))
