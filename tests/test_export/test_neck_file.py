"""The pre-trained feature pyramid as a neck of mmseg and mmdet."""

import pytest
import torch
from mmengine.registry import DefaultScope

from geokr_mm.errors import InputError
from geokr_mm.export import export_backbone, load_backbone
from geokr_mm.registry import MODELS

PYRAMID = dict(
    type='geokr_mm.KnowledgeFPN',
    in_channels=[64, 128, 256, 512],
    out_channels=8,
)
# What each library's FPN needs beside the pyramid's own widths.
LIBRARIES = [('mmseg', dict(num_outs=4)), ('mmdet', dict(num_outs=5))]


def run(tmp_path, neck, head):
    """A checkpoint whose branches differ, and its model."""
    torch.manual_seed(0)
    cfg = dict(
        type='geokr_mm.GeoKR',
        backbone=dict(type='ResNet', depth=18, out_indices=(0, 1, 2, 3)),
        neck=neck,
        head=head,
        correction=dict(type='geokr_mm.CorrectionLoss'),
        teacher_init='separate',
    )
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(cfg)
    model.teacher.follow(model, 0.5)
    path = tmp_path / 'epoch_1.pth'
    config = dict(model=cfg, default_scope='mmpretrain')
    meta = dict(geokr=dict(config=config))
    torch.save(dict(meta=meta, state_dict=model.state_dict()), path)
    return path, model


@pytest.fixture
def gridded(tmp_path):
    head = dict(
        type='geokr_mm.GriddedKnowledgeHead',
        num_classes=10,
        in_channels=8,
        grids=(1, 2, 4, 8),
        stages=(0, 1, 2, 3),
    )
    return run(tmp_path, PYRAMID, head)


@pytest.fixture
def projected(tmp_path):
    neck = dict(
        type='NonLinearNeck',
        in_channels=512,
        hid_channels=16,
        out_channels=8,
    )
    head = dict(
        type='geokr_mm.GeographicKnowledgeHead', num_classes=10, in_channels=8
    )
    return run(tmp_path, neck, head)


def fpn(scope, extra, **settings):
    if scope == 'mmdet':
        pytest.importorskip('mmcv._ext')
    cfg = dict(
        type='FPN', in_channels=[64, 128, 256, 512], out_channels=8, **extra
    )
    with DefaultScope.overwrite_default_scope(scope):
        return MODELS.build(dict(cfg, **settings))


@pytest.mark.parametrize('branch', ['teacher', 'student'])
@pytest.mark.parametrize(('scope', 'extra'), LIBRARIES)
def test_same_maps_downstream(gridded, tmp_path, scope, extra, branch):
    path, model = gridded
    source = model.teacher.neck if branch == 'teacher' else model.neck
    file = tmp_path / 'n.pth'
    card = export_backbone(path, tmp_path / 'b', branch, neck=file)
    init = dict(type='Pretrained', checkpoint=str(file))
    neck = fpn(scope, extra, init_cfg=init)
    neck.init_weights()
    feats = [
        torch.randn(1, width, side, side)
        for width, side in zip(
            PYRAMID['in_channels'], (16, 8, 4, 2), strict=True
        )
    ]
    with torch.no_grad():
        expected, actual = source(feats), neck(feats)
    for mine, theirs in zip(expected, actual[:4], strict=True):
        assert torch.equal(mine, theirs)
    assert card['branch'] == branch


def test_card_is_of_the_neck(gridded, tmp_path):
    card = export_backbone(gridded[0], tmp_path / 'b', neck=tmp_path / 'n')
    assert card['architecture']['type'] == 'mmpretrain.ResNet'
    for name in ('n.pth', 'n.safetensors'):
        tensors, about = load_backbone(tmp_path / name)
        assert set(tensors) == set(gridded[1].neck.state_dict())
        assert about['architecture'] == dict(
            type='geokr_mm.KnowledgeFPN',
            args=dict(in_channels=[64, 128, 256, 512], out_channels=8),
        )
        assert about['branch'] == 'teacher'
        assert about['sha256'] != card['sha256']


def test_a_projector_stays_behind_and_nothing_is_written(projected, tmp_path):
    with pytest.raises(InputError, match='projector'):
        export_backbone(projected[0], tmp_path / 'b', neck=tmp_path / 'n')
    assert [p.name for p in tmp_path.iterdir()] == ['epoch_1.pth']


def test_a_backbone_file_holds_no_neck(gridded, tmp_path):
    export_backbone(gridded[0], tmp_path / 'b.pth')
    with pytest.raises(InputError, match='holds no neck'):
        export_backbone(
            tmp_path / 'b.pth', tmp_path / 'c.pth', neck=tmp_path / 'n.pth'
        )
    assert not (tmp_path / 'c.pth').exists()


def test_two_files_want_two_names(gridded, tmp_path):
    with pytest.raises(InputError, match='a file of its own'):
        export_backbone(gridded[0], tmp_path / 'b', neck=tmp_path / 'b.pth')
    assert not (tmp_path / 'b.pth').exists()
