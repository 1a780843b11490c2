"""Every shipped pre-training config is built and stepped."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample

from geokr_mm.registry import DATASETS, HOOKS, MODELS

CONFIGS = sorted(
    (Path(__file__).parents[2] / 'configs' / 'geokr').glob('*.py')
)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_config_builds_and_steps(path, tiny_index):
    cfg = Config.fromfile(path)
    cfg.model.head.num_classes = classes = 8
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        model = MODELS.build(cfg.model)
        HOOKS.build(cfg.default_hooks.ema_teacher)
        optim = build_optim_wrapper(model, cfg.optim_wrapper)
        channels = cfg.model.backbone.get('in_channels', 3)
        views = [torch.rand(2, channels, 64, 64) * 255] * 2
        samples = [DataSample() for _ in range(2)]
        for sample in samples:
            sample.set_field(
                torch.full((classes,), 1 / classes), 'class_fractions'
            )
            sample.set_field(torch.ones(1), 'valid_fraction')
        before = model.head.fc.weight.detach().clone()
        logged = model.train_step(
            dict(inputs=views, data_samples=samples), optim
        )
    assert torch.isfinite(logged['loss'])
    assert not torch.equal(before, model.head.fc.weight)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_pipeline_feeds_the_model_it_is_written_for(
    path, tiny_index, tiny_index_4band
):
    cfg = Config.fromfile(path)
    dataset_cfg = cfg.train_dataloader.dataset
    dataset_cfg.index = str(tiny_index)
    channels = cfg.model.backbone.get('in_channels', 3)
    if channels == 4:
        dataset_cfg.index = str(tiny_index_4band)
        dataset_cfg.bands = ['blue', 'green', 'red', 'nir']
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        dataset = DATASETS.build(dataset_cfg)
        sample = dataset[0]
    views = sample['inputs']
    if 'released' in path.stem:
        assert views.shape == (3, 256, 256)
        assert dataset.metainfo['classes'] == tuple(cfg.classes)
        assert len(cfg.classes) == 8
    else:
        assert [tuple(v.shape) for v in views] == [(channels, 64, 64)] * 2
        assert not torch.equal(views[0], views[1])


def test_released_config_is_the_published_recipe():
    path = next(p for p in CONFIGS if 'released' in p.stem)
    cfg = Config.fromfile(path)
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
