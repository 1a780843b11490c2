"""How many labels one start saves over another."""

from collections.abc import Mapping
from functools import reduce

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .intervals import COVERED, RESAMPLES, Array, Interval

# Labels of each class to figures of pre-training seeds (S) by draws (D), see
# :func:`.intervals.matrix`.
Curve = Mapping[int, pd.DataFrame]


def saved_labels(ours: Curve, theirs: Curve) -> dict[int, Interval]:
    """Labels that the other start needs, over those of ours, for our figure.

    Between numbers of labels the other's figures are interpolated over the
    logarithm, and a curve never falls. Beyond its ends a factor is not
    known: it is that of the end, so that 1 / 4 may be less and 4 may be
    more.

    Args:
        ours, theirs (mapping): Of the same seeds and draws.

    Returns:
        dict: Number of labels to the factor, with a bootstrap interval over
        seeds and draws, which both starts share.
    """
    shots = sorted(set(ours) & set(theirs))
    frames = [curve[n] for curve in (ours, theirs) for n in shots]
    if not frames:
        return {}
    # Seeds and draws that all have.
    rows = reduce(pd.Index.intersection, (f.index for f in frames))
    columns = reduce(pd.Index.intersection, (f.columns for f in frames))
    if not len(rows) or not len(columns):
        return {}
    values = np.stack([f.loc[rows, columns].to_numpy(float) for f in frames])
    values = values.reshape(2, len(shots), len(rows), len(columns))
    rng = np.random.default_rng(0)
    seeds = rng.integers(len(rows), size=(RESAMPLES, len(rows), 1))
    draws = rng.integers(len(columns), size=(RESAMPLES, 1, len(columns)))
    means = np.array(
        [[one[seeds, draws].mean(axis=(1, 2)) for one in s] for s in values]
    )
    logs = np.log(np.array(shots, np.float64))
    middle = _factors(values.mean(axis=(2, 3))[..., None], logs)[:, 0]
    spread = _factors(means, logs)
    tail = (100 - COVERED) / 2
    low, high = np.percentile(spread, [tail, 100 - tail], axis=1)
    return {
        n: Interval(float(middle[i]), float(low[i]), float(high[i]))
        for i, n in enumerate(shots)
    }


def _factors(curves: Array, logs: NDArray[np.float64]) -> Array:
    """Factors (N, R) of curves (2, N, R) at the logarithms of labels (N,)."""
    ours, theirs = curves
    theirs = np.maximum.accumulate(theirs, axis=0)
    needed = [
        np.interp(ours[:, r], theirs[:, r], logs) for r in range(ours.shape[1])
    ]
    return np.exp(np.stack(needed, axis=1) - logs[:, None])
