import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import Scene, stretch
from geokr_mm.geo.scenes.radiometry import find_stretches
from geokr_mm.geo.scenes.values import thumbnail


@pytest.fixture
def scene(make_raster):
    rng = np.random.default_rng(1)
    pixels = rng.integers(1000, 9000, (3, 60, 70)).astype(np.uint16)
    pixels[:, :5] = 0
    return Scene.open(make_raster('s.tif', pixels, nodata=0)), pixels


def test_scene_mode_is_the_released_one(scene):
    opened, pixels = scene
    low, high = find_stretches([opened], 'scene').scenes['s'].limits
    mean = pixels[:, 5:].astype(float).mean(axis=0)
    expected = np.percentile(mean, (1, 99))
    assert np.allclose(low, expected[0]) and np.allclose(high, expected[1])
    assert len(low) == 3


def test_sensor_mode_is_per_band_over_all_scenes(scene, make_raster):
    opened, pixels = scene
    brighter = make_raster('t.tif', pixels + 500, nodata=500)
    other = Scene.open(brighter)
    found = find_stretches([opened, other], 'sensor').scenes
    values = np.concatenate(
        [pixels[:, 5:].reshape(3, -1), pixels[:, 5:].reshape(3, -1) + 500], 1
    )
    expected = np.percentile(values, (1, 99), axis=1)
    for name in ('s', 't'):
        assert np.allclose(found[name].limits, expected)


def test_large_scenes_are_thinned(make_raster):
    pixels = np.tile(np.arange(1, 2001, dtype=np.uint16), (2400, 1))
    opened = Scene.open(make_raster('big.tif', pixels))
    thinned = thumbnail(opened)
    # A twentieth of the sides, but at least 100 pixels: every twentieth.
    assert thinned.shape == (1, 120, 100)
    assert np.allclose(np.diff(thinned[0, 0]), 20)
    low, high = find_stretches([opened], 'scene').scenes['big'].limits
    expected = np.percentile(thinned[0, 0], (1, 99))
    assert (low[0], high[0]) == pytest.approx(expected, abs=1)
    assert 1900 < high[0] - low[0] < 1980


def test_stretch_values():
    pixels = np.array([[[50, 100, 150, 200, 250]]], np.uint16)
    found = stretch(pixels, np.array([100.0]), np.array([200.0]))
    assert found.dtype == np.uint8
    assert found.tolist() == [[[0, 0, 127, 255, 255]]]


def test_none_keeps_uint8_and_scales_uint16(make_raster):
    small = np.arange(256, dtype=np.uint8).reshape(16, 16)
    opened = Scene.open(make_raster('u8.tif', small))
    pair = find_stretches([opened], 'none').scenes['u8'].limits
    assert (stretch(small[None], *pair)[0] == small).all()
    wide = Scene.open(make_raster('u16.tif', small.astype(np.uint16)))
    assert find_stretches([wide], 'none').scenes['u16'].limits[1].tolist() == [
        65535.0
    ]


def test_what_cannot_be_stretched(make_raster):
    empty = Scene.open(make_raster('e.tif', np.zeros((9, 9), np.uint8)))
    for mode in ('scene', 'sensor'):
        with pytest.raises(InputError, match='no pixel holds data'):
            find_stretches([empty], mode)
    real = Scene.open(make_raster('f.tif', np.ones((9, 9), np.float32)))
    with pytest.raises(InputError, match='no fixed range'):
        find_stretches([real], 'none')
    with pytest.raises(InputError, match='scene, sensor, none'):
        find_stretches([real], 'auto')


def test_not_a_number_becomes_black():
    pixels = np.array([[[np.nan, 5.0]]], np.float32)
    found = stretch(pixels, np.array([0.0]), np.array([10.0]))
    assert found.tolist() == [[[0, 127]]]


def test_large_8_bit_images_have_the_values_of_small_ones():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (3, 40, 64), np.uint8)
    low, high = np.array([3.5, 0, 200]), np.array([90, 255, 200.001])
    rows = [stretch(pixels[:, n : n + 1], low, high) for n in range(40)]
    assert np.array_equal(
        stretch(pixels, low, high), np.concatenate(rows, axis=1)
    )
