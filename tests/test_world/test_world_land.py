"""Fields, land and light: values that can be checked."""

import datetime as dt
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from geokr_mm.world import land as lc
from geokr_mm.world.drainage import drain, fill
from geokr_mm.world.grid import Grid
from geokr_mm.world.hashing import cell_hash, mix, subseed, unit
from geokr_mm.world.noise import fractal_noise, interpolate, lattice_noise
from geokr_mm.world.place import make_place, utm_epsg
from geokr_mm.world.sky import make_sky
from geokr_mm.world.sun import shade, summer, sun_position


def test_hash_is_uniform_and_fixed() -> None:
    # A changed value here changes every world ever made.
    assert mix(np.uint32([0, 1, 2])).tolist() == [0, 1753845952, 3507691905]
    assert subseed(7, 'a', 1) == subseed(7, 'a', 1) != subseed(7, 'a', 2)
    i, j = np.meshgrid(np.arange(-300, 300), np.arange(-300, 300))
    u = unit(cell_hash(i, j, 11))
    counts, _ = np.histogram(u, 20, (0, 1))
    assert abs(counts / u.size - 0.05).max() < 0.002
    assert abs(np.corrcoef(u[:, 1:].ravel(), u[:, :-1].ravel())[0, 1]) < 0.01


def test_interpolate_reproduces_a_plane() -> None:
    rows, cols = np.indices((12, 15), dtype=np.float32)
    plane = 2 * cols - 3 * rows + 1
    at_c, at_r = np.array([3.25, 7.5, 10.0]), np.array([2.5, 8.125])
    got = interpolate(plane, at_c, at_r)
    assert_allclose(got, 2 * at_c - 3 * at_r[:, None] + 1, atol=1e-5)
    free = interpolate(
        plane, np.tile(at_c, (2, 1)), np.tile(at_r[:, None], (1, 3))
    )
    assert_allclose(free, got, atol=1e-5)


def test_noise_belongs_to_the_ground() -> None:
    """A window and a part of it see the same noise."""
    whole = Grid.window(0, 640, 2, 320, 320)
    part = Grid.window(200, 400, 2, 100, 120)
    a, b = (fractal_noise(g, 150, 5, 9) for g in (whole, part))
    assert_allclose(a[120:220, 100:220], b, atol=2e-5)
    wide = lattice_noise(Grid.window(0, 1e5, 100, 1000, 1000), 330, 3)
    assert abs(wide.mean()) < 0.05
    assert wide.std() == pytest.approx(1, abs=0.06)


def test_water_runs_down_to_the_border() -> None:
    rng = np.random.default_rng(0)
    height = rng.random((40, 40)).astype(np.float32)
    target, flow = drain(height)
    at = np.arange(1600)
    for _ in range(1600):
        at = np.where(target[at] >= 0, target[at], at)
    rows, cols = np.divmod(at, 40)
    assert ((rows % 39 == 0) | (cols % 39 == 0)).all()
    border = target.reshape(40, 40) < 0
    assert flow[border].sum() == 1600  # every cell's water gets out
    bowl = np.full((5, 5), 3, np.float32)
    bowl[2, 2] = 0
    bowl[2, 4] = bowl[2, 3] = 1
    assert fill(bowl)[2, 2] == 1


@pytest.mark.parametrize('number', range(9))
def test_windows_agree_with_the_whole(number: int) -> None:
    """Any part of a place made alone is the same land."""
    country = lc.settle(make_place(1, number, 'train', 2880.0))
    whole = lc.survey(country, Grid.window(-800, 800, 8, 200, 200), 2016)
    part = lc.survey(country, Grid.window(-160, 240, 8, 60, 70), 2016)
    same = whole.cover[70:130, 80:150] == part.cover
    assert same.mean() > 0.999
    assert set(np.unique(whole.cover).tolist()) <= {*lc.CODES, lc.SEA}


def test_places() -> None:
    places = [
        make_place(5, n, role, 16800.0)
        for role in ('train', 'labels')
        for n in range(60)
    ]
    assert len({p.name for p in places}) == len(places)
    assert len({p.seed for p in places}) == len(places)
    for k, a in enumerate(places):
        assert utm_epsg(a.lon, a.lat) == a.epsg
        for b in places[k + 1 :]:
            if a.epsg == b.epsg:
                apart = max(abs(a.east - b.east), abs(a.north - b.north))
                assert apart > 16800
    assert {p.lat > 0 for p in places} == {True, False}


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
