"""Sun, shadows and clouds."""

import datetime as dt
import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from geokr_mm.world.core.grid import Grid
from geokr_mm.world.sensors.sky import make_sky
from geokr_mm.world.sensors.sun import shade, summer, sun_position


def test_sun_of_known_days() -> None:
    # At the June solstice, half past ten, 23.44 N: hour angle 22.5 degrees.
    azimuth, elevation = sun_position(dt.date(2020, 6, 21), 23.44)
    up = math.sin(math.radians(23.44)) ** 2 + math.cos(
        math.radians(23.44)
    ) ** 2 * math.cos(math.radians(22.5))
    assert elevation == pytest.approx(math.asin(up), abs=0.01)
    assert 0 < azimuth < math.pi  # morning: the sun is in the east
    north, _ = sun_position(dt.date(2020, 12, 21), -33)
    assert math.cos(north) > -0.2
    assert summer(dt.date(2020, 7, 20), 45) == pytest.approx(1, abs=0.01)
    assert summer(dt.date(2020, 7, 20), -45) == pytest.approx(-1, abs=0.01)


def test_shadow_falls_away_from_the_sun() -> None:
    flat = np.zeros((31, 31), np.float32)
    tower = flat.copy()
    tower[15, 15] = 10
    # Sun in the east at 45 degrees: ten metres of shadow to the west.
    light = shade(flat, tower, 2.0, math.pi / 2, math.pi / 4)
    dark = np.flatnonzero(light[15] < 0.6)
    assert dark.tolist() == [11, 12, 13, 14] or dark.tolist() == [
        10,
        11,
        12,
        13,
        14,
    ]
    assert_array_equal(shade(flat, flat, 2.0, 1.0, 0.7), np.ones((31, 31)))


def test_clouds_have_the_share_asked_for() -> None:
    grid = Grid.window(0, 2e5, 200, 1000, 1000)
    assert make_sky(1, 0.0, grid, 1.0, 0.8) is None
    for share in (0.1, 0.3, 0.6):
        got = [
            (make_sky(seed, share, grid, 1.0, 0.8).opacity > 0.45).mean()
            for seed in range(4)
        ]
        assert np.mean(got) == pytest.approx(share, abs=0.08)
