"""Features of other libraries' networks and of imported ones are equal."""

import runpy

import pytest
import torch

from geokr_mm.benchmark.features import build_backbone
from geokr_mm.compat import ensure_torchvision
from geokr_mm.export import load_backbone
from geokr_mm.interop.starts import import_backbone

# The others have the same names: they are measured for the table alone.
PAIRS = [
    *[('resnet18', 'timm'), ('resnet50', 'torchvision')],
    ('vgg16_bn', 'torchvision'),
    *[('convnext_tiny', 'timm'), ('convnext_tiny', 'torchvision')],
    *[('swin_tiny', 'timm'), ('swin_tiny', 'torchvision')],
    *[('vit_small', 'timm'), ('vit_small', 'torchvision')],
]


@pytest.fixture(scope='module')
def measure(repo):
    return runpy.run_path(str(repo / 'benchmarks' / 'interop.py'))


@pytest.mark.parametrize('pair', PAIRS, ids='-'.join)
def test_features_are_equal(measure, pair, tmp_path):
    assert measure['imported'](*pair, tmp_path) < 2e-5


@torch.no_grad()
def test_dinov2(measure, tmp_path):
    torch.manual_seed(0)
    ensure_torchvision()
    import timm

    model = timm.create_model(
        'vit_small_patch14_dinov2', img_size=56, num_classes=0
    ).eval()
    for block in model.blocks:
        for scale in (block.ls1, block.ls2):
            scale.gamma.uniform_(0.1, 0.5)
    state = {f'teacher.backbone.{k}': v for k, v in model.state_dict().items()}
    state['teacher.backbone.mask_token'] = torch.zeros(1, 384)
    torch.save(dict(model=state), tmp_path / 'dino.pth')
    card, found = import_backbone(
        str(tmp_path / 'dino.pth'),
        'vit_small',
        tmp_path / 'start.pth',
        args=dict(img_size=56, patch_size=14),
    )
    assert found.prefix == 'model.teacher.backbone.'
    assert found.beside == ['mask_token'] and not found.fresh
    assert any('24 layer scales' in note for note in found.notes)
    images = torch.randn(2, 3, 56, 56)
    tensors, _ = load_backbone(tmp_path / 'start.pth')
    have = build_backbone(card['architecture'], tensors)(images)[-1]
    want = measure['features'](model, images, 'vit', 'timm')
    assert torch.allclose(have, want, atol=1e-5)


def test_the_table_has_all(repo, measure):
    lines = (repo / 'benchmarks/interop.csv').read_text().splitlines()[1:]
    rows = [line.split(',') for line in lines]
    names = {(row[2], row[1]) for row in rows if row[0] == 'import'}
    assert names == set(measure['pairs']())
    assert all(float(row[3]) < 2e-5 for row in rows)
