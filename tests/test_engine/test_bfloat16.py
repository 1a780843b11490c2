"""Mixed precision on the device at hand."""

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from torch import nn
from torch.nn import functional as F

import geokr_mm.registry  # noqa: F401
from geokr_mm.models import GeographicKnowledgeHead, PlaceClusters
from geokr_mm.processor import multiplies_bfloat16

SETTINGS = dict(
    type='geokr_mm.BFloat16OptimWrapper',
    optimizer=dict(type='SGD', lr=0.1),
    # As on a processor that can, wherever the tests run.
    emulate=True,
)


def small() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 3)
    )


def test_forward_is_bfloat16_and_weights_stay_float32() -> None:
    model = small()
    wrapper = build_optim_wrapper(model, SETTINGS)
    images = torch.randn(4, 3, 16, 16)
    before = [p.clone() for p in model.parameters()]
    with wrapper.optim_context(model):
        output = model(images)
    assert output.dtype is torch.bfloat16
    wrapper.update_params(output.float().square().mean())
    for was, now in zip(before, model.parameters(), strict=True):
        assert now.dtype is torch.float32
        assert not torch.equal(was, now)
    assert model(images).dtype is torch.float32


def test_gradients_are_those_of_float32_but_for_rounding() -> None:
    images = torch.randn(4, 3, 16, 16)
    slopes = []
    full = dict(type='OptimWrapper', optimizer=SETTINGS['optimizer'])
    for settings in (SETTINGS, full):
        model = small()
        wrapper = build_optim_wrapper(model, settings)
        with wrapper.optim_context(model):
            loss = model(images).float().square().mean()
        loss.backward()
        slopes.append(
            torch.cat([p.grad.flatten() for p in model.parameters()])
        )
    half, exact = slopes
    assert not torch.equal(half, exact)
    assert F.cosine_similarity(half, exact, dim=0) > 0.999
    assert half.norm() / exact.norm() == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize('able', [True, False])
def test_a_processor_that_would_emulate_stays_in_float32(
    able: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        torch.cpu,
        'get_capabilities',
        lambda: dict(avx2=True, amx_bf16=able),
        raising=False,
    )
    model = small()
    wrapper = build_optim_wrapper(model, dict(SETTINGS, emulate=False))
    for _ in range(2):
        with wrapper.optim_context(model):
            output = model(torch.randn(2, 3, 16, 16))
        assert output.dtype is (torch.bfloat16 if able else torch.float32)


@pytest.mark.parametrize(
    ('flags', 'able'),
    [
        (dict(avx2=True, avx512_f=True, avx512_bf16=False), False),
        (dict(avx512_bf16=True, amx_bf16=False), True),
        (dict(neon=True, bf16=True), True),
        ({}, False),
    ],
)
def test_flags_that_tell(flags: dict[str, bool], able: bool) -> None:
    assert multiplies_bfloat16('cpu', flags) is able


def test_steps_are_added_up_as_in_mmengine() -> None:
    model = small()
    wrapper = build_optim_wrapper(model, dict(SETTINGS, accumulative_counts=2))
    before = model[0].weight.clone()
    for expected in (True, False):
        with wrapper.optim_context(model):
            loss = model(torch.randn(2, 3, 8, 8)).float().mean()
        wrapper.update_params(loss)
        assert torch.equal(before, model[0].weight) is expected


def test_logits_leave_the_head_in_float32() -> None:
    head = GeographicKnowledgeHead(num_classes=5, in_channels=8)
    with torch.autocast('cpu', torch.bfloat16):
        assert head(torch.randn(2, 8, 4, 4)).dtype is torch.float32


def test_nearest_place_is_not_rounded() -> None:
    term = PlaceClusters(in_channels=8, num_places=64, centres='cells')
    lonlat = torch.rand(500, 2) * torch.tensor([360.0, 180.0])
    lonlat -= torch.tensor([180.0, 90.0])
    exact = term.places(lonlat)
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.equal(term.places(lonlat), exact)
