"""What stored numbers mean: scale, offset, and pixels on the ground."""

import logging
from dataclasses import replace

import numpy as np
import pyproj
import pytest
import rasterio

from geokr_mm.errors import InputError
from geokr_mm.geo import (
    BuildOptions,
    KnowledgeIndex,
    Scene,
    build_index,
    read_patch,
    stretch,
)
from geokr_mm.geo.scenes.radiometry import find_stretches
from geokr_mm.geo.scenes.scene import Scaling

SIZE = 64


@pytest.fixture
def ground():
    rng = np.random.default_rng(4)
    coarse = rng.integers(400, 3000, (3, 16, 16))
    return np.kron(coarse, np.ones((1, 4, 4), int)).astype(np.uint16)


@pytest.fixture
def cover(make_raster):
    codes = np.full((SIZE, SIZE), 10, np.uint8)
    return make_raster('ESA_WorldCover_10m_2021_v200_N45E014_Map.tif', codes)


def scaled(path, scale, offset):
    with rasterio.open(path, 'r+') as sink:
        sink.scales = (scale,) * 3
        sink.offsets = (offset,) * 3
    return path


def index_of(tmp_path, scenes, cover, **options):
    out = tmp_path / 'i.parquet'
    build_index(
        BuildOptions(tuple(scenes), 'worldcover', (cover,), 32, str(out),
                     **options)
    )  # fmt: skip
    return KnowledgeIndex.open(out)


def images(index):
    """Stretched pixels of all patches by scene."""
    found = {}
    for n in range(len(index)):
        record = index.record(n)
        image = stretch(read_patch(record), record.low, record.high)
        found.setdefault(record.scene, []).append(image)
    return {name: np.stack(some) for name, some in found.items()}


@pytest.mark.parametrize('mode', ['sensor', 'scene'])
def test_the_same_ground_looks_the_same(
    make_raster, tmp_path, ground, cover, mode
):
    old = scaled(make_raster('old.tif', ground, nodata=0), 1e-4, 0.0)
    new = scaled(make_raster('new.tif', ground + 1000, nodata=0), 1e-4, -0.1)
    half = scaled(make_raster('half.tif', ground * 2), 5e-5, 0.0)
    index = index_of(tmp_path, (old, new, half), cover, stretch=mode)
    found = images(index)
    assert found['old'].std() > 20
    for other in ('new', 'half'):
        apart = found[other].astype(int) - found['old']
        assert np.abs(apart).max() <= 1
    rows = index.table.select(['scene', 'scale', 'offset']).to_pylist()
    by_scene = {row['scene']: row for row in rows}
    assert by_scene['new']['scale'] == pytest.approx([1e-4] * 3)
    assert by_scene['new']['offset'] == pytest.approx([-0.1] * 3)
    record = index.record(0)
    assert record.scene == 'half'
    assert record.scale == pytest.approx([5e-5] * 3)
    # Switched off, the thousand counts show.
    plain = index_of(
        tmp_path, (old, new), cover, stretch='sensor', use_scaling=False
    )
    shift = images(plain)['new'].mean() - images(plain)['old'].mean()
    assert shift > 50 and plain.record(0).offset.tolist() == [0, 0, 0]


def test_an_offset_for_all_scenes(make_raster, tmp_path, ground, cover):
    path = make_raster('s.tif', ground + 1000)
    index = index_of(tmp_path, (path,), cover, offset=-1000.0, scale=0.5)
    row = index.table.select(['scale', 'offset']).to_pylist()[0]
    assert row == {'scale': [0.5] * 3, 'offset': [-1000.0] * 3}
    with pytest.raises(InputError, match='--scale 0'):
        index_of(tmp_path, (path,), cover, scale=0.0)


def test_negative_values_stretch_like_others(make_raster):
    rng = np.random.default_rng(6)
    decibel = rng.uniform(-25.0, -5.0, (2, SIZE, SIZE)).astype(np.float32)
    decibel[:, :, :10] = np.nan
    scene = Scene.open(make_raster('s1.tif', decibel, nodata=np.nan))
    low, high = find_stretches([scene], 'sensor').scenes['s1'].limits
    for band in range(2):
        expected = np.percentile(decibel[band, :, 10:], (1, 99))
        assert (low[band], high[band]) == pytest.approx(expected, abs=1e-4)
    image = stretch(decibel, low, high)
    assert 110 < image[:, :, 10:].mean() < 145


def test_offsets_that_nobody_states_are_named(make_raster, ground, caplog):
    scenes = [
        Scene.open(make_raster('old.tif', ground)),
        Scene.open(make_raster('new.tif', ground + 1000)),
    ]
    with caplog.at_level(logging.WARNING):
        find_stretches(scenes, 'sensor')
    assert 'darkest values of 1 of 2 scenes are about 1000' in caplog.text
    assert 'new.tif' in caplog.text and '--offset' in caplog.text
    caplog.clear()
    stated = [
        replace(scene, scaling=(Scaling(1.0, offset),) * 3)
        for scene, offset in zip(scenes, (0.0, -1000.0), strict=True)
    ]
    with caplog.at_level(logging.WARNING):
        find_stretches(stated, 'sensor')
    assert not caplog.text


def test_statistics_leave_out_masked_pixels(
    make_raster, tmp_path, ground, cover
):
    pixels = (ground // 16).astype(np.uint8)
    pixels[0, :, :2] = 0
    path = make_raster('s.tif', pixels, nodata=0)
    index = index_of(tmp_path, (path,), cover, stretch='none')
    assert index.column('keep').all()
    mean = index.metadata.statistics['mean']
    assert mean[0] == pytest.approx(pixels[0, :, 2:].mean(), rel=1e-6)
    assert mean[1] == pytest.approx(pixels[1].mean(), rel=1e-6)


@pytest.mark.parametrize(
    ('crs', 'origin', 'res', 'expected'),
    [
        # Web Mercator is stretched by 1 / cos(latitude).
        ('EPSG:3857', (1669792.0, 8399737.0), 10.0, 10 * 0.5015),
        # A kilometre is a thousand metres, a US foot 0.3048.
        ('+proj=utm +zone=33 +units=km', (500.0, 5100.0), 0.01, 10.0),
        ('EPSG:2263', (984000.0, 199000.0), 10.0, 3.048),
        ('EPSG:32633', (500000.0, 5100000.0), 10.0, 10.0),
    ],
)
def test_pixels_are_measured_on_the_ground(
    make_raster, crs, origin, res, expected
):
    path = make_raster(
        's.tif', np.ones((9, 9), np.uint8), crs, origin, float(res)
    )
    assert Scene.open(path).gsd() == pytest.approx(expected, rel=2e-3)


def test_geographic_pixels_are_those_of_the_ellipsoid(make_raster):
    path = make_raster(
        'g.tif', np.ones((9, 9), np.uint8), 'EPSG:4326', (10.0, 60.0), 0.001
    )
    scene = Scene.open(path)
    lon, lat = scene.centres([scene.whole])[0]
    geodesic = pyproj.Geod(ellps='WGS84')
    east = geodesic.inv(lon - 5e-4, lat, lon + 5e-4, lat)[2]
    north = geodesic.inv(lon, lat - 5e-4, lon, lat + 5e-4)[2]
    assert scene.gsd() == pytest.approx((east * north) ** 0.5, rel=1e-4)


def test_longitudes_from_0_to_360(make_raster, tmp_path):
    rng = np.random.default_rng(8)
    pixels = rng.integers(10, 250, (3, SIZE, SIZE)).astype(np.uint8)
    path = make_raster('g.tif', pixels, 'EPSG:4326', (240.0, 40.0), 1e-4)
    codes = np.full((SIZE, SIZE), 10, np.uint8)
    cover = make_raster(
        'ESA_WorldCover_10m_2021_v200_N39W120_Map.tif', codes, 'EPSG:4326',
        (-120.0, 40.0), 1e-4,
    )  # fmt: skip
    index = index_of(tmp_path, (path,), cover, stretch='none')
    lon = index.column('lon')
    assert lon.min() == pytest.approx(-120 + 16e-4)
    assert (index.valid_fraction == 1).all()
    shapes = index.frame.geometry
    centres = np.stack([shapes.centroid.x, shapes.centroid.y], axis=1)
    assert np.allclose(centres[:, 0], lon)
