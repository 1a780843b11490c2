"""Physical values: units, wavelengths, and sums against numpy."""

import numpy as np
import pytest

from geokr_mm.geo.scenes.physical import (
    band_sums,
    mean_and_std,
    scaled_sums,
    to_values,
    units_of,
)
from geokr_mm.geo.scenes.scene import Scaling
from geokr_mm.geo.scenes.sensors import wavelengths

SCALE, OFFSET = np.array([1e-4, 2.0]), np.array([-0.1, 0.0])


@pytest.mark.parametrize('masked', [False, True])
def test_sums_of_parts_are_those_of_all_pixels(masked):
    rng = np.random.default_rng(1)
    stored = rng.integers(0, 10000, (6, 2, 8, 9)).astype(np.uint16)
    valid = rng.random(stored.shape) < 0.7 if masked else None
    total = np.zeros((3, 2))
    for n, part in enumerate(stored):
        found = band_sums(part, None if valid is None else valid[n])
        total += scaled_sums(found, SCALE, OFFSET)
    got = mean_and_std(total)
    keep = np.ones(stored.shape, bool) if valid is None else valid
    for band in range(2):
        numbers = stored[:, band][keep[:, band]].astype(float)
        values = numbers * SCALE[band] + OFFSET[band]
        assert got['mean'][band] == pytest.approx(values.mean(), rel=1e-12)
        assert got['std'][band] == pytest.approx(values.std(), rel=1e-9)


def test_fill_values_do_not_count():
    pixels = np.full((1, 4, 4), 3.0, np.float32)
    pixels[0, 0] = [np.nan, np.inf, -1e38, 5.0]
    valid = np.isfinite(pixels) & (pixels > -1e38)
    count, total, square = band_sums(pixels, valid)
    assert (count[0], total[0], square[0]) == (13, 41, 133)


def test_a_band_of_one_value_has_deviation_one():
    sums = band_sums(np.full((1, 7, 7), 0.1, np.float32), None)
    assert mean_and_std(sums)['std'] == [1.0]
    empty = mean_and_std(np.zeros((3, 1)))
    assert empty == {'mean': [0.0], 'std': [1.0]}


def test_values_by_hand():
    stored = np.array([[[1000, 3000]], [[1, 2]]], np.uint16)
    values = to_values(stored, SCALE, OFFSET)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, [[[0.0, 0.2]], [[2, 4]]], atol=1e-7)
    plain = to_values(stored, np.ones(2), np.zeros(2))
    assert np.array_equal(plain, stored)


@pytest.mark.parametrize(
    ('dtype', 'scaling', 'known', 'units'),
    [
        ('uint8', (), False, 'brightness 0 to 255'),
        ('int16', (), False, 'counts'),
        ('float32', (), False, 'values as stored'),
        ('uint16', (Scaling(1.0, -1000.0),), False, 'counts'),
        ('uint16', (Scaling(1e-4, -0.1),), False, 'scaled values'),
        ('uint16', (Scaling(1e-4, -0.1),), True, 'reflectance'),
    ],
)
def test_units(dtype, scaling, known, units):
    assert units_of(dtype, scaling, known) == units


@pytest.mark.parametrize(
    ('scene', 'bands', 'expected'),
    [
        ('LC08_L2SP_038034', ['B4', 'nir', 'x'], (0.655, 0.865, None)),
        ('LE07_L2SP_038034', ['red', 'swir22'], (0.660, 2.220)),
        ('HLS.L30.T10S.v2.0', ['B02', 'B10'], (0.482, 10.895)),
        ('HLS.S30.T10S.v2.0', ['B02', 'B10'], (0.492, 1.374)),
        ('S2B_MSIL2A_20210601', ['blue', 'B12'], (0.492, 2.202)),
        # Only Sentinel-2 has a band of this name.
        ('place', ['B8A', 'B04'], (0.865, 0.665)),
        ('place', ['B04', 'red'], (None, None)),
    ],
)
def test_wavelengths(scene, bands, expected):
    assert wavelengths(scene, bands) == expected
