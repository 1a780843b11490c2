"""GeoKR with all terms on a real index: one run, stopped and resumed."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmpretrain.structures import DataSample

from geokr_mm.engine.settings import settle_knowledge
from geokr_mm.export.backbone import export_backbone
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.index.spatial_split import held_out, place_size
from geokr_mm.models.terms.place_clusters import cluster_centres, unit_vectors
from geokr_mm.registry import MODELS

TERMS = dict(
    soft=dict(type='geokr_mm.SoftContrast', queue_length=6),
    place=dict(type='geokr_mm.PlaceClusters', num_places=3),
    spread=dict(type='geokr_mm.FeatureDecorrelation'),
)


def train(repo, index, work_dir, steps, resume=False):
    """Run the smoke config with every term."""
    cfg = Config.fromfile(
        repo / 'configs/geokr/geokr_resnet18_smoke_tiny-world.py'
    )
    cfg.merge_from_dict(
        {
            'work_dir': str(work_dir),
            'resume': resume,
            'model.terms': TERMS,
            'train_dataloader.dataset.index': str(index),
            'train_cfg.max_iters': steps,
            'train_cfg.val_interval': 1000,
            'default_hooks.checkpoint.interval': 1,
        }
    )
    for part in ('val', 'test'):
        for key in ('dataloader', 'cfg', 'evaluator'):
            cfg.pop(f'{part}_{key}')
    settle_knowledge(cfg)
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner


@pytest.fixture(scope='module')
def runs(repo, tiny_index, tmp_path_factory):
    """The runner after one step, and another that went on to two."""
    work_dir = tmp_path_factory.mktemp('terms')
    first = train(repo, tiny_index, work_dir, 1)
    state = {k: v.clone() for k, v in first.model.state_dict().items()}
    second = train(repo, tiny_index, work_dir, 2, resume=True)
    return state, second


def test_every_term_is_logged_and_finite(runs):
    scalars = runs[1].message_hub.log_scalars
    for name in ('knowledge', 'correction', *TERMS):
        assert np.isfinite(scalars[f'train/loss_{name}'].current()), name


def test_queue_goes_on_after_resuming(runs):
    before, runner = runs
    after = runner.model.terms['soft']
    assert int(before['terms.soft.queue_seen']) == 4
    assert int(after.queue_seen) == 8
    # Four keys of the first step, then four of the second over the oldest.
    old = before['terms.soft.queue']
    assert torch.equal(after.queue[2:4].cpu(), old[2:4].cpu())
    assert not torch.equal(after.queue[:2].cpu(), old[:2].cpu())
    assert (after.queue.norm(dim=1) - 1).abs().max() < 1e-5


def test_centres_are_those_of_the_places_to_train_on(runs, tiny_index):
    frame = KnowledgeIndex.open(tiny_index).kept().frame
    lonlat = frame[['lon', 'lat']].to_numpy()
    to_train = ~held_out(lonlat, 0.05, place_size(lonlat, 0.05))
    assert 0 < to_train.sum() < len(frame)
    lonlat = torch.tensor(lonlat[to_train])
    expected = cluster_centres(unit_vectors(lonlat).numpy(), 3)
    got = runs[1].model.terms['place'].centres
    np.testing.assert_allclose(got.cpu().numpy(), expected, atol=1e-12)
    assert torch.equal(runs[0]['terms.place.centres'], got)


def test_only_what_the_parts_read_is_packed(runs):
    dataset = runs[1].train_dataloader.dataset
    packed = set(dataset[0]['data_samples'].keys())
    # The views of this config have no fractions of their own.
    assert packed == {'class_fractions', 'valid_fraction', 'lonlat'}


def test_teacher_projector_moves(runs):
    before, runner = runs
    after = runner.model.state_dict()
    name = 'terms.soft.{}.0.weight'
    expected = 0.99 * before[name.format('teacher_projector')] + (
        0.01 * after[name.format('projector')]
    )
    got = after[name.format('teacher_projector')]
    assert torch.allclose(got, expected, atol=1e-7)


def build(terms, **parts):
    """GeoKR with terms."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return MODELS.build(
            dict(
                type='geokr_mm.GeoKR',
                backbone=dict(type='ResNet', depth=18),
                head=dict(
                    type='geokr_mm.GeographicKnowledgeHead',
                    num_classes=10,
                ),
                terms=terms,
                **parts,
            )
        )


def test_terms_are_initialised_with_the_model():
    model = build(TERMS)
    model.init_weights()
    weight = model.terms['place'].fc.weight
    assert weight.std().item() == pytest.approx(0.01, rel=0.1)


def test_a_term_set_to_none_is_left_out():
    model = build(dict(TERMS, spread=None), with_teacher=True)
    assert set(model.terms) == {'soft', 'place'}


def test_contrast_before_the_neck_queues_what_the_teacher_backbone_tells():
    model = build(
        dict(soft=dict(TERMS['soft'], after_neck=False)),
        neck=dict(type='NonLinearNeck', hid_channels=16, out_channels=8),
        correction=dict(type='geokr_mm.CorrectionLoss'),
    )
    model.train()
    views = list(torch.rand(2, 4, 3, 64, 64))
    samples = [DataSample() for _ in range(4)]
    for sample in samples:
        sample.set_field(torch.full((10,), 0.1), 'class_fractions')
        sample.set_field(torch.ones(1), 'valid_fraction')
    model.loss(views, samples)
    with torch.no_grad():
        feats = model.teacher.backbone(views[1])[-1].mean(dim=(2, 3))
        keys = model.terms['soft'].teacher_projector(feats)
    expected = torch.nn.functional.normalize(keys)
    assert torch.allclose(model.terms['soft'].queue[:4], expected, atol=1e-6)


def test_default_trains_and_hands_over(repo, tiny_index, tmp_path):
    name = 'geokr/geokr_resnet18_1xb32-coslr-21e_earth.py'
    cfg = Config.fromfile(repo / 'configs' / name)
    cfg.merge_from_dict(
        {
            'work_dir': str(tmp_path),
            'train_cfg.max_epochs': 1,
            'default_hooks.checkpoint': None,
            'train_dataloader.batch_size': 4,
            'train_dataloader.num_workers': 0,
            'train_dataloader.persistent_workers': False,
            'train_dataloader.dataset.index': str(tiny_index),
            'train_dataloader.dataset.indices': 8,
            'val_dataloader.num_workers': 0,
            'val_dataloader.persistent_workers': False,
        }
    )
    settle_knowledge(cfg)
    assert cfg.model.head.num_classes == 10
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 2
    assert np.isfinite(runner.message_hub.get_scalar('train/loss').current())
    # The teacher has a projector of its own, which follows the student's.
    student, teacher = runner.model.neck, runner.model.teacher.neck
    assert student.fc0.weight.shape == (1024, 512)
    assert not torch.equal(student.fc0.weight, teacher.fc0.weight)
    path = tmp_path / 'last.pth'
    runner.save_checkpoint(str(tmp_path), 'last.pth')
    export_backbone(path, tmp_path / 'backbone.pth', branch='teacher')
    file = torch.load(tmp_path / 'backbone.pth', weights_only=True)
    state = runner.model.teacher.backbone.state_dict()
    assert set(file['state_dict']) == set(state)
