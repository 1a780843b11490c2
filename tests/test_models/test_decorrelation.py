"""Decorrelation of features against eigenvalues of numpy."""

import math

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope

from geokr_mm.models.knowledge import Knowledge
from geokr_mm.models.step import Outputs, Step
from geokr_mm.models.terms.decorrelation import decorrelation_loss
from geokr_mm.registry import MODELS

B, D = 6, 9


def features(seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(B, D)) @ rng.normal(size=(D, D))
    return scale * rows + 3.0


def reference(rows):
    """The formula of the docstring, by eigenvalues."""
    even = (rows - rows.mean(axis=0)) / np.sqrt(rows.var(axis=0) + 1e-4)
    values = np.linalg.eigvalsh(even.T @ even / len(rows))
    shares = values / values.sum()
    return np.log((len(rows) - 1) * np.square(shares).sum())


@pytest.mark.parametrize('scale', [1.0, 0.01])
def test_loss_is_the_formula(scale):
    rows = features(scale=scale)
    got = decorrelation_loss(torch.tensor(rows))
    assert got.item() == pytest.approx(reference(rows), abs=1e-9)
    assert 0 < got.item() < math.log(B - 1)


def test_one_direction_is_the_worst():
    """Every channel is the same one, up to its sign, scale and shift."""
    channel = torch.linspace(-1, 1, B).double()[:, None]
    rows = channel * torch.tensor([[3.0, -20.0, 700.0]]) + 5.0
    got = decorrelation_loss(rows).item()
    assert got == pytest.approx(math.log(B - 1), abs=1e-3)


def test_even_directions_are_the_best():
    """The corners of a simplex: all pairs of patches equally unlike."""
    assert decorrelation_loss(100 * torch.eye(B).double()).item() == (
        pytest.approx(0.0, abs=1e-9)
    )


@pytest.mark.parametrize('patches', [1, 2])
def test_too_few_patches_cost_nothing(patches):
    rows = torch.randn(patches, D, requires_grad=True)
    assert decorrelation_loss(rows).item() == 0.0


def test_channels_without_any_variance_do_no_harm():
    rows = torch.tensor(features(), requires_grad=True)
    still = torch.cat([rows, torch.zeros(B, 4).double()], dim=1)
    loss = decorrelation_loss(still)
    loss.backward()
    assert loss.item() == pytest.approx(reference(features()), abs=1e-9)
    assert rows.grad.isfinite().all()
    still = torch.ones(B, D, requires_grad=True)
    loss = decorrelation_loss(still)
    loss.backward()
    assert loss.item() == pytest.approx(math.log(B - 1))
    assert still.grad.isfinite().all()


def test_gradient_leads_to_more_directions():
    rows = torch.tensor(features(), requires_grad=True)
    optimiser = torch.optim.Adam([rows], lr=0.05)
    for _ in range(200):
        optimiser.zero_grad()
        decorrelation_loss(rows).backward()
        optimiser.step()
    assert reference(rows.detach().numpy()) < 0.1 * reference(features())


def test_mixed_precision_does_not_round_it():
    rows = torch.tensor(features()).float()
    with torch.autocast('cpu', torch.bfloat16):
        got = decorrelation_loss(rows)
    assert got.dtype == torch.float32
    assert torch.equal(got, decorrelation_loss(rows))


def test_term_judges_what_is_exported():
    """The backbone's last stage, pooled, and not what the neck makes."""
    with DefaultScope.overwrite_default_scope('geokr_mm'):
        term = MODELS.build(
            dict(type='FeatureDecorrelation', loss_weight=0.25)
        )
    assert not list(term.parameters())
    rows = torch.tensor(features())
    maps = rows[:, :, None, None] + torch.tensor([[-1.0, 1.0], [2.0, -2.0]])
    feats = (torch.zeros(B, 2, 4, 4), maps)
    step = Step(
        student=Outputs(feats, torch.zeros(B, 3), torch.zeros(B, 2)),
        teacher=None,
        knowledge=Knowledge(torch.zeros(B, 2), torch.ones(B)),
    )
    got = term(step).item()
    assert got == pytest.approx(0.25 * reference(features()), abs=1e-9)
