"""Gridded proportions against plain numpy, and against GeoKR at one cell."""

import numpy as np
import pytest
import torch

from geokr_mm.models import (
    GeographicKnowledgeHead,
    GriddedKnowledgeHead,
    Knowledge,
)
from geokr_mm.models.heads.gridded_head import gathered

B, C, K, G = 3, 6, 4, 4


@pytest.fixture
def case():
    """Features (B, C, 4, 4), cells, covered shares and patch weights."""
    rng = np.random.default_rng(5)
    grid = rng.dirichlet(np.full(K, 0.4), (B, G, G))
    valid = rng.uniform(0.2, 1.0, (B, G, G))
    valid[1, :2, :2] = 0.0
    whole = (grid * valid[..., None]).sum((1, 2)) / valid.sum((1, 2))[:, None]
    return dict(
        feats=torch.tensor(rng.normal(size=(B, C, 4, 4))),
        fractions=torch.tensor(whole),
        weight=torch.tensor(valid.mean((1, 2))),
        grid=torch.tensor(grid),
        grid_valid=torch.tensor(valid),
    )


def head(**kwargs):
    torch.manual_seed(2)
    made = GriddedKnowledgeHead(K, C, **kwargs).double()
    torch.nn.init.normal_(made.convs[0].weight)
    return made


def loss(made, case):
    output = made((case['feats'],))
    return made.loss(output, target(case), case['weight'])


def target(case):
    return Knowledge(
        fractions=case['fractions'],
        valid=case['weight'],
        grid=case['grid'],
        grid_valid=case['grid_valid'],
    )


def test_one_cell_of_features_is_geokr(case):
    gridded = head(grids=(1,), pool='features')
    plain = GeographicKnowledgeHead(K, C).double()
    plain.fc.weight.data = gridded.convs[0].weight.data[:, :, 0, 0]
    plain.fc.bias.data = gridded.convs[0].bias.data
    logits = plain((case['feats'],))
    expected = plain.loss(logits, target(case), case['weight'])
    assert loss(gridded, case).item() == pytest.approx(
        expected.item(), abs=1e-12
    )
    summary = gridded.summary(gridded((case['feats'],)))
    assert torch.allclose(summary, logits.log_softmax(1), atol=1e-12)


@pytest.mark.parametrize('grids, weights', [((1, 2, 4), None), ((2,), None)])
def test_levels_are_the_formula(case, grids, weights):
    made = head(grids=grids)
    x = case['feats'].numpy()
    kernel = made.convs[0].weight.detach().numpy()[:, :, 0, 0]
    logits = np.einsum('kc,bchw->bhwk', kernel, x)
    logits += made.convs[0].bias.detach().numpy()
    p = np.exp(logits - logits.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    y, v = case['grid'].numpy(), case['grid_valid'].numpy()
    terms = []
    for g in grids:
        step, total = G // g, 0.0
        for b in range(B):
            inside = 0.0
            for i in range(g):
                for j in range(g):
                    cut = np.s_[
                        b,
                        i * step : (i + 1) * step,
                        j * step : (j + 1) * step,
                    ]
                    covered = v[cut].sum()
                    if covered == 0:
                        continue
                    target = (y[cut] * v[cut][..., None]).sum((0, 1))
                    found = p[cut].mean((0, 1))
                    inside -= (target * np.log(found)).sum()
            total += case['weight'][b].item() * inside / v[b].sum()
        terms.append(total / B)
    assert loss(made, case).item() == pytest.approx(np.mean(terms), abs=1e-9)


def test_level_weights_and_stages_average(case):
    coarse, fine = loss(head(grids=(1,)), case), loss(head(grids=(4,)), case)
    both = head(grids=(1, 4), level_weights=(3.0, 1.0))
    assert loss(both, case).item() == pytest.approx(
        (0.75 * coarse + 0.25 * fine).item(), abs=1e-12
    )
    once, twice = head(grids=(1,)), head(grids=(1,), stages=(0, 0))
    for conv in twice.convs:
        conv.load_state_dict(once.convs[0].state_dict())
    assert loss(twice, case).item() == pytest.approx(
        loss(once, case).item(), abs=1e-12
    )


def test_a_map_is_not_matched_finer_than_it_is(case):
    case['feats'] = case['feats'][:, :, :2, :2]
    assert loss(head(grids=(1, 2, 4)), case).item() == pytest.approx(
        loss(head(grids=(1, 2)), case).item()
    )


def test_gathered_cells_weigh_by_cover(case):
    found, covered = gathered(case['grid'], case['grid_valid'], 1)
    assert torch.allclose(found[:, 0, 0], case['fractions'])
    assert torch.allclose(covered[:, 0, 0], case['weight'])
    found, covered = gathered(case['grid'], case['grid_valid'], 2)
    assert covered[1, 0, 0] == 0 and (found[1, 0, 0] == 0).all()


def test_wrong_settings_are_refused(case):
    for wrong in (
        dict(pool='max'),
        dict(grids=(4, 2)),
        dict(grids=(1, 2), level_weights=(1.0,)),
        dict(stages=(0, 1), in_channels=(1,)),
    ):
        with pytest.raises(ValueError, match='must|differ'):
            GriddedKnowledgeHead(K, **{'in_channels': C, **wrong})
    made = head(grids=(1, 3))
    with pytest.raises(ValueError, match='do not gather to 3 x 3'):
        loss(made, case)
    case['grid'] = None
    with pytest.raises(ValueError, match='need `grid_fractions`'):
        loss(head(grids=(2,)), case)
