"""Errors of products, each by its effect."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from geokr_mm.world.core.grid import Grid
from geokr_mm.world.land import legend as lc
from geokr_mm.world.land.cover import settle, survey
from geokr_mm.world.land.place import make_place
from geokr_mm.world.products.map_errors import (
    CONFUSION,
    ProductNoise,
    confuse,
    drop_small,
    majority,
    map_country,
)

OFF = ProductNoise(lag=0, majority=False, unit=1, shift=0, confusion=0)


def test_majority_counts_and_breaks_ties_low() -> None:
    codes = np.array(
        [
            [10, 10, 20, 60],
            [20, 10, 20, 60],
            [30, 30, 80, 80],
            [40, 40, 80, 90],
        ],
        np.uint8,
    )
    assert_array_equal(majority(codes, 2), [[10, 20], [30, 80]])


def test_drop_small_keeps_what_is_large_enough() -> None:
    codes = np.full((9, 9), 20, np.uint8)
    codes[0, 0] = 60
    codes[4:7, 4:7] = 10
    out = drop_small(codes, 9)
    assert out[0, 0] == 20
    assert (out == 10).sum() == 9
    assert (drop_small(codes, 10) == 20).all()


def test_confusion_has_the_shares_of_its_table() -> None:
    grid = Grid.window(0, 60000, 30, 2000, 2000)
    codes = np.full((2000, 2000), lc.SHRUB, np.uint8)
    out = confuse(codes, grid, 5, 1.0)
    for other, share in CONFUSION[lc.SHRUB]:
        assert (out == other).mean() == pytest.approx(share, abs=0.03)
    wrong = out != codes
    # Errors come in clumps: a wrong cell's neighbour is wrong more often.
    beside = wrong[:, 1:][wrong[:, :-1]].mean()
    assert beside > 1.5 * wrong.mean()
    assert_array_equal(confuse(codes, grid, 5, 0.0), codes)


@pytest.fixture(scope='module')
def place_grid() -> tuple:
    place = make_place(0, 1, 'train', 3840.0)
    grid = Grid.window(-1920, 1920, 30, 128, 128)
    return settle(place), grid


def test_all_dials_off_is_the_truth(place_grid: tuple) -> None:
    country, grid = place_grid
    truth = survey(country, grid, 2015).cover
    assert_array_equal(map_country(country, grid, 2015, OFF, 1), truth)


@pytest.mark.parametrize(
    'dial',
    [{'majority': True}, {'unit': 9}, {'shift': 18.0}, {'confusion': 1.0}],
)
def test_each_dial_alone_changes_some_cells(
    place_grid: tuple, dial: dict
) -> None:
    country, grid = place_grid
    truth = map_country(country, grid, 2015, OFF, 1)
    other = map_country(country, grid, 2015, replace(OFF, **dial), 1)
    assert 0.003 < (truth != other).mean() < 0.35


def test_land_changes_between_years(place_grid: tuple) -> None:
    country, grid = place_grid
    old, new = (
        map_country(country, grid, year, OFF, 1) for year in (2010, 2020)
    )
    assert 0.01 < (old != new).mean() < 0.3
    assert (new == lc.BUILT).sum() > (old == lc.BUILT).sum()
