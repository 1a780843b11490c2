"""Every baseline trains on an index and hands its backbone over."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from geokr_mm.datasets.transforms import DominantClass
from geokr_mm.engine.settings import settle_knowledge
from geokr_mm.export import export_backbone
from geokr_mm.registry import MODELS

CONFIGS = sorted(
    (Path(__file__).parents[2] / 'configs' / 'baselines').glob('*.py')
)
GEOKR = 'configs/geokr/geokr_resnet18_1xb32-coslr-21e_earth.py'


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_two_steps_and_hand_over(path, tiny_index, tiny_index_4band, tmp_path):
    cfg = Config.fromfile(path)
    bands, index = ['red', 'green', 'blue'], tiny_index
    if 'zion' in path.stem:
        bands, index = ['blue', 'green', 'red', 'nir'], tiny_index_4band
        cfg.train_dataloader.dataset.bands = bands
    cfg.merge_from_dict(
        {
            'work_dir': str(tmp_path),
            'train_cfg.max_epochs': 1,
            'default_hooks.checkpoint.save_optimizer': False,
            'train_dataloader.batch_size': 4,
            'train_dataloader.num_workers': 0,
            'train_dataloader.persistent_workers': False,
            'train_dataloader.dataset.index': str(index),
            'train_dataloader.dataset.indices': 8,
        }
    )
    settle_knowledge(cfg)
    if cfg.val_dataloader is not None:
        cfg.val_dataloader.update(num_workers=0, persistent_workers=False)
    branch = 'teacher' if cfg.model.get('with_teacher') else 'student'
    runner = Runner.from_cfg(cfg)
    runner.model.init_weights()
    before = {
        name: value.detach().clone()
        for name, value in runner.model.backbone.named_parameters()
    }
    runner.train()
    assert runner.iter == 2
    assert np.isfinite(runner.message_hub.get_scalar('train/loss').current())
    after = dict(runner.model.backbone.named_parameters())
    assert any(not torch.equal(after[name], before[name]) for name in before)

    checkpoint = tmp_path / 'epoch_1.pth'
    card = export_backbone(checkpoint, tmp_path / 'backbone.pth')
    checkpoint.unlink()
    assert card['branch'] == branch
    assert card['bands'] == bands
    assert card['product'] == 'globeland30' and len(card['legend']) == 10
    assert card['mean'] == pytest.approx(cfg.data_preprocessor.mean)
    built = dict(type=card['architecture']['type'])
    built.update(card['architecture']['args'])
    built['init_cfg'] = dict(
        type='Pretrained', checkpoint=str(tmp_path / 'backbone.pth')
    )
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        backbone = MODELS.build(built)
    backbone.init_weights()
    source = runner.model.teacher if branch == 'teacher' else runner.model
    trained = source.backbone.state_dict()
    got = backbone.state_dict()
    assert set(got) == set(trained)
    assert all(torch.equal(got[key], trained[key].cpu()) for key in trained)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda p: p.stem)
def test_same_patches_steps_and_schedule_as_geokr(path, repo):
    of_geokr = GEOKR
    if 'zion' in path.stem:
        of_geokr = GEOKR.replace('earth', 'zion')
    ours, geokr = Config.fromfile(path), Config.fromfile(repo / of_geokr)
    for key in ('index', 'bands', 'train_cfg', 'param_scheduler'):
        assert ours[key] == geokr[key], key
    for key in ('sampler', 'batch_size'):
        assert ours.train_dataloader[key] == geokr.train_dataloader[key]
    assert ours.model.data_preprocessor == geokr.model.data_preprocessor
    assert ours.optim_wrapper.optimizer.type == 'AdamW'
    if 'mae' not in path.stem:
        optimizer = dict(geokr.optim_wrapper.optimizer)
        if 'byol' in path.stem or 'simsiam' in path.stem:
            optimizer['lr'] = 3e-4
        assert ours.optim_wrapper.optimizer == optimizer
        views = ours.train_dataloader.dataset.pipeline[1].transforms
        same = views == geokr.train_dataloader.dataset.pipeline[1].transforms
        assert same != ('published' in path.stem)
        assert ours.model.backbone.depth == 18
    # Batch norm over all ranks needs more than one of them.
    assert 'SyncBN' not in ours.pretty_text


def test_moco_queue_takes_whole_batches():
    path = next(p for p in CONFIGS if 'moco' in p.stem)
    cfg = Config.fromfile(path)
    assert cfg.train_dataloader.drop_last
    assert cfg.model.queue_len % cfg.train_dataloader.batch_size == 0


def test_dominant_class_is_the_largest():
    results = dict(
        class_fractions=np.array([0.2, 0.5, 0.3]),
        grid_fractions=np.array([[[0.0, 0.0, 0.0], [0.4, 0.4, 0.2]]]),
    )
    out = DominantClass()(results)
    assert out['class_fractions'].tolist() == [0, 1, 0]
    assert out['grid_fractions'].tolist() == [[[0, 0, 0], [1, 0, 0]]]
