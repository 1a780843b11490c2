"""Configs that go beyond GeoKR: two real steps each on the tiny planet."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

import geokr_mm.registry  # noqa: F401
from geokr_mm.engine.settings import settle_knowledge

CONFIGS = sorted(
    path
    for names in (
        'batch_contrast/*.py',
        'decorrelation/*.py',
        'gridded/*.py',
        'geco/*.py',
        'place_clusters/*.py',
        'selection/*.py',
        'soft_contrast/*.py',
    )
    for path in (Path(__file__).parents[2] / 'configs').glob(names)
)


@pytest.fixture(scope='module')
def gridded_index(tiny_world, tiny_index_4band):
    """Index of the tiny planet with 8 x 8 cells; four bands beside it."""
    from geokr_mm.geo.pipeline.cli import main

    out = tiny_world / 'gridded.parquet'
    main(
        [
            *('--scenes', str(tiny_world / 'scenes')),
            *('--product', 'globeland30'),
            *('--land-cover', str(tiny_world / 'landcover')),
            *('--patch-size', '64', '--bands', 'red,green,blue'),
            *('--grid', '8', '--out', str(out), '--quiet'),
        ]
    )
    return out


def short(path, index, out):
    """The config with two steps and nothing beside them."""
    cfg = Config.fromfile(path)
    cfg.train_dataloader.update(
        batch_size=4, num_workers=0, persistent_workers=False
    )
    cfg.train_dataloader.dataset.index = str(index)
    if cfg.model.backbone.get('in_channels') == 4:
        cfg.train_dataloader.dataset.index = str(
            Path(index).with_name('four.parquet')
        )
        cfg.train_dataloader.dataset.bands = ['red', 'green', 'blue', 'nir']
    cfg.train_dataloader.sampler = dict(type='InfiniteSampler', shuffle=True)
    cfg.train_cfg = dict(type='IterBasedTrainLoop', max_iters=2)
    cfg.param_scheduler = []
    if 'label_correction' in cfg.model:
        cfg.model.label_correction.warm_up = 0.0
    if 'place-clusters' in path.stem:
        cfg.model.terms.place.num_places = 4
    settle_knowledge(cfg)
    if cfg.val_dataloader is not None:
        cfg.val_dataloader.update(num_workers=0, persistent_workers=False)
    cfg.default_hooks.checkpoint = dict(
        type='CheckpointHook', by_epoch=False, interval=2
    )
    cfg.default_hooks.logger.interval = 1
    cfg.log_processor = dict(by_epoch=False)
    cfg.work_dir = str(out)
    cfg.experiment_name = f'{path.stem}-{out.name}'
    return cfg


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_config_trains(path, gridded_index, tmp_path):
    runner = Runner.from_cfg(short(path, gridded_index, tmp_path))
    start = {k: v.clone() for k, v in runner.model.state_dict().items()}
    runner.train()
    end = runner.model.state_dict()
    moved = {
        k
        for k, v in end.items()
        if k in start
        and v.shape == start[k].shape
        and not torch.equal(v, start[k])
    }
    assert any(k.startswith('backbone.conv1') for k in moved)
    assert any(k.startswith('head.') for k in moved)
    assert runner.model.head.num_classes == 10
    assert all(torch.isfinite(v).all() for v in end.values())
    if 'fpn' in path.stem:
        assert any(k.startswith('neck.lateral') for k in moved)
        assert any(k.startswith('teacher.neck.lateral') for k in moved)
    for name in runner.model.terms:
        assert f'train/loss_{name}' in runner.message_hub.log_scalars
    if 'place-clusters' in path.stem:
        assert torch.equal(
            start['terms.place.centres'], 0 * end['terms.place.centres']
        )
        assert (end['terms.place.centres'].norm(dim=1) - 1).abs().max() < 1e-9
    if 'selection' in path.stem:
        assert end['selection.count'].sum().item() == 2 * 4
    if 'geco-class' in path.stem:
        assert 'label_correction.logits' in moved
    if 'geco-patch' in path.stem:
        table = end['label_correction.offsets']
        touched = (table.abs().sum(dim=1) > 0).sum().item()
        rows = runner.train_dataloader.dataset.num_rows
        assert len(table) == rows and 0 < touched <= min(rows, 8)
        saved = torch.load(tmp_path / 'iter_2.pth', weights_only=False)
        assert torch.equal(
            saved['state_dict']['label_correction.offsets'], table
        )
