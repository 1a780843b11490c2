"""Sea, inland water and blanks apart where there is one water code."""

import numpy as np
import pytest

from geokr_mm.geo import LandCover, load_product
from geokr_mm.geo.landcover.sea_mask import SeaZone, find_sea
from geokr_mm.geo.landcover.tile import Tile
from geokr_mm.geo.maps.product import SeaRule

RULE = SeaRule(code=80, larger_than_km2=500.0, beside_nodata_km2=5.0)
NODATA = frozenset({0})


def zone_of(path, rule=RULE):
    """The whole zone of a file at full size, False where it has none."""
    tile = Tile.open(path)
    zone = find_sea(tile, rule, NODATA)
    if zone is None:
        return np.zeros((tile.height, tile.width), bool)
    return zone.window(0, 0, tile.width, tile.height)


@pytest.fixture
def coast():
    """200 x 200 cells of 100 m: blank, sea, land with a lake and a river."""
    codes = np.full((200, 200), 10, np.uint8)
    codes[:, :40] = 0  # open sea, 80 km2
    codes[:, 40:100] = 80  # sea, 120 km2
    codes[90:96, 100:180] = 80  # a river 600 m wide, 8 km long
    codes[20:60, 140:180] = 80  # a lake of 16 km2
    codes[120:130, 100:104] = 80  # a bay 1 km wide, 400 m deep
    codes[70, 150] = 0  # a hole in the map
    return codes


def test_water_beside_a_large_blank_is_sea_up_to_the_river(make_raster, coast):
    sea = zone_of(make_raster('c.tif', coast, res=100.0)) & (coast == 80)
    assert sea[:, 40:100].all()
    assert sea[120:130, 100:104].all()  # the bay too
    assert not sea[20:60, 140:180].any()  # not the lake
    # The river is sea in its mouth at most: 15 cells.
    assert not sea[90:96, 116:].any()


def test_a_small_blank_makes_no_sea(make_raster, coast):
    coast[:, :40] = 10
    assert not zone_of(make_raster('c.tif', coast, res=100.0)).any()
    # Nor does a blank that the rule does not ask for.
    coast[:, :40] = 0
    plain = SeaRule(80, 500.0)
    assert not zone_of(make_raster('d.tif', coast, res=100.0), plain).any()


def test_a_body_larger_than_the_rule_is_sea_without_a_blank(
    make_raster, coast
):
    coast[:, :40] = 80
    path = make_raster('c.tif', coast, res=100.0)
    assert not zone_of(path).any()  # 200 km2
    sea = zone_of(path, SeaRule(80, 150.0))
    assert sea[:, :100].all() and not sea[20:60, 140:180].any()


def test_thinned_labels_keep_the_full_coastline(
    make_raster, coast, monkeypatch
):
    path = make_raster('c.tif', coast, res=100.0)
    full = zone_of(path) & (coast == 80)
    monkeypatch.setattr(
        'geokr_mm.geo.landcover.sea_mask.MOST_CELLS', 100 * 100
    )
    tile = Tile.open(path)
    zone = find_sea(tile, RULE, NODATA)
    assert zone.cells.shape == (100, 100)
    thin = zone.window(0, 0, 200, 200) & (coast == 80)
    # They differ at most in the mouth of the river.
    differ = np.argwhere(full != thin)
    assert (np.abs(differ - [93, 110]) <= [3, 12]).all()
    part = zone.window(30, 80, 90, 40)
    assert (part == zone.window(0, 0, 200, 200)[80:120, 30:120]).all()


def test_zone_windows_follow_sizes_that_do_not_divide():
    cells = np.arange(12).reshape(3, 4) % 2 == 0
    zone = SeaZone(cells, 7, 9)
    whole = zone.window(0, 0, 9, 7)
    rows = [r * 3 // 7 for r in range(7)]
    cols = [c * 4 // 9 for c in range(9)]
    assert (whole == cells[rows][:, cols]).all()


def test_fractions_of_worldcover_leave_the_sea_out(make_raster, coast):
    # One lake in the footprint, the rest forest; then the sea beside it.
    path = make_raster('c.tif', coast, res=120.0, nodata=0)
    cover = LandCover.open('worldcover', path, year=2021)
    top = 5100000.0

    def square(row, col, size):
        left, up = 500000.0 + col * 120, top - row * 120
        right, down = left + size * 120, up - size * 120
        return [[left, up], [right, up], [right, down], [left, down]]

    feet = np.array([square(40, 140, 60), square(140, 20, 40)])
    found = cover.coverage(feet, 'EPSG:32633')
    lake, river, hole = 20 * 40 / 3600, 6 * 40 / 3600, 1 / 3600
    water = cover.classes.index('water')
    assert found.sea[0, 0] == 0
    assert found.nodata[0, 0] == pytest.approx(hole, abs=1e-6)
    assert found.fractions[0, 0, water] == pytest.approx(
        (lake + river) / (1 - hole), abs=1e-6
    )
    assert found.sea[1, 0] == pytest.approx(0.5, abs=1e-6)
    assert found.nodata[1, 0] == pytest.approx(0.5, abs=1e-6)
    assert found.valid[1, 0] == 0 and not found.fractions[1].any()


def test_products_with_one_water_class_state_their_rule():
    assert load_product('worldcover').sea_rule == SeaRule(80, 60000.0, 100.0)
    assert load_product('mcd12q1').sea_rule == SeaRule(17, 150000.0, None)
    assert load_product('mcd12c1').sea_rule == SeaRule(0, 150000.0, None)
    assert load_product('glcnmo').sea_rule == SeaRule(20, 150000.0, None)
