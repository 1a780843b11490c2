"""Soft contrast against plain numpy, and its queue."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope
from scipy.spatial.distance import jensenshannon

from geokr_mm.models import ema_update
from geokr_mm.models.knowledge import Knowledge
from geokr_mm.models.step import Outputs, Step
from geokr_mm.models.terms.soft_contrast import (
    jensen_shannon,
    land_similarity,
    soft_contrast_loss,
)
from geokr_mm.registry import MODELS

B, K, D = 4, 5, 8


def fractions(n, seed=0):
    rows = np.random.default_rng(seed).dirichlet(np.full(K, 0.4), size=n)
    rows[0] = np.eye(K)[0]
    return rows


def unit(n, seed):
    rows = np.random.default_rng(seed).normal(size=(n, D))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_divergence_is_scipys():
    one, other = fractions(4), fractions(6, seed=1)
    got = jensen_shannon(torch.tensor(one), torch.tensor(other)).numpy()
    expected = [[jensenshannon(a, b, base=2) ** 2 for b in other] for a in one]
    np.testing.assert_allclose(got, np.nan_to_num(expected), atol=1e-7)


def test_divergence_at_its_ends():
    eye = torch.eye(3, dtype=torch.float64)
    assert torch.equal(jensen_shannon(eye, eye), 1 - eye)
    mixed = torch.full((1, 3), 1 / 3, dtype=torch.float64)
    assert jensen_shannon(mixed, mixed).item() == pytest.approx(0, abs=1e-12)


def test_nothing_known_is_like_nothing():
    rows = torch.tensor([[0.0, 0.0], [0.5, 0.5]])
    assert land_similarity(rows, rows).tolist() == [[0, 0], [0, 1]]


def softmax(rows):
    powers = np.exp(rows - rows.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def reference(queries, keys, similarity, tau, target_tau, own_share=0.0):
    """The formula of the docstring in plain numpy."""
    similarity = similarity.copy()
    similarity[np.arange(len(queries)), np.arange(len(queries))] = 1.0
    targets = own_share * np.eye(*similarity.shape) + (
        1 - own_share
    ) * softmax(similarity / target_tau)
    log_p = np.log(softmax(queries @ keys.T / tau))
    return -(targets * log_p).sum(axis=1).mean()


@pytest.mark.parametrize('own_share', [0.0, 0.4])
def test_loss_is_the_formula(own_share):
    queries, keys = unit(B, 1), unit(10, 2)
    w = 1 - jensen_shannon(
        torch.tensor(fractions(B)), torch.tensor(fractions(10, 3))
    )
    numbers = (0.3, 0.07, own_share)
    args = (torch.tensor(queries), torch.tensor(keys), w, *numbers)
    expected = reference(queries, keys, w.numpy(), *numbers)
    assert soft_contrast_loss(*args).item() == pytest.approx(
        expected, abs=1e-9
    )


def test_sharp_targets_are_infonce():
    queries, keys = torch.tensor(unit(B, 1)), torch.tensor(unit(10, 2))
    w = torch.zeros(B, 10, dtype=torch.float64)
    got = soft_contrast_loss(queries, keys, w, 0.2, 0.01)
    infonce = torch.nn.functional.cross_entropy(
        queries @ keys.T / 0.2, torch.arange(B)
    )
    assert got.item() == pytest.approx(infonce.item(), abs=1e-9)


def test_own_share_of_one_is_infonce_whatever_the_land():
    queries, keys = torch.tensor(unit(B, 1)), torch.tensor(unit(10, 2))
    w = torch.ones(B, 10, dtype=torch.float64)
    got = soft_contrast_loss(queries, keys, w, own_share=1.0)
    infonce = torch.nn.functional.cross_entropy(
        queries @ keys.T / 0.2, torch.arange(B)
    )
    assert got.item() == pytest.approx(infonce.item(), abs=1e-12)


def test_same_land_everywhere_asks_for_the_same_looks():
    same = torch.ones(B, K, dtype=torch.float64) / K
    w = land_similarity(same, same)
    queries, keys = unit(B, 1), unit(B, 2)
    got = soft_contrast_loss(torch.tensor(queries), torch.tensor(keys), w)
    log_p = np.log(softmax(queries @ keys.T / 0.2))
    assert got.item() == pytest.approx(-log_p.mean(axis=1).mean(), abs=1e-9)


def build(**kwargs):
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        term = MODELS.build(
            dict(
                type='geokr_mm.SoftContrast',
                num_classes=K,
                in_channels=6,
                hidden_channels=7,
                out_channels=D,
                **kwargs,
            )
        )
    term.init_weights()
    return term.double()


def step(seed, n=B, teacher=True, views=None):
    rng = np.random.default_rng(seed)
    land = torch.tensor(fractions(n, seed))

    def network():
        feats = (torch.tensor(rng.normal(size=(n, 6, 2, 2))),)
        return Outputs(torch.zeros(n, 1), feats, torch.zeros(n, K))

    return Step(
        student=network(),
        teacher=network() if teacher else None,
        knowledge=Knowledge(land, torch.ones(n), views=views),
    )


def project(layers, feats):
    """The projector in numpy."""
    first, last = layers[0], layers[2]
    x = feats.numpy().mean(axis=(2, 3))
    x = x @ first.weight.detach().numpy().T + first.bias.detach().numpy()
    x = np.maximum(x, 0) @ last.weight.detach().numpy().T
    x = x + last.bias.detach().numpy()
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_before_the_neck_it_contrasts_what_the_backbones_tell():
    one, two = build(), build(after_neck=False)
    after = step(1)
    before = replace(
        after,
        student=Outputs(after.student.feats, torch.zeros(B, 6), None),
        teacher=Outputs(after.teacher.feats, torch.zeros(B, 6), None),
    )
    assert two(before).item() == one(after).item()
    with pytest.raises(ValueError, match='teacher'):
        two(step(1, teacher=False))


def test_second_step_contrasts_with_the_first():
    term = build(queue_length=16, temperature=0.3, loss_weight=0.5)
    # A teacher that has moved away from its student.
    for parameter in term.teacher_projector.parameters():
        parameter.data.mul_(0.5).add_(0.1)
    one, two = step(1), step(2)
    alone = term(one).item()
    got = term(two).item()
    keys = [
        project(term.teacher_projector, s.teacher.feats[0]) for s in (two, one)
    ]
    for batch, others, loss in ((one, [one], alone), (two, [two, one], got)):
        queries = project(term.projector, batch.student.feats[0])
        land = [s.knowledge.fractions.numpy() for s in others]
        w = [
            [
                1 - jensenshannon(a, b, base=2) ** 2
                for b in np.concatenate(land)
            ]
            for a in land[0]
        ]
        known = keys[1:] if batch is one else keys
        expected = reference(
            queries, np.concatenate(known), np.nan_to_num(w, nan=1), 0.3, 0.1
        )
        assert loss == pytest.approx(0.5 * expected, abs=1e-7)


def test_queue_drops_the_oldest():
    term = build(queue_length=6)
    for seed in range(3):
        term.enqueue(
            torch.full((B, D), float(seed), dtype=torch.float64),
            torch.full((B, K), float(seed), dtype=torch.float64),
        )
    # Keys 0 0 0 0 1 1 | 1 1 2 2 2 2, written around a queue of six.
    assert term.queue[:, 0].tolist() == [1, 1, 2, 2, 2, 2]
    assert torch.equal(term.queue[:, 0], term.queue_fractions[:, 0])
    long = torch.arange(8.0).double()[:, None]
    term.enqueue(long.expand(8, D), long.expand(8, K))
    assert sorted(term.queue[:, 0].tolist()) == [2, 3, 4, 5, 6, 7]


def test_queue_resumes_and_stays_still_in_evaluation():
    term = build(queue_length=16)
    term(step(1))
    other = build(queue_length=16)
    other.load_state_dict(term.state_dict())
    assert int(other.queue_seen) == B
    term.eval()
    first = term(step(2))
    assert torch.equal(first, term(step(2)))
    assert torch.equal(first, other.eval()(step(2)))


def test_no_queue_contrasts_within_the_batch():
    term = build(queue_length=0)
    first = term(step(1))
    assert torch.equal(term(step(1)), first)


def test_only_the_student_learns_and_the_teacher_follows():
    term = build()
    start = term.projector[0].weight.detach().clone()
    assert torch.equal(term.teacher_projector[0].weight, start)
    term(step(1)).backward()
    assert term.projector[0].weight.grad.abs().sum() > 0
    assert term.teacher_projector[0].weight.grad is None
    term.projector[0].weight.data.add_(1.0)
    ema_update(*term.teachers()[0], 0.75)
    assert torch.allclose(
        term.teacher_projector[0].weight, start + 0.25, atol=1e-12
    )


def test_keys_are_of_the_ground_that_the_teacher_sees():
    land = torch.eye(K, dtype=torch.float64)[[0, K - 1]]
    one = step(1, views=land.expand(B, 2, K))
    term = build()
    term(one)
    assert torch.equal(
        term.queue_fractions[:B], torch.eye(K).double()[[K - 1] * B]
    )


def test_missing_teacher_and_bad_settings_are_named():
    with pytest.raises(ValueError, match='with_teacher'):
        build()(step(1, teacher=False))
    with pytest.raises(ValueError, match='above zero'):
        build(temperature=0.0)
    with pytest.raises(ValueError, match='own_share must be'):
        build(own_share=1.5)
