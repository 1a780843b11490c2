"""Our figures of a data set beside published ones of the same set."""

from collections.abc import Sequence

import pandas as pd

from ..zoo.published import load_published
from .intervals import interval, matrix
from .protocol import ImageSet
from .tables import labels_text, of_model, table


def beside(
    rows: pd.DataFrame,
    images: ImageSet,
    method: str,
    shots: str,
    models: Sequence[str],
) -> str | None:
    """A table of models of the results table and of published numbers.

    Each line has what parts of the set it was measured on, since hardly any
    two are the same.

    Args:
        rows (DataFrame): Of one protocol, start and setting.
        images (ImageSet): The data set.
        method (str): ``'linear'`` or ``'knn5'``.
        shots (str): Labels of each class.
        models (Sequence[str]): In the order of the lines.

    Returns:
        str | None: None if a model has no figure.
    """
    lines = [['model', 'images', 'labels', 'metric', 'figure']]
    for name in models:
        own = of_model(rows, name)
        values = matrix(own)
        if values.empty:
            return None
        mean = interval(values.to_numpy())
        lines.append(
            [
                str(own['model'].iloc[0]),
                _parts(images),
                labels_text(shots),
                own['metric_name'].iloc[0].replace('_', ' '),
                f'{mean.mean:.1f} [{mean.low:.1f}, {mean.high:.1f}]',
            ]
        )
    wanted = (method, f'{shots} images a class')
    for entry in load_published():
        if entry.set == images.name and entry.test.startswith(wanted):
            about = [entry.compares, entry.test, entry.metric]
            lines += [
                [f'[{model}]({entry.source})', *about, f'{value:g}']
                for model, value in entry.values.items()
            ]
    return table(lines)


def _parts(images: ImageSet) -> str:
    """Which images of a set are read, and how large."""
    words = f'{images.size} px'
    if images.west > -180:
        words = f'east of {images.west:g} degrees, {words}'
    return words
