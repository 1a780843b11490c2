"""Every shipped GeoKR config trains, goes on, and hands its backbone over."""

import argparse
import json
from pathlib import Path

import pytest
import torch
from mmengine.registry import DefaultScope

from geokr_mm import commands
from geokr_mm.config import load_config
from geokr_mm.export import export_backbone, load_backbone
from geokr_mm.export.checkpoint import read_checkpoint
from geokr_mm.models.views import make_views
from geokr_mm.registry import DATASETS, MODELS

ROOT = Path(__file__).parents[2] / 'configs'
CONFIGS = sorted([*ROOT.glob('geokr/*.py'), *ROOT.glob('agrifm/*.py')])
SIDE = 64
# Narrow and shallow networks: each base is stepped whole by the test of them.
ARCHES = dict(
    ConvNeXt=dict(depths=[1, 1, 1, 1], channels=[8, 16, 32, 64]),
    SwinTransformer=dict(
        embed_dims=12, depths=[1, 1, 1, 1], num_heads=[1, 2, 4, 8]
    ),
    VisionTransformer=dict(
        embed_dims=24, num_layers=2, num_heads=2, feedforward_channels=48
    ),
)


def small(backbone):
    """Make the settings of a backbone small, in place; gives its start."""
    if backbone.type == 'geokr_mm.SensorStems':
        return small(backbone.trunk)
    if backbone.type == 'ResNet':
        backbone.update(depth=18, stem_channels=8, base_channels=8)
    elif backbone.type == 'VGG':
        backbone.depth = 11
    else:
        backbone.arch = ARCHES[backbone.type]
    if 'img_size' in backbone:
        backbone.img_size = SIDE - SIDE % backbone.patch_size
    return backbone.get('init_cfg')


def sets(config, name='train_dataloader'):
    """Settings of the datasets of a loader."""
    dataset = config[name].dataset
    return list(dataset.get('sensors', dict(one=dataset)).values())


def shortened(path, index_of, folder):
    """Two iterations of a config, or an epoch of two; gives its file."""
    config = load_config(str(path), [])
    # Several processes have tests of their own, in test_sharded_run.py.
    config.pop('runner_type', None)
    start = small(config.model.backbone)
    if start is not None:
        start.checkpoint = str(folder / 'start.pth')
        with DefaultScope.overwrite_default_scope('mmpretrain'):
            torch.manual_seed(0)
            module = MODELS.build({**config.model.backbone, 'init_cfg': None})
        torch.save(dict(state_dict=module.state_dict()), start.checkpoint)
    for name, size in (('train_dataloader', 4), ('val_dataloader', 2)):
        if config.get(name) is None:
            continue
        config[name].update(
            batch_size=size, num_workers=0, persistent_workers=False
        )
        if 'batch_size' in config[name].sampler:
            config[name].sampler.batch_size = size
        for dataset in sets(config, name):
            bands = sets(config)[0].bands
            bands = dataset.get('bands', bands)
            count = 8 // len(sets(config))
            dataset.update(index=str(index_of(tuple(bands))), indices=count)
            dataset.serialize_data = False
            dataset.update(type='geokr_mm.GeoKRDataset')
            crop(dataset.pipeline, config.model.backbone)
    if config.train_cfg.type == 'EpochBasedTrainLoop':
        config.train_cfg.update(max_epochs=1, val_interval=1)
    else:
        config.train_cfg.update(max_iters=2)
    config.default_hooks.checkpoint.update(interval=1, max_keep_ckpts=1)
    file = folder / f'{path.stem}.json'
    file.write_text(json.dumps(config.to_dict()))
    return str(file)


def crop(pipeline, backbone):
    """Let a pipeline make images of 64 pixels, or what tokens divide."""
    side = backbone.get('img_size', SIDE)
    for transform in pipeline:
        for inner in [transform, *sum(transform.get('transforms', []), [])]:
            if inner.type == 'RandomResizedCrop':
                inner.scale = side
            elif inner.type == 'Resize':
                inner.scale = (side, side)


def train(config, folder, **given):
    """Train as the command does."""
    plain = dict(
        config=config,
        cfg_options=[],
        work_dir=str(folder),
        launcher='none',
        local_rank=0,
        resume=None,
        amp=False,
        auto_scale_lr=False,
        seed=None,
    )
    commands.train(argparse.Namespace(**{**plain, **given}))


def last(folder):
    """The newest checkpoint of a run."""
    return Path((folder / 'last_checkpoint').read_text())


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_trains_goes_on_and_hands_over(path, scene_index, tmp_path):
    file = shortened(path, scene_index, tmp_path)
    work = tmp_path / 'work'
    train(file, work)
    first = read_checkpoint(last(work))
    assert first['meta']['iter'] == 2
    longer = (
        'train_cfg.max_epochs=2'
        if first['meta']['epoch']
        else 'train_cfg.max_iters=4'
    )
    train(file, work, resume='auto', cfg_options=[longer])
    end = read_checkpoint(last(work))
    assert end['meta']['iter'] == 4
    moved = [
        name
        for name, tensor in end['state_dict'].items()
        if tensor.is_floating_point()
        and not torch.equal(tensor, first['state_dict'][name])
    ]
    parts = ['backbone.', 'head.']
    if 'released' not in path.stem:
        # The published teacher moves after the first step, then rarely.
        parts += ['teacher.backbone.', 'teacher.head.']
    for part in parts:
        assert any(name.startswith(part) for name in moved), part
    assert all(
        torch.isfinite(tensor).all() for tensor in end['state_dict'].values()
    )

    config = load_config(file, [])
    sensors = config.train_dataloader.dataset.get('sensors', {})
    for name, dataset in [*sensors.items()] or [
        (None, config.train_dataloader.dataset)
    ]:
        check_export(last(work), dataset.bands, name, tmp_path)


def check_export(checkpoint, bands, sensor, folder):
    """The exported backbone is the teacher's, with the bands in order."""
    card = export_backbone(checkpoint, folder / 'out.pth', sensor=sensor)
    assert card['branch'] == 'teacher'
    assert card['bands'] == list(bands)
    assert len(card['mean']) == len(card['std']) == len(bands)
    about = card['architecture']
    assert about['args'].get('in_channels', 3) == len(bands)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        module = MODELS.build(dict(about['args'], type=about['type']))
    tensors, _ = load_backbone(folder / 'out.safetensors')
    module.load_state_dict(tensors, strict=True)
    module.eval()
    feats = module(torch.rand(2, len(bands), SIDE, SIDE))[-1]
    assert torch.isfinite(feats).all()


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_pipeline_gives_views_of_the_shipped_size(path, scene_index):
    cfg = load_config(str(path), [])
    for dataset_cfg in sets(cfg):
        bands = dataset_cfg.bands
        dataset_cfg.update(
            type='geokr_mm.GeoKRDataset', index=str(scene_index(tuple(bands)))
        )
        with DefaultScope.overwrite_default_scope(cfg.default_scope):
            dataset = DATASETS.build(dataset_cfg)
            sample = dataset[0]
        views, knowledge = sample['inputs'], sample['data_samples']
        if 'released' in path.stem:
            assert views.shape == (3, 256, 256)
            assert dataset.metainfo['classes'] == tuple(cfg.classes)
            assert len(cfg.classes) == 8
            continue
        physical = dataset_cfg.get('values') == 'physical'
        first = views if isinstance(views, torch.Tensor) else views[0]
        assert first.is_floating_point() == physical
        if 'view_plan' in knowledge:
            plan = knowledge.view_plan[None]
            views = [view[0] for view in make_views(views[None], plan)]
        side = 252 if 'p14' in path.stem else 256
        side = side if 'xb64-coslr-100e' in path.stem else 64
        shape = (len(bands), side, side)
        assert [tuple(v.shape) for v in views] == [shape] * 2
        assert not torch.equal(views[0], views[1])


def test_released_config_is_the_published_recipe():
    path = next(p for p in CONFIGS if 'released' in p.stem)
    cfg = load_config(str(path), [])
    assert cfg.optim_wrapper.optimizer == dict(type='Adam', lr=1e-3)
    assert cfg.param_scheduler[0] == dict(
        type='StepLR', step_size=1, gamma=0.9
    )
    assert cfg.train_dataloader.batch_size == 8
    assert cfg.train_cfg.max_epochs == 10
    hook = cfg.default_hooks.ema_teacher
    assert (hook.momentum, hook.buffers) == (0.95, False)
    assert hook.released_steps == list(range(500, 30801, 10000))
    assert cfg.model.teacher_init == 'separate'
    assert cfg.model.head.loss.scaling == 'released'
    assert cfg.model.correction.form == 'released'
    assert cfg.model.correction.get('ramp') is None
    cfg.model.head.num_classes = 8
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        model = MODELS.build(cfg.model)
    model.init_weights()
    # torch's own: uniform up to 1 / sqrt(2048), apart in both networks.
    for head in (model.head, model.teacher.head):
        assert head.fc.weight.abs().max().item() == pytest.approx(
            2048**-0.5, rel=1e-2
        )
        assert head.fc.bias.abs().max() > 0
    assert not torch.equal(model.head.fc.weight, model.teacher.head.fc.weight)
