"""Paired differences of methods, with intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

RESAMPLES = 10_000
# Per cent of the resampled means that lie inside.
COVERED = 95
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean, and what a bootstrap puts around it."""

    mean: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        """1 or -1 if the interval lies above or below zero, else 0."""
        return int(self.low > 0) - int(self.high < 0)

    def __str__(self) -> str:
        return f'{self.mean:+.1f} [{self.low:+.1f}, {self.high:+.1f}]'


def matrix(rows: pd.DataFrame) -> pd.DataFrame:
    """Figures of one model in one setting, the last of repeated ones.

    Returns:
        DataFrame: Pre-training seeds (S) by draws of labels (D). A seed
        without all the draws is left out.
    """
    values = rows['metric_value'].astype(float)
    keys = [rows['pretraining_seed'], rows['seed']]
    return values.groupby(keys).last().unstack().dropna()


def curve(rows: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """Figures of one model on one data set, by number of labels a class."""
    shots = rows[rows['shots'].str.isdigit()].groupby('shots')
    found = {int(n): matrix(some) for n, some in shots}
    return {n: found[n] for n in sorted(found)}


def interval(values: Array) -> Interval:
    """Bootstrap over both axes: pre-training seeds and draws of labels.

    Seeds and draws are drawn again with replacement, each apart from the
    other, so that a seed or draw that is easy for all counts as one.

    Args:
        values (ndarray): (S, D).
    """
    rng = np.random.default_rng(0)
    seeds, draws = values.shape
    rows = rng.integers(seeds, size=(RESAMPLES, seeds, 1))
    columns = rng.integers(draws, size=(RESAMPLES, 1, draws))
    means = values[rows, columns].mean(axis=(1, 2))
    tail = (100 - COVERED) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return Interval(float(values.mean()), float(low), float(high))


def difference(ours: pd.DataFrame, theirs: pd.DataFrame) -> Interval | None:
    """Ours less theirs, of the same pre-training seeds and draws.

    Args:
        ours, theirs (DataFrame): Of :func:`matrix`.

    Returns:
        Interval: None if they share no seed and draw.
    """
    gaps = (ours - theirs).dropna(how='all').dropna(axis=1, how='all')
    if gaps.empty or gaps.isna().any(axis=None):
        return None
    return interval(gaps.to_numpy())
