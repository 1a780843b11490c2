"""Paired differences against every resample, counted out."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from geokr_mm.benchmark.intervals import (
    Interval,
    difference,
    interval,
    matrix,
)


def rows(values):
    """Rows of one model from (S, D) values."""
    return pd.DataFrame(
        [
            dict(pretraining_seed=str(s), seed=str(d), metric_value=str(v))
            for s, line in enumerate(values)
            for d, v in enumerate(line)
        ]
    )


def test_the_interval_is_that_of_all_resamples():
    values = np.array([[1.0, 4.0, 2.0], [3.0, 9.0, 5.0]])
    means = [
        values[np.ix_(seeds, draws)].mean()
        for seeds in product(range(2), repeat=2)
        for draws in product(range(3), repeat=3)
    ]
    low, high = np.percentile(means, [2.5, 97.5])
    found = interval(values)
    assert found.mean == pytest.approx(4.0)
    assert found.low == pytest.approx(low, abs=0.2)
    assert found.high == pytest.approx(high, abs=0.2)
    assert found == interval(values)


def test_pairs_take_out_what_all_share():
    """Draws differ by forty points, methods by one."""
    rng = np.random.default_rng(0)
    hard = rng.uniform(30, 70, 10)
    noise = rng.normal(0, 0.3, (2, 3, 10))
    ours, theirs = (
        matrix(rows(hard + 1 + noise[0])),
        matrix(rows(hard + noise[1])),
    )
    gap = difference(ours, theirs)
    assert gap.sign == 1 and gap.high - gap.low < 1
    assert difference(theirs, ours).sign == -1
    assert interval(ours.to_numpy()).high - gap.mean > 10
    assert difference(ours, ours).sign == 0


def test_only_shared_seeds_and_draws_are_compared():
    ours = matrix(rows([[1.0, 2.0], [3.0, 4.0]]))
    theirs = matrix(rows([[0.0, 0.0, 9.0]]))
    assert difference(ours, theirs) == Interval(1.5, 1.0, 2.0)
    other = theirs.rename(index={'0': '7'})
    assert difference(ours, other) is None


def test_the_last_of_a_repeat_and_no_seed_that_lacks_draws():
    found = rows([[1.0, 2.0], [3.0, 4.0]])
    again = pd.concat(
        [found.iloc[:3], found.iloc[:1].assign(metric_value='7')]
    )
    assert matrix(again).to_numpy().tolist() == [[7.0, 2.0]]


def test_an_interval_in_words():
    assert str(Interval(1.23, -0.5, 3.0)) == '+1.2 [-0.5, +3.0]'
