"""Tiles of products: layouts as delivered."""

import numpy as np
import pytest
import rasterio
from numpy.testing import assert_array_equal
from rasterio.warp import transform

from geokr_mm.world.land import legend as lc
from geokr_mm.world.land.place import make_place
from geokr_mm.world.products.product_maps import own_codes
from geokr_mm.world.products.tiles import (
    cut,
    globeland30_tile,
    worldcover_tile,
    write_tile,
)


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
    """Each tile covers its own side, with no gap and no overlap."""
    place = make_place(0, 0, 'train', 6000.0)
    codes = np.tile(np.uint8([10, 20, 30, 40]), (200, 50))
    covered = 0
    for lon in (113.99, 114.01):
        tile = globeland30_tile(lon, 31.2, 2010)
        part = cut(tile, place, codes, 30.0)
        assert part is not None
        covered += (part[1] > 0).sum()
        parts = [(place, codes)]
        tags = {'year': '2010'}
        write_tile(tmp_path / tile.name, tile, parts, 30.0, tags)
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


def test_codes_come_from_the_product_files() -> None:
    assert_array_equal(own_codes('globeland30'), np.arange(256))
    table = own_codes('worldcover')
    assert {code: int(table[code]) for code in (*lc.CODES, lc.SEA)} == {
        lc.CROP: 40,
        lc.FOREST: 10,
        lc.GRASS: 30,
        lc.SHRUB: 20,
        lc.WETLAND: 90,
        lc.WATER: 80,
        lc.TUNDRA: 100,
        lc.BUILT: 50,
        lc.BARE: 60,
        lc.SNOW: 70,
        lc.SEA: 80,
    }
    assert (lc.SEA, lc.NODATA) == (255, 0)
    names = dict(zip(lc.CODES, lc.CLASSES, strict=True))
    assert (names[lc.CROP], names[lc.BUILT]) == ('cultivated', 'artificial')
    assert (names[lc.SNOW], names[lc.TUNDRA]) == ('snow_ice', 'tundra')
