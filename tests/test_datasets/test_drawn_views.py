"""Views of batches against transforms of single patches."""

import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample

from geokr_mm.datasets.transforms import DrawnViews, PackKnowledgeInputs
from geokr_mm.datasets.transforms.cells import crop_cells, whole_fractions
from geokr_mm.datasets.transforms.drawn_views import (
    LUMA,
    hue_matrix,
    place_matrix,
)
from geokr_mm.models import BandDataPreprocessor
from geokr_mm.models.views import make_views

SIDE = 8
PLAIN = dict(crop_ratio_range=(1, 1), brightness=(1, 1), contrast=(1, 1))


def image(seed=0, bands=3, kind=np.uint8):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 200, (SIDE, SIDE, bands)).astype(kind)


def made(pixels, plan):
    """The first view of one patch, (H, W, C)."""
    images = torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None]
    plans = torch.tensor(np.asarray(plan), dtype=torch.float32)[None, None]
    return make_views(images, plans)[0][0].permute(1, 2, 0).numpy()


def plan(place, bands=3, colour=None, contrast=1.0, side=SIDE):
    matrix = np.eye(bands) if colour is None else colour
    return [*place.ravel(), *matrix.ravel(), contrast, side]


@pytest.mark.parametrize('turns', range(4))
@pytest.mark.parametrize('mirror', [False, True])
def test_crop_turn_and_mirror_are_those_of_numpy(turns, mirror):
    pixels = image()
    expected = np.rot90(pixels[2:6, 1:5], turns)
    expected = expected[:, ::-1] if mirror else expected
    place = place_matrix((2 / 8, 1 / 8, 6 / 8, 5 / 8), turns, mirror)
    got = made(pixels, plan(place, side=4))
    np.testing.assert_allclose(got, expected, atol=1e-3)


@pytest.mark.parametrize('kind', [np.uint8, np.float32])
def test_contrast_and_bands_are_the_formula(kind):
    bands = 4
    pixels, colour = image(1, bands, kind), np.diag([0.5, 1.0, 1.2, 2.0])
    place = place_matrix((0, 0, 1, 1), 0, False)
    got = made(pixels, plan(place, bands, colour, 0.7))
    bright = pixels @ colour.T
    mean = bright.mean() if kind == np.uint8 else bright.mean((0, 1))
    expected = mean + 0.7 * (bright - mean)
    if kind == np.uint8:
        expected = expected.clip(0, 255)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-2)


def test_hue_keeps_brightness_and_a_whole_turn_keeps_all():
    quarter = hue_matrix(0.25)
    assert np.allclose(LUMA @ quarter, LUMA, atol=1e-6)
    # Greys have no hue; two quarters are a half.
    assert np.allclose(quarter.sum(axis=1), 1.0, atol=2e-3)
    assert np.allclose(quarter @ quarter, hue_matrix(0.5))
    assert np.abs(quarter - np.eye(3)).max() > 0.5
    assert np.allclose(hue_matrix(1.0), np.eye(3))


def test_grey_and_saturation():
    grey = DrawnViews(SIDE, grey=1.0, **PLAIN)._colour(3)
    assert np.allclose(grey, [LUMA] * 3)
    none = DrawnViews(SIDE, saturation=(0, 0), **PLAIN)._colour(4)
    assert np.allclose(none, 0.25)


def test_a_seed_draws_the_same_views_and_numbers_stay_in_range():
    views = DrawnViews(SIDE, per_band=0.1)
    drawn = []
    for _ in range(2):
        np.random.seed(3)
        drawn.append([views(dict(img=image()))['view_plan'] for _ in range(9)])
    assert np.array_equal(*drawn)
    plans = np.concatenate(drawn[0])
    sizes = np.abs(plans[:, :6].reshape(-1, 2, 3)[..., :2]).sum(-1)
    assert np.all((sizes >= 0.5**0.5 - 1e-6) & (sizes <= 1 + 1e-6))
    assert np.ptp(plans[:, 0]) > 0.5 and np.all(plans[:, -1] == SIDE)
    diagonal = plans[:, [6, 10, 14]]
    assert np.all((diagonal > 0.54) & (diagonal < 1.54))


def test_cells_move_with_the_pixels():
    """A class wherever the image is bright, in cells as large as pixels."""
    rng = np.random.default_rng(4)
    bright = rng.integers(0, 2, (SIDE, SIDE))
    cells = np.stack([bright, 1 - bright], axis=-1).astype(float)
    pixels = (200 * bright[..., None] * np.ones(3)).astype(np.uint8)
    views = DrawnViews(SIDE, cells=True, brightness=(1, 1), contrast=(1, 1))
    for seed in range(4):
        np.random.seed(seed)
        results = views(
            dict(
                img=pixels,
                grid_fractions=cells,
                grid_valid=np.ones((SIDE, SIDE)),
            )
        )
        view = made(pixels, results['view_plan'][0]).mean(2) / 200
        grid = results['grid_fractions'][..., 0]
        assert np.corrcoef(view.ravel(), grid.ravel())[0, 1] > 0.85
        assert results['class_fractions'][0] == pytest.approx(grid.mean())
        assert results['view_fractions'].shape == (2, 2)
        assert 0 < results['shared_ground'] < 1
    whole = crop_cells(cells, np.ones((SIDE, SIDE)), (0, 0, 1, 1))
    assert whole_fractions(*whole)[0][0] == pytest.approx(bright.mean())


def test_the_preprocessor_makes_and_normalises_them():
    views = DrawnViews(4)
    pack = PackKnowledgeInputs()
    packed = [
        pack(
            views(
                dict(
                    img=image(n),
                    class_fractions=np.ones(2, np.float32),
                    valid_fraction=1.0,
                )
            )
        )
        for n in range(3)
    ]
    plans = torch.stack([each['data_samples'].view_plan for each in packed])
    data = dict(
        inputs=torch.stack([each['inputs'] for each in packed]),
        data_samples=[each['data_samples'] for each in packed],
    )
    prepare = BandDataPreprocessor(mean=[100.0] * 3, std=[50.0] * 3)
    with torch.autocast('cpu', torch.bfloat16):
        found = prepare(data, True)
    expected = make_views(data['inputs'], plans)
    assert [each.shape for each in found['inputs']] == [(3, 3, 4, 4)] * 2
    for got, view in zip(found['inputs'], expected, strict=True):
        torch.testing.assert_close(got, (view - 100) / 50)
    assert isinstance(found['data_samples'][0], DataSample)
    assert 'view_plan' not in found['data_samples'][0]


@pytest.mark.parametrize(
    ('settings', 'pixels'),
    [(dict(hue=0.1), image(bands=4)), ({}, image()[:4])],
)
def test_other_patches_are_refused(settings, pixels):
    with pytest.raises(ValueError, match='square patches'):
        DrawnViews(SIDE, **settings)(dict(img=pixels))
    with pytest.raises(ValueError, match='brightness'):
        DrawnViews(SIDE, brightness=(2, 1))
