"""Water, places and land cover: values that can be checked."""

import numpy as np
import pytest

from geokr_mm.world.core.grid import Grid
from geokr_mm.world.land import legend as lc
from geokr_mm.world.land.cover import settle, survey
from geokr_mm.world.land.drainage import drain, fill
from geokr_mm.world.land.place import make_place, utm_epsg


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
    country = settle(make_place(1, number, 'train', 2880.0))
    whole = survey(country, Grid.window(-800, 800, 8, 200, 200), 2016)
    part = survey(country, Grid.window(-160, 240, 8, 60, 70), 2016)
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
