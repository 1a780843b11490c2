"""Frozen features: bands, statistics, floors and the probe's rows."""

import numpy as np
import pytest
import torch
from torch import nn

from geokr_mm.benchmark import features
from geokr_mm.benchmark.floors import FLOORS
from geokr_mm.benchmark.image_sets import Images
from geokr_mm.benchmark.probe import features_of, probe, summary
from geokr_mm.errors import InputError
from geokr_mm.export.card import digest

SMALL = dict(
    type='mmpretrain.ResNet',
    args=dict(depth=18, stem_channels=8, base_channels=8),
)


def test_order_of_channels():
    assert features.channel_order(None) == [0, 1, 2]
    assert features.channel_order(['blue', 'Green', 'red']) == [2, 1, 0]
    with pytest.raises(InputError, match='there is no nir'):
        features.channel_order(['red', 'green', 'nir'])


class Mean(nn.Module):
    """Passes its input on, as a backbone's last stage."""

    def forward(self, images):
        return images * 0, images


@pytest.mark.parametrize('bands', [None, ['blue', 'green', 'red']])
def test_bands_and_statistics_reach_the_network(bands):
    """A red image is red to a network that was taught in another order."""
    red = np.array([200, 100, 50], np.uint8).reshape(1, 3, 1, 1)
    card = dict(mean=[0.0, 0.0, 50.0], std=[1.0, 2.0, 1.0], bands=bands)
    found = features.extract(Mean(), red.repeat(4, 2).repeat(4, 3), card)
    expected = [50, 50, 150] if bands else [200, 50, 0]
    assert found[0].tolist() == expected


def images(count=8, size=32):
    """Three classes of one colour each."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], count)
    pixels = rng.integers(0, 60, (3 * count, 3, size, size))
    pixels[np.arange(3 * count), labels] += 180
    return Images('colours', pixels.astype(np.uint8), labels)


def backbone_file(path, card=SMALL):
    tensors = features.build_backbone(SMALL).state_dict()
    meta = dict(architecture=card, sha256=digest(tensors))
    torch.save(dict(state_dict=tensors, meta=meta), path)
    return str(path)


def test_rows_of_a_backbone_file(tmp_path, monkeypatch):
    monkeypatch.setattr('geokr_mm.benchmark.probe.ARCHITECTURE', SMALL)
    path, own = backbone_file(tmp_path / 'b.pth'), images()
    found, sha256 = features_of(path, own)
    tensors = torch.load(path, weights_only=True)['state_dict']
    assert found.shape == (24, 64) and sha256 == digest(tensors)
    # The file holds what seed 0 gives.
    same, nothing = features_of('random', own, seed=0)
    np.testing.assert_array_equal(found, same)
    assert nothing == '' and (features_of('random', own, 1)[0] != same).any()
    wanted = [('linear', 2, 0), ('linear', 2, 1), ('knn5', 5, 0)]
    rows = probe(found, own, 'mine', wanted)
    assert [(r['method'], r['shots'], r['seed']) for r in rows] == wanted
    assert [r['n_train'] for r in rows] == [6, 6, 15]
    assert min(r['metric_value'] for r in rows) > 60
    assert 'linear, 2 per class: ' in summary(rows)[0]
    with pytest.raises(InputError, match='colours: .*8 for training'):
        probe(found, own, 'mine', [('linear', 8, 0)])
    other = dict(SMALL, args=dict(SMALL['args'], depth=34))
    with pytest.raises(InputError, match='do not fit its card'):
        features_of(backbone_file(tmp_path / 'c.pth', other), own)


@pytest.mark.parametrize('size', [32, 64])
def test_transformers_are_read_patch_by_patch(size, monkeypatch):
    monkeypatch.setattr(features, 'multiplies_bfloat16', lambda: False)
    args = dict(arch='deit-tiny', img_size=32, patch_size=8)
    tiny = dict(type='mmpretrain.VisionTransformer', args=args)
    network = features.build_backbone(tiny, seed=3)
    pixels = images(1, size).pixels
    found = features.extract(network, pixels)
    with torch.inference_mode():
        (maps,) = network(next(features.batches(pixels)))
    assert maps.shape == (3, 192, size // 8, size // 8)
    np.testing.assert_allclose(
        found, maps.mean(dim=(2, 3)).numpy(), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    ('name', 'width'),
    [
        ('colour statistics', 12),
        ('convolutional features', 512),
        ('calibrated start', 512),
    ],
)
def test_floors_read_colours(name, width):
    own, sample = images(), images(2).pixels
    found = FLOORS[name](own.pixels, sample, 0, None)
    assert found.shape == (24, width) and np.isfinite(found).all()
    np.testing.assert_array_equal(
        found, FLOORS[name](own.pixels, sample, 0, None)
    )
    (row,) = probe(found, own, 'x', [('linear', 4, 0)])
    assert row['metric_value'] > 70
    # Of the image itself, not of the batch that it comes in.
    alone = FLOORS[name](own.pixels[:1], sample, 0, None)
    np.testing.assert_allclose(found[:1], alone, rtol=0.02, atol=0.02)


def test_colour_statistics_are_those_of_the_bands():
    pixels = np.zeros((1, 3, 2, 2), np.uint8)
    pixels[0, 0] = [[0, 100], [200, 100]]
    found = FLOORS['colour statistics'](pixels, pixels, 0, None)[0]
    red = (np.array([0, 100, 200, 100]) - 123.675) / 58.395
    expected = [red.mean(), red.std(ddof=1), red.min(), red.max()]
    np.testing.assert_allclose(found[::3], expected, rtol=1e-5)


def test_a_calibrated_start_has_the_statistics_of_its_images(monkeypatch):
    """On the very images, its batch norm does what training would do."""
    monkeypatch.setattr(features, 'multiplies_bfloat16', lambda: False)
    pixels = images(8, 64).pixels
    found = FLOORS['calibrated start'](pixels, pixels, 0, None)
    network = features.build_backbone(features.ARCHITECTURE)
    plain = features.extract(network, pixels)
    network.train()
    with torch.no_grad():
        maps = network(next(features.batches(pixels)))[-1]
    expected = maps.mean(dim=(2, 3)).numpy()
    # Running variances are unbiased, those of training are not.
    assert np.abs(found - expected).mean() < 0.05 * expected.mean()
    assert np.abs(plain - expected).mean() > 0.3 * expected.mean()
