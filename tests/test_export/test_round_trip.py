"""Pre-training checkpoint to the three libraries, and no tensor lost."""

import pytest
import torch
from mmengine.registry import DefaultScope

from geokr_mm.export import export_backbone
from geokr_mm.registry import MODELS

BACKBONE = dict(type='mmpretrain.ResNet', depth=18, out_indices=(0, 1, 2, 3))
# (scope, type): mmpretrain's class by its full name, and the native class of
# each library where its names are the same.
LIBRARIES = [
    ('mmpretrain', 'ResNet'),
    ('mmseg', 'mmpretrain.ResNet'),
    ('mmseg', 'ResNet'),
    ('mmdet', 'mmpretrain.ResNet'),
    ('mmdet', 'ResNet'),
]


def build(cfg, scope):
    if scope == 'mmdet':
        pytest.importorskip('mmcv._ext')
    with DefaultScope.overwrite_default_scope(scope):
        return MODELS.build(cfg)


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    """A pre-training checkpoint whose branches and buffers differ."""
    torch.manual_seed(0)
    cfg = dict(
        type='geokr_mm.GeoKR',
        backbone=dict(BACKBONE, out_indices=(3,)),
        head=dict(
            type='geokr_mm.GeographicKnowledgeHead',
            num_classes=10,
            in_channels=512,
        ),
        correction=dict(type='geokr_mm.CorrectionLoss'),
        teacher_init='separate',
    )
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(cfg)
    model.init_weights()
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.add_(0.05 * torch.rand_like(tensor))
    model.teacher.follow(model, 0.5)
    path = tmp_path_factory.mktemp('run') / 'epoch_1.pth'
    config = dict(model=cfg, default_scope='mmpretrain')
    meta = dict(geokr=dict(config=config))
    torch.save(dict(meta=meta, state_dict=model.state_dict()), path)
    return path, model


@pytest.mark.parametrize('branch', ['teacher', 'student'])
@pytest.mark.parametrize(('scope', 'name'), LIBRARIES)
@pytest.mark.parametrize('way', ['exported', 'prefix'])
def test_same_tensors_and_feature_maps(
    checkpoint, tmp_path, scope, name, branch, way
):
    path, model = checkpoint
    source = model.teacher.backbone if branch == 'teacher' else model.backbone
    if way == 'exported':
        export_backbone(path, tmp_path / 'b.pth', branch)
        init = dict(type='Pretrained', checkpoint=str(tmp_path / 'b.pth'))
    else:
        prefix = 'teacher.backbone.' if branch == 'teacher' else 'backbone.'
        init = dict(type='Pretrained', checkpoint=str(path), prefix=prefix)
    cfg = dict(BACKBONE, type=name, init_cfg=init)
    # Elsewhere the stages' statistics are frozen or not by other defaults.
    backbone = build(dict(cfg, norm_eval=False), scope)
    backbone.init_weights()
    expected = source.state_dict()
    actual = backbone.state_dict()
    assert set(actual) == set(expected)
    assert all(torch.equal(actual[k], expected[k]) for k in expected)

    image = torch.randn(
        1, 3, 64, 64, generator=torch.Generator().manual_seed(1)
    )
    source.eval()
    backbone.eval()
    with torch.no_grad():
        assert torch.equal(backbone(image)[-1], source(image)[-1])
