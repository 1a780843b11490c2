"""The algorithm: terms, branches, modes and backbones."""

import numpy as np
import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample

from geokr_mm.models.step import training_progress
from geokr_mm.registry import MODELS

K = 5
RAMPED = dict(type='geokr_mm.CorrectionLoss')


@pytest.fixture(autouse=True)
def scope():
    """Configs resolve names in mmpretrain's scope, as when training."""
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        yield


def build(backbone=None, channels=512, **kwargs):
    """A GeoKR model with small defaults."""
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='geokr_mm.GeoKR',
            backbone=backbone or dict(type='ResNet', depth=18),
            head=dict(
                type='geokr_mm.GeographicKnowledgeHead',
                num_classes=K,
                in_channels=channels,
            ),
            **{'correction': dict(RAMPED), **kwargs},
        )
    )
    model.init_weights()
    return model


def batch(size=32, channels=3, n=2):
    """Two views and their knowledge."""
    rng = np.random.default_rng(3)
    samples = []
    for row in rng.dirichlet(np.ones(K), size=n):
        sample = DataSample()
        sample.set_field(
            torch.tensor(row, dtype=torch.float32), 'class_fractions'
        )
        sample.set_field(torch.tensor([0.5]), 'valid_fraction')
        samples.append(sample)
    views = [torch.randn(n, channels, size, size) for _ in range(2)]
    return views, samples


BACKBONES = [
    (dict(type='ResNet', depth=18), 512, 64),
    (dict(type='ResNet', depth=50), 2048, 64),
    (
        dict(
            type='VGG', depth=16, norm_cfg=dict(type='BN'), with_last_pool=True
        ),
        512,
        64,
    ),
    (
        dict(
            type='SwinTransformer',
            arch='tiny',
            img_size=64,
            pad_small_map=True,
        ),
        768,
        64,
    ),
]


@pytest.mark.parametrize(
    'backbone, channels, size',
    BACKBONES,
    ids=['resnet18', 'resnet50', 'vgg16bn', 'swint'],
)
def test_step_on_each_backbone(backbone, channels, size):
    model = build(dict(backbone), channels)
    views, samples = batch(size)
    losses = model.loss(views, samples)
    total, _ = model.parse_losses(losses)
    total.backward()
    grads = [p.grad for p in model.backbone.parameters()]
    assert any(g is not None and g.abs().sum() > 0 for g in grads)
    assert all(p.grad is None for p in model.teacher.parameters())


def test_terms_are_the_formulae_on_the_right_views():
    hub = MessageHub.get_instance('a quarter is done')
    hub.update_info('iter', 25)
    hub.update_info('max_iters', 100)
    model = build(correction=dict(RAMPED, ramp='linear'))
    views, samples = batch()
    model.train()
    losses = model.loss(views, samples)
    model.train()
    logits = model.head(model.backbone(views[0])).detach()
    log_p = logits.log_softmax(1).double().numpy()
    log_q = model.teacher(views[1]).logits.log_softmax(1).double().numpy()
    y = torch.stack([s.class_fractions for s in samples]).double().numpy()
    knowledge = np.mean(0.5 * -(y * log_p).sum(axis=1))
    correction = 0.25 * np.mean((np.exp(log_q) * (log_q - log_p)).sum(axis=1))
    tv = np.mean(0.5 * np.abs(np.exp(log_p) - y).sum(axis=1))
    assert losses['loss_knowledge'].item() == pytest.approx(
        knowledge, abs=1e-6
    )
    assert losses['loss_correction'].item() == pytest.approx(
        correction, abs=1e-6
    )
    assert losses['tv'].item() == pytest.approx(tv, abs=1e-6)


def test_tv_is_watched_and_not_trained():
    model = build()
    total, logged = model.parse_losses(model.loss(*batch()))
    expected = logged['loss_knowledge'] + logged['loss_correction']
    assert total.item() == pytest.approx(expected.item(), abs=1e-6)


def test_copied_teacher_equals_the_student_after_init():
    model = build()
    teacher = model.teacher.backbone.state_dict()
    for name, value in model.backbone.state_dict().items():
        assert torch.equal(teacher[name], value), name
    assert torch.equal(model.teacher.head.fc.weight, model.head.fc.weight)


def test_separate_teacher_differs_and_runs_in_train_mode():
    model = build(teacher_init='separate', teacher_mode='train')
    assert not torch.equal(model.teacher.head.fc.weight, model.head.fc.weight)
    model.train()
    assert model.teacher.training
    before = model.teacher.backbone.bn1.running_mean.clone()
    model.loss(*batch())
    assert not torch.equal(before, model.teacher.backbone.bn1.running_mean)


def test_default_teacher_stays_in_eval_mode():
    model = build()
    model.train()
    assert model.training and not model.teacher.training
    before = model.teacher.backbone.bn1.running_mean.clone()
    model.loss(*batch())
    assert torch.equal(before, model.teacher.backbone.bn1.running_mean)


def test_one_view_serves_both_branches():
    model = build(teacher_mode='train')
    model.train()
    views, samples = batch()
    losses = model.loss(views[0], samples)
    # A teacher that is the student, on the same image: no divergence.
    assert losses['loss_correction'].item() == pytest.approx(0, abs=1e-6)


def test_fractions_only_has_no_teacher():
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='geokr_mm.GeoKR',
            backbone=dict(type='ResNet', depth=18),
            head=dict(
                type='geokr_mm.GeographicKnowledgeHead',
                num_classes=K,
                in_channels=512,
                hidden_channels=16,
            ),
        )
    )
    assert set(model.loss(*batch())) == {'loss_knowledge', 'tv'}
    assert not any('teacher' in k for k in model.state_dict())
    predicted = model.predict(*batch())
    assert predicted[0].student_fractions.sum().item() == pytest.approx(1)
    assert 'teacher_fractions' not in predicted[0]


def test_predict_reads_fractions_of_both_branches():
    model = build()
    model.eval()
    views, samples = batch()
    out = model(views, samples, mode='predict')
    for sample in out:
        assert torch.allclose(
            sample.student_fractions, sample.teacher_fractions
        )
    feats = model(views[0], mode='tensor')
    assert feats[-1].shape == (2, 512, 1, 1)


@pytest.mark.parametrize(
    'kwargs',
    [
        dict(teacher_init='random'),
        dict(teacher_mode='frozen'),
    ],
)
def test_unknown_switches_are_refused(kwargs):
    with pytest.raises(ValueError, match='must be one of'):
        build(**kwargs)


def test_sizes_follow_from_the_backbone():
    """What a config leaves out; what it states stays."""
    pyramid = dict(type='geokr_mm.KnowledgeFPN', out_channels=24)
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='geokr_mm.GeoKR',
            backbone=dict(
                type='ResNet',
                depth=18,
                in_channels=4,
                base_channels=8,
                stem_channels=8,
                out_indices=(1, 2, 3),
            ),
            neck=pyramid,
            head=dict(
                type='geokr_mm.GriddedKnowledgeHead',
                num_classes=K,
                stages=(0, -1),
            ),
            with_teacher=True,
            terms=dict(
                before=dict(type='geokr_mm.SoftContrast', after_neck=False),
                after=dict(type='geokr_mm.SoftContrast'),
                stated=dict(type='geokr_mm.SoftContrast', num_classes=3),
            ),
        )
    )
    lateral = [conv.conv.in_channels for conv in model.neck.lateral_convs]
    assert lateral == [16, 32, 64]
    assert [conv.in_channels for conv in model.head.convs] == [24, 24]
    assert model.terms['before'].projector[0].in_features == 64
    assert model.terms['after'].projector[0].in_features == 24
    assert model.terms['after'].num_classes == K
    assert model.terms['stated'].num_classes == 3
    # Finding sizes leaves statistics and mode alone.
    assert model.training and model.backbone.bn1.num_batches_tracked == 0


def test_a_head_without_classes_names_the_setting():
    with pytest.raises(ValueError, match=r'model\.head\.num_classes'):
        MODELS.build(
            dict(
                type='geokr_mm.GeoKR',
                backbone=dict(type='ResNet', depth=18),
                head=dict(type='geokr_mm.GeographicKnowledgeHead'),
            )
        )


def test_progress_is_that_of_the_run():
    hub = MessageHub.get_instance('no run yet')
    assert training_progress() == 0.0
    hub.update_info('iter', 30)
    hub.update_info('max_iters', 40)
    assert training_progress() == 0.75
