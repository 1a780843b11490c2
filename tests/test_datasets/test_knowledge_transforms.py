"""Augmentation and packing, by value."""

import numpy as np
import pytest
import torch

from geokr_mm.datasets.transforms import (
    BandJitter,
    PackKnowledgeInputs,
    RandomRightAngle,
)
from geokr_mm.errors import InputError


def image(bands=5):
    """A patch with all bands different."""
    rng = np.random.default_rng(0)
    return rng.integers(20, 200, (6, 8, bands), dtype=np.uint8)


def test_right_angles_are_all_drawn_and_exact():
    np.random.seed(0)
    source, transform = image(), RandomRightAngle()
    seen = set()
    for _ in range(60):
        out = transform(dict(img=source))
        turns = [
            k
            for k in range(4)
            if np.array_equal(np.rot90(source, k), out['img'])
        ]
        assert len(turns) == 1
        assert out['img_shape'] == out['img'].shape[:2]
        seen.add(turns[0])
    assert seen == {0, 1, 2, 3}


def test_right_angle_can_be_off():
    source = image()
    out = RandomRightAngle(prob=0.0)(dict(img=source))
    assert np.array_equal(out['img'], source)


def test_jitter_by_hand():
    source = image()
    jitter = BandJitter((1.1, 1.1), (0.5, 0.5), (2.0, 2.0))
    x = source.astype(float) * 1.1
    x = x.mean() + 0.5 * (x - x.mean())
    grey = x.mean(axis=2, keepdims=True)
    expected = np.clip(np.rint(grey + 2 * (x - grey)), 0, 255)
    out = jitter(dict(img=source))['img']
    assert out.dtype == np.uint8
    assert np.abs(out.astype(float) - expected).max() <= 1


def test_values_keep_the_contrast_of_each_band():
    """Bands of reflectance and of counts in one image, five of them."""
    source = image().astype(np.float32) * np.float32([1e-4, 1, 50, 1, 1])
    jitter = BandJitter((1.1, 1.1), (0.5, 0.5))
    x = source.astype(float) * 1.1
    mean = x.mean(axis=(0, 1))
    out = jitter(dict(img=source))['img']
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, mean + 0.5 * (x - mean), rtol=1e-5)


def test_saturation_of_values_is_for_three_bands():
    source = image(3).astype(np.float32) / 255
    out = BandJitter((1, 1), (1, 1), (2.0, 2.0))(dict(img=source))['img']
    grey = source.mean(axis=2, keepdims=True)
    np.testing.assert_allclose(out, 2 * source - grey, atol=1e-6)
    with pytest.raises(InputError, match=r'saturation=\(2.0, 2.0\) of 5'):
        BandJitter((1, 1), (1, 1), (2.0, 2.0))(
            dict(img=image().astype(np.float32))
        )


def test_neutral_jitter_changes_nothing():
    source = image()
    jitter = BandJitter((1, 1), (1, 1), (1, 1))
    assert np.array_equal(jitter(dict(img=source))['img'], source)
    off = BandJitter(prob=0.0)
    assert np.array_equal(off(dict(img=source))['img'], source)


def test_bad_range_is_named():
    with pytest.raises(ValueError, match='contrast'):
        BandJitter(contrast=(1.5, 0.5))


def test_packing_keeps_views_knowledge_and_names():
    views = [image(3), image(3)[::-1]]
    packed = PackKnowledgeInputs(
        keys=['grid_fractions', 'lonlat', 'row', 'change']
    )(
        dict(
            img=views,
            class_fractions=np.array([0.25, 0.75]),
            grid_fractions=np.full((2, 2, 2), 0.5),
            valid_fraction=0.8,
            patch_id='a/0/0',
            lonlat=(10.0, 50.0),
            row=7,
            confidence=0.5,
        )
    )
    for view, tensor in zip(views, packed['inputs'], strict=True):
        assert np.array_equal(tensor.numpy().transpose(1, 2, 0), view)
    sample = packed['data_samples']
    assert sample.class_fractions.tolist() == [0.25, 0.75]
    assert sample.grid_fractions.shape == (2, 2, 2)
    assert sample.valid_fraction.tolist() == pytest.approx([0.8])
    assert sample.patch_id == 'a/0/0'
    assert sample.lonlat.tolist() == [10.0, 50.0]
    assert sample.lonlat.dtype == torch.float64
    assert sample.row.tolist() == [7] and sample.row.dtype == torch.int64
    assert sample.valid_fraction.dtype == torch.float32
    # Not wanted, and not there.
    assert 'confidence' not in sample and 'change' not in sample


def test_a_mirrored_single_cell_can_be_packed():
    cell = np.array([[[0.25, 0.75]]])[:, ::-1]
    packed = PackKnowledgeInputs(keys=['grid_fractions'])(
        dict(
            img=image(3),
            class_fractions=cell[0, 0],
            grid_fractions=cell,
            valid_fraction=1.0,
        )
    )
    assert packed['data_samples'].grid_fractions.tolist() == [[[0.25, 0.75]]]
