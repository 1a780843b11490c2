"""Residual branches that speak from the first step."""

import pytest
import torch
from torch import nn

from geokr_mm.models.branches import scale_branches
from geokr_mm.registry import MODELS


def resnet(depth: int, silent: bool = False) -> nn.Module:
    backbone = MODELS.build(
        dict(type='mmpretrain.ResNet', depth=depth, zero_init_residual=silent)
    )
    backbone.init_weights()
    return backbone


@pytest.mark.parametrize(('depth', 'last'), [(18, 'bn2'), (50, 'bn3')])
def test_each_branch_gets_the_factor(depth, last):
    backbone = resnet(depth)
    blocks = {18: 8, 50: 16}[depth]
    for _ in range(2):
        assert scale_branches(backbone, 0.5) == blocks
    for name, norm in backbone.named_modules():
        if isinstance(norm, nn.BatchNorm2d):
            loud = 0.25 if name.endswith(f'.{last}') else 1.0
            assert (norm.weight == loud).all(), name


@pytest.mark.parametrize(
    ('scale', 'silent'), [(0.0, False), (0.25, False), (0.25, True)]
)
def test_only_a_branch_that_speaks_learns_at_once(scale, silent):
    backbone = resnet(18, silent)
    scale_branches(backbone, scale)
    backbone(torch.randn(2, 3, 32, 32))[-1].square().sum().backward()
    weight = backbone.layer2[0].conv1.weight
    learns = scale > 0 and not silent
    assert bool(weight.grad.abs().sum() > 0) == learns


def test_what_has_no_branches_is_refused():
    with pytest.raises(ValueError, match='Conv2d has no residual branches'):
        scale_branches(nn.Conv2d(3, 8, 3), 0.25)
