"""A whitened start against statistics that numpy takes."""

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch import nn

from geokr_mm.models.whitening import path_of, whiten, whiten_backbone
from geokr_mm.registry import MODELS

BANDS, SIDE, KERNEL, STEP = 3, 24, 5, 2


def images(count=40, seed=0, bands=BANDS):
    """Smooth images whose bands mostly tell the same, brightness 3."""
    rng = np.random.default_rng(seed)
    fine = rng.normal(size=(count, bands, SIDE, SIDE))
    coarse = rng.normal(size=(count, 1, SIDE // 4, SIDE // 4))
    made = 3.0 + 5.0 * coarse.repeat(4, axis=2).repeat(4, axis=3) + 0.3 * fine
    return torch.tensor(made).float()


def windows(batch):
    """All windows that the statistics look at, (N, C h w)."""
    view = sliding_window_view(batch.numpy(), (KERNEL, KERNEL), axis=(2, 3))
    view = view[:, :, ::STEP, ::STEP].transpose(0, 2, 3, 1, 4, 5)
    return view.reshape(-1, batch.shape[1] * KERNEL**2).astype(np.float64)


def whitened(filters, batches=None, pairs=False, **settings):
    settings = dict(kernel_size=KERNEL, bias=False) | settings
    convolution = nn.Conv2d(BANDS, filters, **settings)
    if batches is None:
        batches = images().split(16)
    whiten(convolution, batches, pairs)
    return convolution


def test_answers_differ_and_are_equally_strong():
    weight = whitened(20).weight.detach().double().flatten(1).numpy()
    responses = windows(images()) @ weight.T
    covariance = np.cov(responses, rowvar=False, bias=True)
    np.testing.assert_allclose(covariance, np.eye(20), atol=1e-4)


def test_filters_are_the_first_components():
    weight = whitened(4).weight.detach().double().flatten(1).numpy()
    rows = windows(images())
    values, vectors = np.linalg.eigh(np.cov(rows, rowvar=False, bias=True))
    for filt, value, vector in zip(
        weight, values[::-1], vectors.T[::-1], strict=False
    ):
        alike = filt @ vector * np.sqrt(value)
        assert abs(alike) == pytest.approx(1.0, abs=1e-4)
        assert filt[np.abs(filt).argmax()] > 0


def test_pairs_answer_with_either_sign():
    """No more than half as many components, each after its negative."""
    single = whitened(4).weight.detach()
    weight = whitened(7, pairs=True).weight.detach()
    assert torch.equal(weight[::2], single)
    assert torch.equal(weight[1::2], -single[:3])


@pytest.mark.parametrize('pairs', [False, True])
def test_more_filters_than_components_begin_anew(pairs):
    size = (1 + pairs) * BANDS * KERNEL**2
    weight = whitened(size + 5, pairs=pairs).weight.detach()
    assert torch.equal(weight[size:], weight[:5])
    assert len(weight.flatten(1).unique(dim=0)) == size


def test_bands_that_repeat_each_other_give_no_filters_of_noise():
    grey = images(bands=1).expand(-1, 3, -1, -1)
    size = KERNEL**2
    weight = whitened(2 * size, [grey]).weight.detach()
    assert torch.equal(weight[size:], weight[:size])
    responses = windows(grey) @ weight.double().flatten(1).numpy().T
    np.testing.assert_allclose(responses.std(axis=0), 1.0, atol=1e-3)


def test_bias_takes_the_mean_window_to_zero():
    convolution = whitened(6, bias=True)
    rows = windows(images())
    weight = convolution.weight.detach().double().flatten(1).numpy()
    responses = rows @ weight.T + convolution.bias.detach().double().numpy()
    np.testing.assert_allclose(responses.mean(axis=0), 0.0, atol=1e-4)


def test_batches_do_not_matter():
    one, many = whitened(9, [images()]), whitened(9, images().split(7))
    torch.testing.assert_close(one.weight, many.weight)


@pytest.mark.parametrize(
    ('settings', 'match'),
    [
        (dict(filters=6, groups=3), 'grouped'),
        (dict(filters=6, dilation=2), 'dilated'),
        (
            dict(filters=6, batches=[torch.full((4, 3, 9, 9), 0.3)]),
            'do not vary',
        ),
    ],
)
def test_what_cannot_be_whitened_is_refused(settings, match):
    with pytest.raises(ValueError, match=match):
        whitened(**settings)


def resnet(**settings):
    network = MODELS.build(dict(type='mmpretrain.ResNet') | settings)
    network.init_weights()
    return network


@pytest.mark.parametrize(
    ('settings', 'names'),
    [
        (
            dict(depth=18),
            ['conv1', *(f'layer{n}.0.downsample.0' for n in (2, 3, 4))],
        ),
        (
            dict(depth=50),
            ['conv1', *(f'layer{n}.0.downsample.0' for n in (1, 2, 3, 4))],
        ),
        # An average before the projection, three convolutions as stem.
        (
            dict(type='mmpretrain.ResNetV1d', depth=18),
            ['stem.0.conv', *(f'layer{n}.0.downsample.1' for n in (2, 3, 4))],
        ),
        (dict(type='mmpretrain.VGG', depth=11), ['features.0.conv']),
        (
            dict(type='mmpretrain.ConvNeXt', arch='tiny'),
            ['downsample_layers.0.0'],
        ),
    ],
)
def test_path_of_backbones(settings, names):
    network = resnet(**settings)
    modules = dict(network.named_modules())
    assert path_of(network) == [modules[name] for name in names]


def test_every_layer_of_the_path_is_white():
    """On the images that it was set from, whatever the layers before it."""
    network = resnet(depth=18, in_channels=4)
    before = {k: v.clone() for k, v in network.named_parameters()}
    rng = np.random.default_rng(1)
    batches = torch.tensor(rng.normal(size=(4, 8, 4, 64, 64))).float()
    # Neighbours that tell part of the same.
    batches = [nn.functional.avg_pool2d(batch, 2, 1) for batch in batches]
    network.eval()
    layers = whiten_backbone(network, batches)
    assert layers == path_of(network) and not network.training
    inputs: list[list[torch.Tensor]] = [[] for _ in layers]
    for layer, seen in zip(layers, inputs, strict=True):
        layer.register_forward_pre_hook(
            lambda _, args, seen=seen: seen.append(args[0])
        )
    nn.Module.train(network, True)
    with torch.no_grad():
        for batch in batches:
            network(batch)
        for layer, seen in zip(layers, inputs, strict=True):
            # One of each pair, at the places that the statistics looked at.
            # Silent channels leave fewer components than there are filters.
            singles = layer.weight[::2].unique(dim=0)
            step = max(1, layer.kernel_size[0] // 2)
            responses = nn.functional.conv2d(
                torch.cat(seen), singles, stride=step
            )
            assert len(singles) > 0.9 * layer.out_channels / 2
            rows = responses.transpose(0, 1).flatten(1).double().numpy()
            covariance = np.cov(rows, bias=True)
            np.testing.assert_allclose(
                covariance, np.eye(len(rows)), atol=0.01
            )
            assert torch.equal(layer.weight[1::2], -layer.weight[::2])
    path = {id(layer.weight) for layer in layers}
    for name, value in network.named_parameters():
        assert (id(value) in path) != torch.equal(value, before[name]), name


def test_a_network_without_convolutions_is_refused():
    with pytest.raises(ValueError, match='no convolution'):
        whiten_backbone(nn.Linear(2, 2), [])
