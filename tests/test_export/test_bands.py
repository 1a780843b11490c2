"""Stems for other bands: weights by name, by value."""

import runpy
import sys

import pytest
import torch
from mmengine.registry import DefaultScope

from geokr_mm.errors import InputError
from geokr_mm.export import adapt_bands, export_backbone, load_backbone
from geokr_mm.export.card import digest
from geokr_mm.registry import MODELS

RGB = ['red', 'green', 'blue']


def small():
    """A state dict whose stem has red 1, green 2, blue 6."""
    stem = torch.tensor([1.0, 2.0, 6.0])[None, :, None, None]
    tensors = {
        'conv1.weight': stem.repeat(4, 1, 3, 3),
        'layer1.weight': torch.ones(4, 4, 3, 3),
    }
    card = dict(
        bands=RGB,
        mean=[10.0, 20.0, 60.0],
        std=[1.0, 2.0, 3.0],
        scale=[1.0, 1.0, 4.0],
        wavelengths=[0.66, 0.56, 0.49],
        stretch=dict(mode='sensor', low=[0.0, 3.0, 6.0], high=None),
        sha256=digest(tensors),
        architecture=dict(type='mmpretrain.ResNet', args=dict(depth=18)),
    )
    return tensors, card


def columns(tensors):
    """The weights of each band; they are even in space and output."""
    weight = tensors['conv1.weight']
    assert torch.equal(weight, weight[:1, :, :1, :1].expand_as(weight))
    return weight[0, :, 0, 0].tolist()


def test_new_band_gets_the_mean_and_all_are_rescaled():
    tensors, card = adapt_bands(*small(), [*RGB, 'nir'])
    assert columns(tensors) == pytest.approx([0.75, 1.5, 4.5, 2.25])
    assert card['bands'] == [*RGB, 'nir']
    assert card['mean'] == [10, 20, 60, 30]
    assert card['std'] == [1, 2, 3, 2]
    assert card['scale'] == [1, 1, 4, 2] and 'offset' not in card
    assert card['wavelengths'] == [0.66, 0.56, 0.49, None]
    assert card['stretch'] == dict(mode='sensor', low=[0, 3, 6, 3], high=None)
    assert card['architecture']['args'] == dict(depth=18, in_channels=4)
    assert card['sha256'] == digest(tensors) != small()[1]['sha256']
    assert card['adapted'] == dict(
        bands=RGB, new=['nir'], sha256=small()[1]['sha256']
    )


def test_grey_pixels_look_the_same_where_no_band_is_left_out():
    before, _ = small()
    after, _ = adapt_bands(*small(), ['swir', 'blue', 'nir', 'red', 'green'])
    assert sum(columns(after)) == pytest.approx(sum(columns(before)))


@pytest.mark.parametrize(
    ('bands', 'expected'),
    [
        (['blue', 'green', 'red'], [6, 2, 1]),
        (['green'], [6]),
        (['b3=green', 'b4=red'], [3, 1.5]),
        (['b4=red', 'b5', 'b4b=red'], [1, 3, 1]),
    ],
)
def test_order_subset_and_other_names(bands, expected):
    tensors, card = adapt_bands(*small(), bands)
    assert columns(tensors) == pytest.approx(expected)
    assert card['bands'] == [band.split('=')[0] for band in bands]


def test_without_rescaling_known_weights_stay():
    tensors, _ = adapt_bands(*small(), [*RGB, 'nir'], rescale=False)
    assert columns(tensors) == [1, 2, 6, 3]


def test_source_is_left_alone():
    tensors, card = small()
    adapt_bands(tensors, card, ['nir', 'red'])
    assert columns(tensors) == [1, 2, 6] and card['bands'] == RGB


@pytest.mark.parametrize(
    ('bands', 'words'),
    [
        (['vv', 'vh'], ['vv, vh', 'red, green, blue', 'vv=red']),
        (['red', 'red'], ['each once']),
        ([], ['at least one']),
        (['b4=nir'], ['no band nir', 'red, green, blue']),
    ],
)
def test_bands_that_cannot_be_had_are_named(bands, words):
    with pytest.raises(InputError) as caught:
        adapt_bands(*small(), bands)
    assert all(word in str(caught.value) for word in words)


def test_a_card_without_bands_and_an_unclear_stem_are_refused():
    tensors, card = small()
    with pytest.raises(InputError, match='names no bands'):
        adapt_bands(tensors, dict(card, bands=None), RGB)
    tensors['other.weight'] = torch.ones(2, 3, 1, 1)
    with pytest.raises(InputError, match=r'unclear, 2 could: conv1\.weight'):
        adapt_bands(tensors, card, RGB)


BACKBONES = [
    dict(type='ResNet', depth=18),
    dict(type='VGG', depth=11, norm_cfg=dict(type='BN')),
    dict(type='ConvNeXt', arch='atto'),
    dict(type='SwinTransformer', arch='tiny', img_size=64, pad_small_map=True),
    dict(
        type='VisionTransformer', arch='deit-tiny', img_size=64, patch_size=8
    ),
]


@pytest.mark.parametrize('settings', BACKBONES, ids=lambda s: s['type'])
def test_every_family_of_backbones_has_a_stem(settings):
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        backbone = MODELS.build(dict(settings))
        tensors, card = adapt_bands(
            backbone.state_dict(),
            dict(bands=RGB, architecture=dict(type='', args=dict(settings))),
            [*RGB, 'nir'],
        )
        if settings['type'] == 'VGG':
            return
        wider = MODELS.build(dict(card['architecture']['args']))
    wider.load_state_dict(tensors)
    # A grey image makes the same features in four bands as in three.
    grey = torch.rand(1, 1, 64, 64)
    backbone.eval(), wider.eval()
    with torch.no_grad():
        three = backbone(grey.expand(1, 3, 64, 64))[-1]
        four = wider(grey.expand(1, 4, 64, 64))[-1]
    assert torch.allclose(three, four, atol=1e-4)


@pytest.fixture
def checkpoint(tmp_path):
    """A training checkpoint that knows its bands."""
    tensors, _ = small()
    path = tmp_path / 'epoch_1.pth'
    cfg = dict(
        model=dict(backbone=dict(type='ResNet', depth=18)),
        default_scope='mmpretrain',
    )
    torch.save(
        dict(
            state_dict={f'backbone.{k}': v for k, v in tensors.items()},
            meta=dict(geokr=dict(config=cfg, bands=RGB)),
        ),
        path,
    )
    return path


def test_tool_adapts_checkpoints_and_backbone_files(
    repo, checkpoint, tmp_path, monkeypatch, capsys
):
    export_backbone(checkpoint, tmp_path / 'rgb.pth')
    export_backbone(checkpoint, tmp_path / 'one.pth', bands=[*RGB, 'nir'])
    arguments = [
        'export_backbone.py',
        str(tmp_path / 'rgb.safetensors'),
        str(tmp_path / 'two.pth'),
        '--bands',
        'red,green,blue,nir',
    ]
    monkeypatch.setattr(sys, 'argv', arguments)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(
            str(repo / 'tools/export_backbone.py'), run_name='__main__'
        )
    assert ended.value.code == 0
    assert 'nir' in capsys.readouterr().out
    for suffix in ('pth', 'safetensors'):
        one, card = load_backbone(tmp_path / f'one.{suffix}')
        two, again = load_backbone(tmp_path / f'two.{suffix}')
        assert columns(one) == columns(two) == [0.75, 1.5, 4.5, 2.25]
        assert card == again and card['branch'] == 'student'


def test_wrong_branch_of_a_backbone_file_is_refused(checkpoint, tmp_path):
    export_backbone(checkpoint, tmp_path / 'rgb.pth')
    with pytest.raises(InputError, match='is the backbone of a student'):
        export_backbone(tmp_path / 'rgb.pth', tmp_path / 'x.pth', 'teacher')
    with pytest.raises(InputError, match=r'rgb\.pth: bands'):
        export_backbone(
            tmp_path / 'rgb.pth', tmp_path / 'x.pth', bands=['red', 'red']
        )
    assert not (tmp_path / 'x.pth').exists()
