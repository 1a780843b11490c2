"""Curves, examples and mosaics from files and arrays."""

import json

import numpy as np
import pytest
from PIL import Image

from geokr_mm.demo.examples import accuracy, choose_examples
from geokr_mm.demo.mosaics import mosaic, steps, world_map
from geokr_mm.demo.results import read_scalars, smooth
from geokr_mm.errors import InputError


def test_accuracy_leaves_out_what_has_no_truth():
    truth = np.array([1, 1, 2, 255], np.uint8)
    assert accuracy(np.array([1, 0, 2, 7]), truth) == pytest.approx(2 / 3)
    assert accuracy(truth, np.full(4, 255, np.uint8)) == 0


def test_examples_stand_at_fixed_ranks(tmp_path):
    for name in ('images', 'masks', 'random', 'geokr'):
        (tmp_path / name).mkdir()
    truth = np.zeros((3, 3), np.uint8)
    truth[0, 0] = 1
    for n in range(9):
        name = f'{n}.png'
        image = Image.fromarray(np.full((3, 3, 3), n, np.uint8))
        image.save(tmp_path / 'images' / name)
        Image.fromarray(truth).save(tmp_path / 'masks' / name)
        right = truth if n == 3 else truth + 1
        Image.fromarray(right).save(tmp_path / 'random' / name)
        # Of image n, n pixels are wrong.
        geokr = truth + (np.arange(9) < n).astype(np.uint8).reshape(3, 3)
        Image.fromarray(geokr).save(tmp_path / 'geokr' / name)
    found = choose_examples(
        tmp_path / 'images',
        tmp_path / 'masks',
        {s: tmp_path / s for s in ('random', 'geokr')},
    )
    assert [e.name for e in found] == ['0', '2', '4', '6', '8', '3']
    assert [e.kind for e in found[::4]] == ['Best', 'Worst']
    assert found[5].kind == 'Largest loss against random'
    assert found[2].right == {'random': 0.0, 'geokr': pytest.approx(5 / 9)}
    assert (found[2].image == 4).all()


def test_places_are_put_where_they_lie():
    bounds = np.array([[-180, 80, -170, 90], [170, -90, 180, -80]], float)
    corners = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    found = mosaic(bounds, corners, (-180, -90, 180, 90))
    assert found.shape == (36, 72)
    np.testing.assert_array_equal(found[:2, :2], corners[0])
    np.testing.assert_array_equal(found[-2:, -2:], corners[1])
    assert (found != 255).sum() == 8


def test_world_map_has_classes_over_a_pale_picture(tmp_path):
    bounds = np.array([[-180, 80, -170, 90]], float)
    Image.new('RGB', (72, 36), (255, 255, 255)).save(tmp_path / 'all.png')
    palette = np.array([[9, 8, 7], [1, 2, 3]], np.uint8)
    shown, colours = world_map(
        bounds, np.array([1]), palette, tmp_path / 'all.png', -20.0, 72
    )
    assert shown.shape == (36, 72)
    drawn = colours[shown]
    np.testing.assert_array_equal(drawn[1, 1], [1, 2, 3])
    np.testing.assert_array_equal(drawn[20, 1], [244, 248, 252])
    assert (drawn[:, 32] == [20, 24, 22]).all()


def test_steps_of_distances():
    assert steps(np.array([0.0, 0.149, 0.15, 1.0])).tolist() == [0, 0, 1, 4]


def test_scalars_of_the_last_run_are_read(tmp_path):
    for day, loss in (('20260101', 3.0), ('20260102', 2.0)):
        folder = tmp_path / day / 'vis_data'
        folder.mkdir(parents=True)
        lines = [
            {'loss': loss, 'step': 1, 'tv': 0.5},
            {'accuracy': 1.0, 'step': 1},
            {'loss': loss / 2, 'step': 2, 'tv': 0.25},
        ]
        text = ''.join(json.dumps(line) + '\n' for line in lines)
        (folder / 'scalars.json').write_text(text)
    found = read_scalars(tmp_path)
    assert found['loss'].tolist() == [2.0, 1.0]
    assert found['step'].tolist() == [1, 2]
    with pytest.raises(InputError, match='no log'):
        read_scalars(tmp_path / 'none')


def test_smoothing_keeps_a_line_and_its_ends():
    line = np.arange(8.0)
    np.testing.assert_allclose(smooth(line)[2:-2], line[2:-2])
    np.testing.assert_allclose(smooth(np.ones(8)), 1)
    assert smooth(line)[0] == pytest.approx(1.0)
