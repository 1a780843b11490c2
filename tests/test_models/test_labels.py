"""Corrections and selection against plain numpy."""

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.nn.parallel import DistributedDataParallel

from geokr_mm.models import (
    ClassCorrection,
    ConfidenceSelection,
    Knowledge,
    Outputs,
    PatchCorrection,
    Step,
)
from geokr_mm.models.labels import correction_terms

B, K, N = 5, 4, 9


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def make_step(progress=1.0, teacher=True, **facts):
    rng = np.random.default_rng(8)
    fractions = rng.dirichlet(np.full(K, 0.3), B)
    fractions[2] = 0.0

    def network():
        feats = torch.zeros(B, 1)
        return Outputs(feats, feats, torch.tensor(rng.normal(size=(B, K))))

    return Step(
        student=network(),
        teacher=network() if teacher else None,
        knowledge=Knowledge(
            fractions=torch.tensor(fractions),
            valid=torch.ones(B).double(),
            rows=torch.tensor([7, 0, 3, 8, 1]),
            **facts,
        ),
        progress=progress,
    )


def numpy_case(step):
    y = step.knowledge.fractions.numpy()
    raised = np.maximum(y, 1e-3)
    return (
        y,
        raised / raised.sum(1, keepdims=True),
        softmax(step.student.logits.numpy()),
    )


def test_terms_are_the_formula():
    step = make_step()
    y, raised, p = numpy_case(step)
    q = softmax(np.random.default_rng(1).normal(size=(B, K)))
    found = correction_terms(
        torch.tensor(q),
        step.knowledge.fractions,
        step.student.logits,
        0.7,
        0.2,
    )
    rows = (
        (q * np.log(q)).sum(1)
        + 0.7 * (q * np.log(q / raised)).sum(1)
        - 0.2 * (p * np.log(p)).sum(1)
    )
    rows[y.sum(1) == 0] = 0
    assert found.item() == pytest.approx(rows.mean(), abs=1e-9)


def test_patch_rows_follow_their_gradient_and_no_others():
    step = make_step()
    table = PatchCorrection(K, N, lr=2.0).double()
    knowledge, losses = table(step)
    y, raised, p = numpy_case(step)
    known = (y.sum(1) > 0)[:, None]
    assert np.allclose(knowledge.fractions.detach(), raised * known)
    ce = -(knowledge.fractions * step.student.logits.log_softmax(1)).sum(1)
    total = ce.mean() + losses['loss_label_correction']
    total.backward()
    table.after_iteration()
    # At the start q is the (floored) map: only KL(q || p) pulls, whose
    # gradient over logits is q (log q - log p - KL).
    gap = np.log(raised) - np.log(p)
    kl = (raised * gap).sum(1, keepdims=True)
    expected = np.zeros((N, K))
    expected[step.knowledge.rows] = -2.0 * raised * (gap - kl) * known
    assert np.allclose(table.offsets.numpy(), expected, atol=1e-9)
    # A second update without a step moves nothing.
    table.after_iteration()
    assert np.allclose(table.offsets.numpy(), expected, atol=1e-9)


@pytest.mark.parametrize('factor', [0.25, 1024.0])
def test_rows_move_alike_whatever_the_factor_of_the_loss(factor):
    """Accumulated iterations divide the loss, mixed precision scales it."""
    tables = []
    for scale in (1.0, factor):
        step, table = make_step(), PatchCorrection(K, N, lr=2.0).double()
        knowledge, losses = table(step)
        ce = -(knowledge.fractions * step.student.logits.log_softmax(1)).sum(1)
        (scale * (ce.mean() + losses['loss_label_correction'])).backward()
        table.after_iteration()
        tables.append(table.offsets)
    assert tables[0].abs().max() > 0.1
    torch.testing.assert_close(tables[1], tables[0])


def test_gradients_that_overflow_move_nothing():
    step, table = make_step(), PatchCorrection(K, N)
    _, losses = table(step)
    (float('inf') * losses['loss_label_correction']).backward()
    table.after_iteration()
    assert (table.offsets == 0).all()


def test_patch_correction_finds_what_the_network_insists_on():
    """A network that is sure moves the label towards what it sees."""
    step = make_step()
    table = PatchCorrection(K, N, lr=2.0, minor_changes=0.2).double()
    before = step.knowledge.fractions
    p = step.student.logits.softmax(1)
    for _ in range(2000):
        knowledge, losses = table(step)
        ce = -(knowledge.fractions * p.log()).sum(1)
        (ce.mean() + losses['loss_label_correction']).backward()
        table.after_iteration()
    table.eval()
    after = table.corrected(before, step.knowledge.rows)
    known = before.sum(1) > 0
    # With KL(q||p) + a KL(q||y) the optimum is p^(1/(1+a)) y^(a/(1+a)).
    y = before.clamp_min(1e-3)
    best = (p.log() / 1.2 + 0.2 / 1.2 * (y / y.sum(1, True)).log()).softmax(1)
    assert torch.allclose(after[known], best[known], atol=1e-3)
    assert (after[~known] == 0).all()


def test_warm_up_leaves_labels_alone():
    table = PatchCorrection(K, N, warm_up=0.5)
    step = make_step(progress=0.4)
    knowledge, losses = table(step)
    assert knowledge is step.knowledge and losses == {}


def test_every_parameter_has_a_gradient_in_the_warm_up():
    matrix = ClassCorrection(K, warm_up=0.5)
    step = make_step(progress=0.4)
    knowledge, losses = matrix(step)
    assert knowledge is step.knowledge
    losses['loss_label_correction'].backward()
    assert (matrix.logits.grad == 0).all()


def test_table_is_saved_sized_and_guarded():
    table = PatchCorrection(K)
    with pytest.raises(ValueError, match='row 8 is beyond the 0'):
        table(make_step())
    table.resize(N)
    assert table.state_dict()['offsets'].shape == (N, K)
    table.offsets += 1
    table.resize(N)
    assert (table.offsets == 1).all()
    step = make_step()
    object.__setattr__(step.knowledge, 'rows', None)
    with pytest.raises(ValueError, match='needs `row`'):
        table(step)


def test_class_matrix_starts_near_the_identity_and_learns():
    matrix = ClassCorrection(K).double()
    start = matrix.matrix.detach().numpy()
    assert np.allclose(start.sum(1), 1)
    assert (np.diag(start) > 0.98).all()
    step = make_step()
    knowledge, losses = matrix(step)
    assert np.allclose(
        knowledge.fractions.detach(), step.knowledge.fractions @ start
    )
    losses['loss_label_correction'].backward()
    assert matrix.logits.grad.abs().sum() > 0


@pytest.mark.parametrize('sharpness', [1.0, 4.0])
def test_selection_is_the_formula(sharpness):
    facts = dict(
        confidence=torch.linspace(0.5, 1, B).double(),
        change=torch.linspace(0, 0.4, B).double(),
        disagreement=torch.linspace(0.3, 0, B).double(),
    )
    step = make_step(progress=0.25, **facts)
    pick = ConfidenceSelection(K, keep=0.5, ramp=0.5, sharpness=sharpness)
    pick.double()
    found = pick(step).numpy()
    y, _, p = numpy_case(step)
    q = softmax(step.teacher.logits.numpy())
    one = 1 - 0.5 * np.abs(y - q).sum(1)
    two = 1 - 0.5 * np.abs(p - q).sum(1)
    c = 0.5 * (one + one * two)
    expected = np.ones(B)
    for k in range(K):
        mine = y.argmax(1) == k
        if mine.any():
            # Half of the ramp is over: a quarter is below the threshold.
            least = np.quantile(c[mine], 0.25)
            expected[mine] = np.minimum(c[mine] / least, 1) ** sharpness
    # All are in memory, so those of a whole set are the same.
    pick.keep = 0.75
    known = step.knowledge
    p, q = (torch.tensor(x) for x in (p, q))
    of_map = facts['confidence'].numpy() * (1 - facts['change'].numpy())
    of_maps = of_map * (1 - facts['disagreement'].numpy()) ** 4
    weights = expected * of_maps
    assert np.allclose(found, weights / weights.mean(), atol=1e-9)
    final = pick.final_weights(known, p, q)
    assert np.allclose(final, expected * of_maps, atol=1e-9)
    pick.map_sharpness = 0.0
    final = pick.final_weights(known, p, q)
    assert np.allclose(final, expected * of_map, atol=1e-9)
    pick.use_index = False
    final = pick.final_weights(known, p, q)
    assert np.allclose(final, expected, atol=1e-9)


def test_selection_starts_with_all_and_remembers():
    pick = ConfidenceSelection(K, memory=2)
    assert np.allclose(pick(make_step(progress=0.0)), 1.0)
    assert pick.share(0.25) == 0.75 and pick.share(0.9) == 0.5
    first = pick.count.clone()
    pick.eval()
    pick(make_step())
    assert torch.equal(first, pick.count)
    with pytest.raises(ValueError, match='no|teacher'):
        pick(make_step(teacher=False))


def test_without_a_teacher_both_views_of_the_student_are_compared():
    step = make_step()
    twice = replace(step, teacher=None, others=(step.teacher,))
    found = [ConfidenceSelection(K, ramp=0.0)(one) for one in (step, twice)]
    assert torch.equal(*found) and found[0].std() > 0


@pytest.mark.parametrize(
    'make',
    [
        lambda: PatchCorrection(K, warm_up=2),
        lambda: ConfidenceSelection(K, keep=0),
        lambda: ConfidenceSelection(K, sharpness=0),
        lambda: ConfidenceSelection(K, map_sharpness=-1),
    ],
)
def test_impossible_settings_are_refused(make):
    with pytest.raises(ValueError, match='must'):
        make()


def _on_one_rank(rank, file, out):
    torch.set_num_threads(1)
    dist.init_process_group(
        'gloo', init_method=f'file://{file}', rank=rank, world_size=2
    )
    pick = ConfidenceSelection(K, memory=4)
    pick._remember(torch.tensor([rank, 2]), torch.tensor([0.1, 0.2 + rank]))
    # Two steps in the warm-up: the second stops at an unused parameter.
    model = DistributedDataParallel(ClassCorrection(K, warm_up=1.0).double())
    for _ in range(2):
        _, losses = model(make_step(progress=0.5))
        losses['loss_label_correction'].backward()
    table = PatchCorrection(K, N)
    step = make_step()
    rows = torch.arange(B) + rank
    object.__setattr__(step.knowledge, 'rows', rows)
    _, losses = table(step)
    losses['loss_label_correction'].backward()
    table.after_iteration()
    torch.save((pick.state_dict(), table.offsets), f'{out}/{rank}.pth')
    # To free the group, which the wrapped model holds, may wait for ever.
    os._exit(0)


def test_two_processes_hold_the_same(tmp_path):
    mp.start_processes(
        _on_one_rank,
        (str(tmp_path / 'rendezvous'), str(tmp_path)),
        nprocs=2,
        start_method='fork',
    )
    one, two = (torch.load(tmp_path / f'{rank}.pth') for rank in range(2))
    assert one[0]['count'].tolist() == [1, 1, 2, 0]
    assert one[0]['recent'][2].tolist() == pytest.approx([0.2, 1.2, 0, 0])
    assert all(torch.equal(one[0][key], two[0][key]) for key in one[0])
    assert torch.equal(one[1], two[1])
    assert (one[1][: B + 1].abs().sum(1) > 0).sum() == B + 1
