"""Maps that count longitudes from 0 to 360, or whose rows go north."""

import numpy as np
import pytest
from affine import Affine

from geokr_mm.geo import LandCover
from geokr_mm.geo.landcover.chunks import ChunkLocator

SQUARE = np.array([[-1.0, 1], [1, 1], [1, -1], [-1, -1]])
CODES = np.array([10, 20, 30, 40, 60, 0], np.uint8)


@pytest.fixture
def earth():
    """Codes of the whole earth by half a degree, from 180 degrees west."""
    return CODES[np.random.default_rng(8).integers(0, 6, (360, 720))]


def opened(path):
    return LandCover.open('worldcover', path, year=2021)


def measured(cover, feet, crs='EPSG:4326', grid=1):
    found = cover.coverage(feet, crs, grid)
    return np.concatenate(
        [found.fractions, found.valid[..., None], found.nodata[..., None],
         found.uncovered[..., None]], axis=-1,
    )  # fmt: skip


def places(rng, n=40):
    """Squares all over, and some over 0 and 180 degrees."""
    lon = rng.uniform(-180, 180, n)
    lon[:10] = rng.uniform(-0.6, 0.6, 10)
    lon[10:20] = rng.uniform(-180.6, -179.4, 10)
    lat = rng.uniform(-80, 80, n)
    centre = np.stack([lon, lat], axis=1)
    return centre[:, None] + rng.uniform(0.1, 1.5, (n, 1, 1)) * SQUARE


@pytest.mark.parametrize('west', [0.0, -0.25, -360.0, -90.0])
def test_longitudes_from_another_meridian(make_raster, earth, west):
    # Centres of cells on whole half degrees too, as climate models have it.
    start = -180.0 + west % 0.5
    one = make_raster('a.tif', earth, 'EPSG:4326', (start, 90.0), 0.5)
    feet = places(np.random.default_rng(1))
    turned = np.roll(earth, -round((west - start) / 0.5), axis=1)
    two = make_raster('b.tif', turned, 'EPSG:4326', (west, 90.0), 0.5)
    expected = measured(opened(one), feet)
    assert np.abs(measured(opened(two), feet) - expected).max() < 1e-6
    # Named by a full turn more, they are the same places.
    again = measured(opened(two), feet + [360.0, 0.0])
    assert np.abs(again - expected).max() < 1e-6


def test_metres_over_both_borders(make_raster, earth):
    one = make_raster('a.tif', earth, 'EPSG:4326', (-180.0, 90.0), 0.5)
    two = make_raster(
        'b.tif', np.roll(earth, 360, axis=1), 'EPSG:4326', (0.0, 90.0), 0.5
    )
    for crs, centre in (
        ('EPSG:32631', [166021.0, 5.0e6]),  # 0 degrees lies west of it
        ('EPSG:32660', [833978.0, 3.0e6]),  # about 180 degrees
        ('EPSG:3995', [0.0, 0.0]),  # the pole
    ):
        feet = (centre + 9e4 * SQUARE)[None]
        a, b = (measured(opened(p), feet, crs, 3) for p in (one, two))
        assert np.abs(a - b).max() < 1e-6
        assert a[..., -1].max() == 0  # nothing uncovered


def test_tiles_of_a_map_from_0_to_360(make_raster, earth):
    turned = np.roll(earth, 360, axis=1)
    tiles = [
        make_raster(
            f't/{n}.tif', turned[:, 120 * n : 120 * (n + 1)], 'EPSG:4326',
            (60.0 * n, 90.0), 0.5,
        )
        for n in range(6)
    ]  # fmt: skip
    one = make_raster('a.tif', earth, 'EPSG:4326', (-180.0, 90.0), 0.5)
    cover = opened(tiles)
    feet = places(np.random.default_rng(2))
    assert np.abs(
        measured(cover, feet) - measured(opened(one), feet)
    ).max() < (1e-6)
    split = ChunkLocator(cover.tiles)
    lon = np.array([-179.0, -61.0, -59.0, -1.0, 1.0, 61.0, 179.0])
    centres = np.stack([lon, np.zeros(7)], axis=1)
    home = split.tile_of(centres)
    assert home.tolist() == [3, 4, 5, 5, 0, 1, 2]
    # 59 degrees west is column 2 of the last tile, 1 degree west column 118.
    wide = ChunkLocator(opened(tiles[5]).tiles)
    turned_centres = np.array([[-59.0, 10.0], [-1.0, 10.0], [-1.0, -10.0]])
    rows = wide.chunk_of(turned_centres, np.zeros(3, np.int64))[:, 2]
    assert rows.tolist() == [160, 160, 200]
    runs = split.runs(centres, np.arange(7))
    assert runs['tile'].tolist() == [3, 4, 5, 0, 1, 2]
    assert runs['count'].tolist() == [1, 1, 2, 1, 1, 1]


def test_columns_of_chunks_in_a_map_from_0_to_360(
    make_raster, earth, monkeypatch
):
    from geokr_mm.geo.landcover import block_reads as chunks

    monkeypatch.setattr(chunks, 'CHUNK', 180)
    path = make_raster(
        'b.tif', earth, 'EPSG:4326', (0.0, 90.0), 0.5, tiled=True,
        blockxsize=16, blockysize=16,
    )  # fmt: skip
    split = ChunkLocator(opened(path).tiles)
    centres = np.array([[1.0, 0.0], [179.0, 0], [-179.0, 0], [-1.0, 0]])
    columns = split.chunk_of(centres, np.zeros(4, np.int64))[:, 1]
    assert columns.tolist() == [0, 2, 2, 4]


def test_rows_that_go_north(make_raster, earth):
    """A transform with a positive step in y, as some NetCDF exports."""
    for crs, corner, step in (
        ('EPSG:4326', (-180.0, 90.0), 0.5),
        ('EPSG:32633', (500000.0, 5.1e6), 30.0),
    ):
        name = crs[-4:]
        down = make_raster(f'{name}d.tif', earth, crs, corner, step)
        south = corner[1] - 360 * step
        up = make_raster(
            f'{name}u.tif', earth[::-1], crs,
            transform=Affine(step, 0, corner[0], 0, step, south),
        )  # fmt: skip
        rng = np.random.default_rng(5)
        middle = np.array([corner[0] + 360 * step, south + 180 * step])
        centre = middle + rng.uniform(-150, 150, (20, 1, 2)) * step
        feet = centre + rng.uniform(1, 9, (20, 1, 1)) * step * SQUARE
        a, b = (measured(opened(p), feet, crs, 2) for p in (down, up))
        assert np.abs(a - b).max() < 1e-6 and a[..., -3].min() > 0
        pictures = [opened(p).class_map(feet[0], crs, 16) for p in (down, up)]
        assert (pictures[0] == pictures[1]).all()
