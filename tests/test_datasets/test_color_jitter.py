"""Colour jitter that upstream mmcv and numpy 2 do not break."""

import mmcv
import numpy as np
import pytest

from geokr_mm.datasets.transforms import ColorJitter
from geokr_mm.datasets.transforms.color import shift_hue

SETTINGS = dict(brightness=0.4, contrast=(0.5, 1.5), saturation=0.4, hue=0.3)


def reference(**settings):
    # Here, since geokr_mm makes torchvision importable first.
    from mmpretrain.datasets.transforms import ColorJitter

    return ColorJitter(**settings)


def picture(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (32, 24, 3), dtype=np.uint8)


@pytest.mark.parametrize('turns', [-0.5, -0.3, -0.001, 0.0, 0.1, 0.5])
def test_hue_is_that_of_mmcv(turns):
    image = picture(0)
    assert np.array_equal(
        shift_hue(image.copy(), turns), mmcv.adjust_hue(image, turns, 'cv2')
    )


def test_hue_turns_green_to_blue_and_red():
    """A third of a turn; the first band is blue."""
    green = np.full((2, 2, 3), (0, 255, 0), np.uint8)
    assert np.all(abs(shift_hue(green, 1 / 3)[0, 0] - [255.0, 0, 0]) <= 8)
    assert np.all(abs(shift_hue(green, -1 / 3)[0, 0] - [0.0, 0, 255]) <= 8)


@pytest.mark.parametrize('seed', range(6))
def test_draws_and_values_are_those_of_mmpretrain(seed):
    image, found = picture(seed), []
    for transform in (
        ColorJitter(**SETTINGS),
        reference(**SETTINGS, backend='cv2'),
    ):
        np.random.seed(seed)
        found.append(transform(dict(img=image.copy()))['img'])
    assert np.array_equal(*found)
    assert not np.array_equal(found[0], image)


@pytest.mark.parametrize('seed', range(3))
def test_pillow_differs_by_rounding(seed):
    """The backend that the released config used before."""
    image, found = picture(seed), []
    settings = dict(SETTINGS, hue=0.0)
    for transform in (
        ColorJitter(**settings),
        reference(**settings, backend='pillow'),
    ):
        np.random.seed(seed)
        found.append(transform(dict(img=image.copy()))['img'].astype(int))
    assert np.abs(found[0] - found[1]).max() <= 3


def test_no_jitter_changes_nothing_and_others_are_refused():
    image = picture(1)
    assert np.array_equal(ColorJitter()(dict(img=image))['img'], image)
    for other in (image[..., :2], image.astype(np.float32)):
        with pytest.raises(ValueError, match='BandJitter'):
            ColorJitter(0.4)(dict(img=other))
    for wrong in (dict(hue=0.6), dict(contrast=(1.5, 0.5))):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ColorJitter(**wrong)
