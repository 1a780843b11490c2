"""Views carry the knowledge of their own ground."""

import numpy as np
import pytest

from geokr_mm.datasets.transforms import (
    KnowledgeViews,
    PackKnowledgeInputs,
    RandomGroundCrop,
    RandomOrientation,
)
from geokr_mm.datasets.transforms.cells import (
    crop_cells,
    overlaps,
    shared_ground,
)

G, K, SIDE = 4, 3, 16


def patch():
    """An image whose pixels are its classes, with exact cells."""
    rng = np.random.default_rng(4)
    cells = rng.integers(0, K, (G, G))
    codes = np.kron(cells, np.ones((SIDE // G, SIDE // G), int))
    return dict(
        img=np.eye(K, dtype=np.uint8)[codes] * 200,
        class_fractions=np.bincount(cells.ravel(), minlength=K) / G**2,
        grid_fractions=np.eye(K, dtype=np.float32)[cells],
        grid_valid=np.ones((G, G), np.float32),
        valid_fraction=1.0,
        patch_id='a',
        row=5,
    )


def shares(image):
    """Class fractions that the pixels themselves show."""
    return image.reshape(-1, K).mean(0) / 200


def test_overlaps_share_out_parts():
    rows = overlaps(0.25, 0.75, 4)
    expected = np.array(
        [[0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0]]
    )
    assert np.allclose(rows, expected)
    assert np.allclose(overlaps(0.1, 0.83, 5).sum(1), 1)


def test_crop_of_cells_is_what_its_pixels_show():
    source = patch()
    for top, left, length in ((0, 0, 16), (3, 5, 9), (8, 1, 7)):
        box = np.array([top, left, top + length, left + length]) / SIDE
        cells, valid = crop_cells(
            source['grid_fractions'], source['grid_valid'], tuple(box)
        )
        cut = source['img'][top : top + length, left : left + length]
        assert np.allclose(cells.mean((0, 1)), shares(cut), atol=1e-6)
        assert np.allclose(valid, 1)


def test_uncovered_cells_do_not_count():
    source = patch()
    source['grid_valid'][:, :2] = 0
    cells, valid = crop_cells(
        source['grid_fractions'], source['grid_valid'], (0, 0.25, 1, 0.75)
    )
    assert np.allclose(valid[:, :2], 0) and np.allclose(valid[:, 2:], 1)
    assert np.allclose(cells[:, :2], 0)
    assert np.allclose(cells[:, 2:].sum(-1), 1)


def test_orientation_turns_image_and_cells_alike():
    np.random.seed(0)
    seen = set()
    for _ in range(80):
        out = RandomOrientation()(patch())
        small = out['img'][2::4, 2::4] / 200
        assert np.array_equal(small, out['grid_fractions'])
        seen.add(out['img'].tobytes())
    assert len(seen) == 8


def test_views_know_what_they_show():
    np.random.seed(1)
    views = KnowledgeViews(
        [
            dict(type='geokr_mm.RandomGroundCrop', scale=SIDE),
            dict(type='geokr_mm.RandomOrientation'),
        ],
        num_views=3,
    )
    out = views(patch())
    assert len(out['img']) == 3
    for image, fractions in zip(
        out['img'], out['view_fractions'], strict=True
    ):
        # Pixels are resampled, so the picture agrees about, not exactly.
        assert np.allclose(shares(image), fractions, atol=0.06)
    assert np.array_equal(out['class_fractions'], out['view_fractions'][0])
    assert np.allclose(
        out['grid_fractions'].mean((0, 1)), out['class_fractions']
    )
    assert np.allclose(out['view_valid'], 1) and 0 < out['shared_ground'] < 1
    pack = PackKnowledgeInputs(['view_fractions', 'grid_valid', 'row'])
    packed = pack(out)['data_samples']
    assert packed.view_fractions.shape == (3, K)
    assert packed.grid_valid.shape == (G, G)
    assert packed.row.item() == 5


def test_ground_that_views_share():
    whole, half = (0.0, 0.0, 1.0, 1.0), (0.0, 0.5, 1.0, 1.0)
    assert shared_ground(whole, whole) == 1
    assert shared_ground(whole, half) == 0.5
    assert shared_ground(half, (0.5, 0.0, 1.0, 1.0)) == pytest.approx(1 / 3)
    assert shared_ground(half, (0.0, 0.0, 1.0, 0.5)) == 0


def test_ground_of_a_crop_of_a_crop():
    crop = RandomGroundCrop(SIDE, (0.25, 0.25))
    np.random.seed(3)
    once = crop(patch())
    top, left, bottom, right = once['ground_box']
    assert (bottom - top, right - left) == (0.5, 0.5)
    twice = crop(once)['ground_box']
    assert twice[2] - twice[0] == twice[3] - twice[1] == 0.25
    assert top <= twice[0] and twice[3] <= right


def test_whole_crop_changes_nothing():
    crop = RandomGroundCrop(SIDE, (1.0, 1.0))
    out = crop(patch())
    assert np.array_equal(out['img'], patch()['img'])
    assert np.allclose(out['grid_fractions'], patch()['grid_fractions'])


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match='crop_ratio_range'):
        RandomGroundCrop(8, (0.0, 1.0))
    wide = patch()
    wide['img'] = wide['img'][:8]
    with pytest.raises(ValueError, match='square'):
        RandomGroundCrop(8)(wide)


def test_confidence_and_change_are_packed():
    given = dict(patch(), confidence=0.75, change=0.25)
    pack = PackKnowledgeInputs(['confidence', 'change'])
    sample = pack.transform(given)['data_samples']
    assert sample.confidence.tolist() == [0.75]
    assert sample.change.tolist() == [0.25]
    bare = pack.transform(patch())['data_samples']
    assert 'confidence' not in bare and 'change' not in bare
