import numpy as np
import pytest
from skimage.exposure import is_low_contrast

from geokr_mm.errors import InputError
from geokr_mm.geo.quality import (
    FILTERS,
    Quality,
    choose_filters,
    measure,
    verdicts,
)

GOOD = Quality(0.0, 0.0, 0.0, 0.5, 200.0)
FULL = np.zeros((8, 10), bool)


def test_figures_of_a_known_patch():
    image = np.full((2, 8, 10), 100, np.uint8)
    image[:, 0] = 10
    image[:, 1:3] = 240
    # The mean counts, not the bands: 0 and 100 give 50.
    image[0, 3], image[1, 3] = 0, 100
    empty = FULL.copy()
    empty[4] = True
    found = measure(image, empty)
    assert found.dark == pytest.approx(1 / 8)
    assert found.bright == pytest.approx(2 / 8)
    assert found.image_nodata == pytest.approx(1 / 8)
    assert found.peak == 240
    assert found.contrast == pytest.approx(230 / 255)


def test_contrast_agrees_with_scikit_image():
    rng = np.random.default_rng(2)
    for spread in (2, 10, 12, 14, 20, 60):
        gray = rng.integers(90, 90 + spread, (1, 32, 32)).astype(np.uint8)
        found = measure(gray, np.zeros((32, 32), bool)).contrast < 0.05
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
def test_verdicts(change, valid, sea, names):
    quality = Quality(**{**GOOD.__dict__, **change})
    assert verdicts(quality, valid, sea, choose_filters(None)) == names


def test_filters_can_be_chosen_and_left_out():
    assert list(choose_filters(None)) == list(FILTERS)
    assert list(choose_filters(None, ['dark', 'cloud'])) == [
        'nodata',
        'low_contrast',
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
    assert verdicts(GOOD, 0.0, 0.0, {}) == ['uncovered']
    assert verdicts(GOOD, 0.0, 1.0, {}) == ['sea']
