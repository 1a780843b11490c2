"""Windows reach a network as its patches did in training."""

import numpy as np
import pytest
import torch

from geokr_mm.datasets.transforms import LoadPatch
from geokr_mm.errors import InputError
from geokr_mm.export import export_backbone
from geokr_mm.export.predict import read_fractions
from geokr_mm.geo import KnowledgeIndex, Scene
from geokr_mm.prediction.network import Network, choose_device
from geokr_mm.prediction.radiometry import Radiometry


def images(index, numbers, mean=None):
    patches = KnowledgeIndex.open(index)
    load = LoadPatch()
    found = [
        load(dict(record=patches.record(n), band_mean=mean))['img']
        for n in numbers
    ]
    return np.stack(found).transpose(0, 3, 1, 2).astype(np.float32)


@pytest.mark.parametrize('values', ['stretched', 'physical'])
def test_pixels_are_those_of_training(index, make_checkpoint, values):
    network = Network(make_checkpoint(values=values), None, 'cpu')
    scene = Scene.open(index.with_suffix('.tif'))
    radiometry = Radiometry.of(network.card, scene, network.source)
    record = KnowledgeIndex.open(index).record(5)
    seen = radiometry.apply(*scene.read_masked(record.window))
    mean = radiometry.mean if values == 'physical' else None
    np.testing.assert_array_equal(seen, images(index, [5], mean)[0])


def test_numbers_of_other_units_are_refused(index, make_checkpoint):
    network = Network(make_checkpoint(values='physical'), None, 'cpu')
    scene = Scene.open(index.with_suffix('.tif'))
    with pytest.raises(InputError, match='are reflectance, .* on counts'):
        Radiometry.of(network.card, scene, 'run.pth', 'reflectance')


def test_whole_windows_are_read_as_by_the_run(index, plain):
    network = Network(plain, None, 'cpu')
    assert (network.window, network.grid) == (64, 1)
    assert network.branches == ('teacher', 'student')
    read = network.read(images(index, range(8)))
    expected = read_fractions(plain, index)
    for branch in network.branches:
        assert read[branch].shape == (8, 1, 1, 10)
        np.testing.assert_allclose(
            read[branch][:, 0, 0], expected[branch][:8], atol=1e-5
        )


def test_cells_of_a_gridded_head_average_to_the_window(index, gridded):
    network = Network(gridded, 'student', 'cpu')
    assert (network.grid, network.stages) == (8, [0])
    read = network.read(images(index, range(4)))['student']
    assert read.shape == (4, 8, 8, 10)
    expected = read_fractions(gridded, index)['student'][:4]
    np.testing.assert_allclose(read.mean((1, 2)), expected, atol=1e-4)


def test_what_has_no_head_is_refused_with_the_cure(plain, tmp_path):
    export_backbone(plain, tmp_path / 'backbone.pth')
    with pytest.raises(InputError, match='exported backbone.*has no head'):
        Network(tmp_path / 'backbone.pth', None, 'cpu')


def test_a_teacher_that_never_moved_is_not_read(plain, tmp_path):
    content = torch.load(plain, weights_only=True)
    content['state_dict']['teacher.moves'] *= 0
    torch.save(content, tmp_path / 'still.pth')
    assert Network(tmp_path / 'still.pth', None, 'cpu').branches == (
        'student',
    )
    with pytest.raises(InputError, match='never moved; leave out --branch'):
        Network(tmp_path / 'still.pth', 'teacher', 'cpu')


def test_a_card_without_what_is_needed_is_refused(make_checkpoint):
    with pytest.raises(InputError, match='does not state its bands, legend'):
        Network(make_checkpoint(bands=None, legend=None), None, 'cpu')


def test_classes_of_no_product_are_refused(make_checkpoint):
    network = Network(
        make_checkpoint(product='own', legend=['a', 'b']), None, 'cpu'
    )
    with pytest.raises(InputError, match='--product'):
        network.legend()


def test_a_device_that_is_not_there_is_refused():
    assert choose_device('cpu') == 'cpu'
    with pytest.raises(InputError, match='--device nowhere: '):
        choose_device('nowhere')
