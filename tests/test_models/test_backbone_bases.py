"""The model bases: GeoKR on each backbone that is offered."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample

from geokr_mm.export import adapt_bands, select_branch
from geokr_mm.registry import MODELS

FOLDER = Path(__file__).parents[2] / 'configs' / '_base_' / 'models'
BASES = sorted(FOLDER.glob('geokr_*.py'))


def test_every_backbone_is_there():
    names = {path.stem.removeprefix('geokr_') for path in BASES}
    assert names == {
        *('resnet18', 'resnet34', 'resnet50', 'convnext-tiny', 'swin-tiny'),
        *('vit-small-p8', 'vit-small-p14', 'vit-small-p16'),
        *('vit-base-p14', 'vit-base-p16', 'vit-large-p16', 'vgg16bn'),
    }


# The largest differ from vit-small in their widths alone.
@pytest.mark.parametrize(
    'path',
    [
        pytest.param(
            path,
            marks=[pytest.mark.slow]
            * path.stem.startswith(('geokr_vit-base', 'geokr_vit-large')),
        )
        for path in BASES
    ],
    ids=lambda path: path.stem,
)
def test_base_trains_and_hands_over(path):
    cfg = Config.fromfile(path)
    cfg.model.head.num_classes = 10
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(cfg.model)
        model.init_weights()
        optim = build_optim_wrapper(
            model,
            dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3)),
        )
        samples = [DataSample() for _ in range(2)]
        for number, sample in enumerate(samples):
            sample.set_field(torch.eye(10)[number], 'class_fractions')
            sample.set_field(torch.ones(1), 'valid_fraction')
        views = [torch.rand(2, 3, 64, 64) * 255 for _ in range(2)]
        before = [p.detach().clone() for p in model.backbone.parameters()]
        logged = model.train_step(
            dict(inputs=views, data_samples=samples), optim
        )
    assert torch.isfinite(logged['loss'])
    feats = model.backbone(views[0])[-1]
    # A map of features, at 64 px two cells wide or more, or pooled by VGG.
    assert feats.dim() == 4 and feats.shape[1] == model.neck.fc0.in_features
    assert model.head.fc.weight.shape == (10, 256)
    moved = [
        not torch.equal(old, new)
        for old, new in zip(before, model.backbone.parameters(), strict=True)
    ]
    assert sum(moved) > len(moved) / 2

    branch, tensors = select_branch(model.state_dict())
    assert branch == 'teacher'
    assert set(tensors) == set(model.backbone.state_dict())
    wider, _ = adapt_bands(tensors, dict(bands=['r', 'g', 'b']), list('rgbn'))
    changed = [k for k in wider if wider[k].shape != tensors[k].shape]
    assert len(changed) == 1 and wider[changed[0]].shape[1] == 4
