"""Weights to import."""

import pytest
import torch

from geokr_mm.benchmark.features import build_backbone
from geokr_mm.interop import ARCHITECTURES
from geokr_mm.interop.starts import import_backbone


@pytest.fixture(scope='session')
def backbone():
    """State dict of an architecture, weights at random."""

    def make(name):
        entry = ARCHITECTURES[name]
        made = dict(type=entry.type, args=entry.args)
        return build_backbone(made).state_dict()

    return make


@pytest.fixture(scope='session')
def resnet(backbone):
    return backbone('resnet18')


@pytest.fixture(scope='session')
def vit(backbone):
    own = backbone('vit_small')
    own['cls_token'].normal_()
    return own


@pytest.fixture
def take(tmp_path):
    """Save what a file holds and import it."""

    def run(content, arch='resnet18', **more):
        torch.save(content, tmp_path / 'source.pth')
        return import_backbone(
            str(tmp_path / 'source.pth'), arch, tmp_path / 'start.pth', **more
        )

    return run
