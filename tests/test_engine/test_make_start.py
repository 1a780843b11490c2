"""A whitened start is a file that every method loads."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.model import PretrainedInit
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from torch import nn

from geokr_mm import commands
from geokr_mm.engine.weights import start_file_of
from geokr_mm.engine.whitened_start import make_start
from geokr_mm.errors import InputError
from geokr_mm.models.whitening import path_of
from geokr_mm.registry import DATASETS, MODELS

SMOKE = 'configs/geokr/geokr_resnet18_smoke_tiny-world.py'
BYOL = 'configs/baselines/byol_resnet18_1xb32-coslr-21e_earth.py'


def config_of(repo, index, name=SMOKE):
    cfg = Config.fromfile(repo / name)
    cfg.train_dataloader.dataset.index = str(index)
    return cfg


@pytest.fixture(scope='module')
def start(repo, tiny_index, tmp_path_factory):
    path = tmp_path_factory.mktemp('start') / 'start.pth'
    assert make_start(config_of(repo, tiny_index), path, images=64) == 4
    return path


def test_every_layer_is_white_for_what_reaches_it(start, repo, tiny_index):
    """On other views of the same patches, shortcuts too."""
    cfg = config_of(repo, tiny_index)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        dataset = DATASETS.build(cfg.train_dataloader.dataset)
        model = MODELS.build(cfg.model)
    content = torch.load(start, weights_only=True)
    model.backbone.load_state_dict(content['state_dict'])
    images = torch.stack([dataset[i]['inputs'][0] for i in range(64)])
    batch = dict(inputs=[images], data_samples=[])
    images = model.data_preprocessor(batch)['inputs'][0]
    layers, reached = path_of(model.backbone), []
    for layer in layers:
        layer.register_forward_pre_hook(
            lambda _, inputs: reached.append(inputs[0])
        )
    with torch.no_grad():
        model.backbone.train()
        model.backbone(images)
        for layer, inputs in zip(layers, reached, strict=True):
            # Of each pair of filters one; the first are the strongest.
            rows = nn.functional.conv2d(inputs, layer.weight[:40:2])
            spread = rows.transpose(0, 1).flatten(1).std(dim=1)
            assert spread.min() > 0.3 and spread.max() < 3.0, layer


@pytest.mark.parametrize('name', [SMOKE, BYOL])
def test_any_method_loads_it(name, start, repo, tiny_index, tmp_path):
    cfg = config_of(repo, tiny_index, name)
    cfg.merge_from_dict(
        {
            'work_dir': str(tmp_path),
            'model.backbone.init_cfg': dict(
                type='Pretrained', checkpoint=str(start)
            ),
            'train_cfg': dict(
                _delete_=True, type='IterBasedTrainLoop', max_iters=1
            ),
            # A step that learns nothing.
            'optim_wrapper.optimizer.lr': 0.0,
            'param_scheduler': None,
            'train_dataloader.batch_size': 4,
            'train_dataloader.num_workers': 0,
            'train_dataloader.persistent_workers': False,
            'default_hooks.checkpoint': None,
        }
    )
    for part in ('dataloader', 'cfg', 'evaluator'):
        cfg[f'val_{part}'] = cfg[f'test_{part}'] = None
    runner = Runner.from_cfg(cfg)
    runner.train()
    backbones = [runner.model.backbone]
    if name == SMOKE:
        backbones.append(runner.model.teacher.backbone)
    state = torch.load(start, weights_only=True)['state_dict']
    for backbone in backbones:
        for key, value in backbone.named_parameters():
            torch.testing.assert_close(value, state[key], msg=key)


def test_seed_and_images_make_the_start(start, repo, tiny_index, tmp_path):
    states = []
    for name, seed in (('again', 0), ('other', 1)):
        path = tmp_path / f'{name}.pth'
        make_start(config_of(repo, tiny_index), path, images=64, seed=seed)
        states.append(torch.load(path, weights_only=True))
    first = torch.load(start, weights_only=True)
    again, other = states
    for key, value in first['state_dict'].items():
        assert torch.equal(value, again['state_dict'][key]), key
    key = 'layer1.0.conv1.weight'
    assert not torch.equal(first['state_dict'][key], other['state_dict'][key])
    assert first['meta']['start'] == 'whitened'
    assert first['meta']['bands'] == ['red', 'green', 'blue']
    assert np.isfinite(first['meta']['band_mean']).all()


PRETRAINED = dict(type='Pretrained', checkpoint='a.pth')


@pytest.mark.parametrize(
    ('options', 'file'),
    [
        ({'model.backbone.init_cfg': PRETRAINED}, 'a.pth'),
        ({'model.backbone.init_cfg': [PRETRAINED]}, 'a.pth'),
        (
            {'model.backbone.init_cfg': dict(PRETRAINED, type=PretrainedInit)},
            'a.pth',
        ),
        ({'model.init_cfg': PRETRAINED}, 'a.pth'),
    ],
)
def test_a_start_from_a_file_is_not_replaced(
    options, file, repo, tiny_index, tmp_path
):
    cfg = config_of(repo, tiny_index)
    cfg.merge_from_dict(options)
    with pytest.raises(InputError, match=f'starts from {file}'):
        make_start(cfg, tmp_path / 'start.pth')
    assert not list(tmp_path.iterdir())


def test_weights_that_a_backbone_loads_by_itself_are_seen():
    config = dict(backbone=dict(type='TIMMBackbone', pretrained=True))
    assert start_file_of(nn.Linear(2, 2), config) == 'pretrained=True'
    config['backbone']['pretrained'] = False
    assert start_file_of(nn.Linear(2, 2), config) is None


def test_what_cannot_be_whitened_is_refused(repo, tiny_index, tmp_path):
    cfg = config_of(repo, tiny_index)
    black = dict(type='geokr_mm.BandJitter', brightness=(0.0, 0.0))
    cfg.train_dataloader.dataset.pipeline.insert(1, black)
    with pytest.raises(InputError, match='do not vary.*random weights'):
        make_start(cfg, tmp_path / 'start.pth', images=4)
    assert not list(tmp_path.iterdir())


def test_the_command(repo, tiny_index, tmp_path, capsys):
    import argparse

    out = tmp_path / 'start.pth'
    commands.start(
        argparse.Namespace(
            config=str(repo / SMOKE),
            cfg_options=[f'train_dataloader.dataset.index={tiny_index}'],
            out=str(out),
            images=8,
            seed=0,
        )
    )
    assert 'whitened 4 layers' in capsys.readouterr().out
    assert out.is_file()
