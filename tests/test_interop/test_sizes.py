"""Patches, positions and windows of imported backbones."""

import torch
from torch.nn import functional as F

from geokr_mm.benchmark.features import build_backbone
from geokr_mm.export import load_backbone
from geokr_mm.interop import ARCHITECTURES, from_mmpretrain
from geokr_mm.interop.adapting import resize_kernel


def test_positions_and_patches_are_resized(vit, take, tmp_path):
    entry = ARCHITECTURES['vit_small']
    content = from_mmpretrain(vit, entry, 'timm')
    size = dict(img_size=64, patch_size=8)
    card, found = take(content, 'vit_small', args=size)
    tensors, _ = load_backbone(tmp_path / 'start.pth')
    grid = vit['pos_embed'][:, 1:].view(1, 14, 14, -1).permute(0, 3, 1, 2)
    want = F.interpolate(grid, (8, 8), mode='bicubic', align_corners=False)
    want = want.flatten(2).transpose(1, 2)
    assert torch.allclose(tensors['pos_embed'][:, 1:], want, atol=1e-6)
    assert torch.equal(tensors['pos_embed'][:, :1], vit['pos_embed'][:, :1])
    notes = '\n'.join(found.notes)
    assert 'patches resized from 16 to 8' in notes
    assert 'pos_embed resized from 197 to 65 positions' in notes
    assert card['architecture']['args']['patch_size'] == 8
    no_class = dict(size, with_cls_token=False)
    _, found = take(content, 'vit_small', args=no_class)
    tensors, _ = load_backbone(tmp_path / 'start.pth')
    assert torch.allclose(tensors['pos_embed'], want, atol=1e-6)
    assert found.beside == ['cls_token']


def test_a_resized_kernel_sees_the_same():
    kernel = torch.randn(5, 3, 14, 14, generator=torch.manual_seed(0))
    patch = torch.randn(4, 3, 14, 14)
    larger = F.interpolate(patch, (16, 16), mode='bicubic', antialias=True)
    have = torch.einsum('nchw,dchw->nd', larger, resize_kernel(kernel, 16))
    want = torch.einsum('nchw,dchw->nd', patch, kernel)
    assert torch.allclose(have, want, atol=1e-3)


def test_windows_are_resized(backbone, take, tmp_path):
    own = backbone('swin_tiny')
    content = from_mmpretrain(own, ARCHITECTURES['swin_tiny'], 'microsoft')
    content['layers.0.blocks.1.attn_mask'] = torch.zeros(64, 49, 49)
    _, found = take(dict(model=content), 'swin_tiny', args=dict(window_size=8))
    tensors, card = load_backbone(tmp_path / 'start.pth')
    name = 'stages.0.blocks.0.attn.w_msa.relative_position_bias_table'
    assert tensors[name].shape == (225, 3)
    assert f'{name} resized from 169 to 225' in '\n'.join(found.notes)
    middle = own[name].view(13, 13, 3)[6, 6]
    assert torch.allclose(tensors[name].view(15, 15, 3)[7, 7], middle)
    build_backbone(card['architecture'], tensors)
