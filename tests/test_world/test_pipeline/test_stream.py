"""Patches without a disk."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from geokr_mm.world.pipeline.presets import PRESETS
from geokr_mm.world.pipeline.stream import fractions, stream_patches
from geokr_mm.world.products.map_errors import ProductNoise

TINY = PRESETS['tiny']


def test_fractions_leave_the_sea_out() -> None:
    codes = np.uint8([[10, 10, 255, 0], [20, 60, 255, 255]])
    assert_array_equal(
        fractions(codes), np.float32([0.5, 0.25, 0, 0, 0, 0.25, 0, 0, 0, 0])
    )
    assert_array_equal(fractions(np.uint8([255])), np.zeros(10))


def test_stream_repeats_and_ranks_differ() -> None:
    first, again, other = (
        list(islice(stream_patches(TINY, 2, rank, 2), 20))
        for rank in (0, 0, 1)
    )
    for a, b in zip(first, again, strict=True):
        assert_array_equal(a.image, b.image)
        assert_array_equal(a.product, b.product)
    assert {p.place for p in first}.isdisjoint(p.place for p in other)
    assert first[0].image.shape == (4, TINY.patch, TINY.patch)


def test_without_noise_the_product_is_nearly_the_truth() -> None:
    off = ProductNoise(lag=0, majority=False, unit=1, shift=0, confusion=0)
    gaps = {}
    for name, noise in (('off', off), ('on', ProductNoise())):
        preset = replace(TINY, noise=noise, sensors=(('d16',),))
        gaps[name] = np.mean(
            [
                np.abs(p.product - p.truth).sum() / 2
                for p in islice(stream_patches(preset, 2), 40)
            ]
        )
    assert gaps['off'] < 0.08
    assert gaps['on'] > 2 * gaps['off']
    assert gaps['on'] == pytest.approx(0.2, abs=0.18)
