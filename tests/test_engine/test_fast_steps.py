"""Layout, fused optimisers and compiled backbones change no result."""

import copy

import pytest
import torch
from torch import nn

from geokr_mm.engine.fast_steps import (
    compile_backbones,
    fuse,
    keep_layout,
    lay_out,
)

IMAGES = torch.randn(3, 4, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 4, 3), nn.ReLU()
    )


def steps(net, optimizer):
    for images in IMAGES:
        optimizer.zero_grad()
        net(images).square().mean().backward()
        optimizer.step()


@pytest.mark.parametrize(
    'settings',
    [
        dict(type='AdamW', lr=0.01, weight_decay=0.1),
        dict(type='SGD', lr=0.1, momentum=0.9),
    ],
)
def test_the_fused_step_with_channels_last_is_the_plain_one(settings):
    plain, fast = network(), network()
    lay_out(fast, True)
    fused = dict(settings)
    fuse(fused)
    kind = getattr(torch.optim, fused.pop('type'))
    settings.pop('type')
    assert fused.pop('fused')
    one = kind(plain.parameters(), **settings)
    two = kind(fast.parameters(), fused=True, **settings)
    keep_layout(two)
    steps(plain, one)
    steps(fast, two)
    assert not fast[2].weight.is_contiguous()
    # Of a run with channels first, as older versions have it.
    state = copy.deepcopy(one.state_dict())
    for group in state['param_groups']:
        group['fused'] = True
    two.load_state_dict(state)
    steps(plain, one)
    steps(fast, two)
    for left, right in zip(plain.parameters(), fast.parameters(), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-5, atol=1e-6)


def test_what_a_config_chooses_stays():
    for settings in (
        dict(type='AdamW', foreach=True),
        dict(type='AdamW', fused=False),
        dict(type='LARS'),
    ):
        before = dict(settings)
        fuse(settings)
        assert settings == before


def test_backbones_of_student_and_teacher_are_compiled():
    class Backbone(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = network()

        def forward(self, images):
            return self.layers(images)

    model = nn.Module()
    assert not compile_backbones(model, {})
    model.backbone, model.teacher = Backbone(), nn.Module()
    model.teacher.backbone = Backbone()
    names = list(model.state_dict())
    expected = model.backbone(IMAGES[0])
    seen = []

    def backend(graph, _):
        seen.append(graph)
        return graph

    assert compile_backbones(model, dict(backend=backend))
    torch.testing.assert_close(model.backbone(IMAGES[0]), expected)
    torch.testing.assert_close(model.teacher.backbone(IMAGES[0]), expected)
    # One graph, since both are of one shape.
    assert len(seen) == 1 and list(model.state_dict()) == names
