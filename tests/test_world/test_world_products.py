"""Products: layouts as delivered, and each noise dial by its effect."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio
from numpy.testing import assert_array_equal
from rasterio.warp import transform

from geokr_mm.world import land as lc
from geokr_mm.world.grid import Grid
from geokr_mm.world.place import make_place
from geokr_mm.world.presets import PRESETS, choose
from geokr_mm.world.products import (
    CONFUSION,
    ProductNoise,
    confuse,
    drop_small,
    majority,
    map_country,
)
from geokr_mm.world.tilefile import cut, write_tile
from geokr_mm.world.tiles import Piece, globeland30_tile, worldcover_tile

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
    return lc.settle(place), grid


def test_all_dials_off_is_the_truth(place_grid: tuple) -> None:
    country, grid = place_grid
    truth = lc.survey(country, grid, 2015).cover
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


@pytest.mark.parametrize(
    'lon, lat, name, epsg',
    [
        (113.9, 31.2, 'n49_30_2010lc030.tif', 32649),
        (114.1, 31.2, 'n50_30_2010lc030.tif', 32650),
        (-58.6, -33.4, 's21_30_2010lc030.tif', 32721),
        (25.4, 63.6, 'n35_60_2010lc030.tif', 32635),
        (31.0, 63.6, 'n35_60_2010lc030.tif', 32635),
    ],
)
def test_globeland30_tiles(
    lon: float, lat: float, name: str, epsg: int
) -> None:
    tile = globeland30_tile(lon, lat, 2010)
    assert (tile.name, tile.epsg) == (name, epsg)
    west, south, east, north = tile.box
    assert west <= lon < east and south <= lat < north
    assert tile.west % 30 == tile.north % 30 == 0


def test_worldcover_tile_is_the_delivered_grid() -> None:
    tile = worldcover_tile(6.5, 0.5, 2021)
    assert tile.name == 'ESA_WorldCover_10m_2021_v200_N00E006_Map.tif'
    assert (tile.west, tile.north) == (6.0, 3.0)
    assert tile.step == pytest.approx(1 / 12000)
    assert worldcover_tile(-58.6, -33.4, 2020).name == (
        'ESA_WorldCover_10m_2020_v100_S36W060_Map.tif'
    )


def test_worldcover_grid_equals_a_real_tile(shared_data) -> None:
    found = sorted((shared_data / 'worldcover').glob('*_Map.tif'))
    with rasterio.open(found[0]) as src:
        tile = worldcover_tile(6.5, 0.5, 2021)
        assert (src.width, src.height) == (tile.width, tile.height)
        assert src.transform.a == pytest.approx(tile.step)
        assert (src.transform.c, src.transform.f) == (tile.west, tile.north)
        assert src.name.endswith(tile.name)
        assert src.nodata == 0


def test_place_on_a_zone_border_fills_both_tiles(tmp_path) -> None:
    """Each tile answers for its own side, with no gap and no overlap."""
    place = make_place(0, 0, 'train', 6000.0)
    codes = np.tile(np.uint8([10, 20, 30, 40]), (200, 50))
    piece = Piece(place, codes, 30.0)
    covered = 0
    for lon in (113.99, 114.01):
        tile = globeland30_tile(lon, 31.2, 2010)
        part = cut(tile, piece)
        assert part is not None
        covered += (part[1] > 0).sum()
        write_tile(tmp_path / tile.name, tile, [piece], {'year': '2010'})
        with rasterio.open(tmp_path / tile.name) as src:
            assert src.nodata == 0
            # The cell under a known point holds the place's own code.
            at = (-1500.0, 1500.0) if lon < 114 else (2500.0, 1500.0)
            x, y = transform(
                f'EPSG:{place.epsg}',
                src.crs,
                [place.east + at[0]],
                [place.north + at[1]],
            )
            value = next(src.sample([(x[0], y[0])]))[0]
            row = int((3000 - at[1]) // 30)
            col = int((3000 + at[0]) // 30)
            near = codes[row - 1 : row + 2, col - 1 : col + 2]
            assert value in near
        assert (tmp_path / tile.name).stat().st_size < 200_000
    assert covered == pytest.approx(codes.size, rel=0.02)


def test_choose_turns_dials() -> None:
    preset = choose('tiny', places='4:2', shift=0.0, majority=False)
    assert (preset.first_place, preset.places) == (4, 2)
    assert preset.noise.shift == 0 and not preset.noise.majority
    assert choose('tiny') == PRESETS['tiny']


@pytest.mark.parametrize(
    'wrong',
    [
        {'name': 'huge'},
        {'name': 'tiny', 'places': '0'},
        {'name': 'tiny', 'places': 'all'},
        {'name': 'tiny', 'shift': -1.0},
        {'name': 'tiny', 'unit': 0},
    ],
)
def test_choose_says_what_is_wrong(wrong: dict) -> None:
    from geokr_mm.errors import InputError

    with pytest.raises(InputError, match='choose one of|give'):
        choose(**wrong)
