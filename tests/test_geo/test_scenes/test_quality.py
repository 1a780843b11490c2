import numpy as np
import pytest
from skimage.exposure import is_low_contrast

from geokr_mm.errors import InputError
from geokr_mm.geo.scenes.quality import (
    FILTERS,
    Quality,
    choose_filters,
    measure,
    rejections,
)

GOOD = Quality(0.0, 0.0, 0.0, 0.5, 200.0)


def test_figures_of_a_known_patch():
    image = np.full((2, 8, 10), 100, np.uint8)
    image[:, 0] = 10
    image[:, 1:3] = 240
    # The mean counts, not the bands: 0 and 100 give 50.
    image[0, 3], image[1, 3] = 0, 100
    valid = np.ones(image.shape, bool)
    valid[:, 4] = False
    # Empty in one band only: the other one counts.
    image[0, 5, 0], valid[0, 5, 0] = 255, False
    found = measure(image, valid)
    assert found.dark == pytest.approx(1 / 7)
    assert found.bright == pytest.approx(2 / 7)
    assert found.image_nodata == pytest.approx(1 / 8)
    assert found.peak == 240
    assert found.contrast == pytest.approx(230 / 255)


def test_dark_and_flat_on_one_scale_is_not_enough():
    """A stretch over overcast scenes makes clear ones dark and flat."""
    stretched = np.linspace(5, 12, 64).astype(np.uint8).reshape(1, 8, 8)
    fixed = np.linspace(60, 200, 64).astype(np.uint8).reshape(1, 8, 8)
    assert measure(stretched).dark == 1.0
    for one, other in ((stretched, fixed), (fixed, stretched)):
        found = measure(one, None, other)
        assert found.dark == 0.0 and found.peak == 200
        assert found.contrast == pytest.approx(138 / 255, abs=2 / 255)
    # What is bright counts on the common scale alone.
    assert measure(stretched, None, fixed + np.uint8(55)).bright > 0.1
    assert measure(fixed + np.uint8(55), None, stretched).bright == 0.0


def test_nothing_valid_is_all_nodata():
    image = np.zeros((2, 4, 4), np.uint8)
    found = measure(image, np.zeros(image.shape, bool))
    assert found == Quality(1.0, 0.0, 0.0, 0.0, 0.0)
    rejected = rejections(found, 1.0, 0.0, choose_filters(None))
    assert rejected == ['nodata', 'dark', 'low_contrast']


def test_a_mask_takes_the_place_of_brightness():
    chosen = choose_filters(None)
    for change, names in [
        ({'bright': 0.9, 'cloud': 0.1, 'shadow': 0.0}, []),
        ({'bright': 0.0, 'cloud': 0.21, 'shadow': 0.0}, ['cloud']),
        ({'bright': 0.0, 'cloud': 0.0, 'shadow': 0.3}, ['shadow']),
        ({'bright': 0.9}, ['cloud']),
    ]:
        quality = Quality(**{**GOOD.__dict__, **change})
        assert rejections(quality, 1.0, 0.0, chosen) == names
    strict = choose_filters(None, most_masked=0.05)
    quality = Quality(**{**GOOD.__dict__, 'cloud': 0.06, 'shadow': 0.06})
    assert rejections(quality, 1.0, 0.0, strict) == ['cloud', 'shadow']
    assert FILTERS['cloud']['most_masked'] == 0.2


def test_contrast_agrees_with_scikit_image():
    rng = np.random.default_rng(2)
    for spread in (2, 10, 12, 14, 20, 60):
        gray = rng.integers(90, 90 + spread, (1, 32, 32)).astype(np.uint8)
        found = measure(gray).contrast < 0.05
        assert found == is_low_contrast(gray[0], 0.05)


@pytest.mark.parametrize(
    ('change', 'valid', 'sea', 'names'),
    [
        ({}, 1.0, 0.0, []),
        ({'image_nodata': 0.11}, 1.0, 0.0, ['nodata']),
        ({'dark': 0.11}, 1.0, 0.0, ['dark']),
        ({'peak': 19.0}, 1.0, 0.0, ['dark']),
        ({'contrast': 0.04}, 1.0, 0.0, ['low_contrast']),
        ({'bright': 0.51}, 1.0, 0.0, ['cloud']),
        ({'bright': 0.5}, 1.0, 0.0, []),
        ({}, 0.29, 0.71, ['sea']),
        ({}, 0.31, 0.69, []),
        ({}, 0.2, 0.0, ['uncovered']),
        ({}, 0.1, 0.1, ['uncovered']),
        ({'dark': 1.0, 'contrast': 0.0}, 0.0, 1.0,
         ['dark', 'low_contrast', 'sea']),
    ],
)  # fmt: skip
def test_rejections(change, valid, sea, names):
    quality = Quality(**{**GOOD.__dict__, **change})
    assert rejections(quality, valid, sea, choose_filters(None)) == names


def test_filters_can_be_chosen_and_left_out():
    assert list(choose_filters(None)) == list(FILTERS)
    assert list(choose_filters(None, ['dark', 'cloud'])) == [
        'nodata',
        'low_contrast',
        'shadow',
        'sea',
        'uncovered',
    ]
    assert list(choose_filters(['uncovered', 'nodata'])) == [
        'nodata',
        'uncovered',
    ]
    chosen = choose_filters(None, min_valid=0.8)
    assert chosen['uncovered']['min_valid'] == 0.8
    assert FILTERS['uncovered']['min_valid'] == 0.3
    with pytest.raises(InputError, match="unknown filter 'fog'"):
        choose_filters(['fog'])
    with pytest.raises(InputError, match="unknown filter 'fog'"):
        choose_filters(None, ['fog'])


def test_without_knowledge_never_kept_whatever_the_filters():
    assert rejections(GOOD, 0.0, 0.0, {}) == ['uncovered']
    assert rejections(GOOD, 0.0, 1.0, {}) == ['sea']
