"""In-batch contrast against SimCLR's formula, and both views of a student."""

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample

from geokr_mm.models.knowledge import Knowledge
from geokr_mm.models.losses.correction_loss import CorrectionLoss
from geokr_mm.models.parts import needs_of
from geokr_mm.models.step import Outputs, Step
from geokr_mm.models.terms.batch_contrast import batch_contrast_loss
from geokr_mm.models.terms.soft_contrast import land_similarity
from geokr_mm.registry import MODELS

B, K, D = 3, 4, 8


def unit(seed):
    rows = np.random.default_rng(seed).normal(size=(2 * B, D))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def land(seed, n=2 * B):
    return np.random.default_rng(seed).dirichlet(np.full(K, 0.5), size=n)


def nt_xent(rows, tau):
    """Equation 1 of the paper, pair by pair."""
    total = 0.0
    for i in range(2 * B):
        j = (i + B) % (2 * B)
        others = [
            np.exp(rows[i] @ rows[k] / tau) for k in range(2 * B) if k != i
        ]
        total -= np.log(np.exp(rows[i] @ rows[j] / tau) / sum(others))
    return total / (2 * B)


def test_loss_is_nt_xent():
    rows = unit(1)
    got = batch_contrast_loss(torch.tensor(rows), temperature=0.3)
    assert got.item() == pytest.approx(nt_xent(rows, 0.3), abs=1e-9)


def test_loss_is_that_of_mmpretrains_simclr():
    rows = torch.tensor(unit(2))
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        head = MODELS.build(
            dict(
                type='ContrastiveHead',
                loss=dict(type='CrossEntropyLoss'),
                temperature=0.2,
            )
        )
    dots = rows @ rows.T
    own = torch.arange(2 * B).roll(B)
    positive = dots[torch.arange(2 * B), own][:, None]
    negative = torch.stack(
        [
            torch.stack(
                [dots[i, k] for k in range(2 * B) if k not in (i, own[i])]
            )
            for i in range(2 * B)
        ]
    )
    expected = head.loss(positive, negative).item()
    got = batch_contrast_loss(rows, temperature=0.2).item()
    assert got == pytest.approx(expected, abs=1e-9)


def test_soft_targets_share_by_likeness_of_land():
    rows, fractions = unit(3), torch.tensor(land(4))
    w = land_similarity(fractions, fractions).numpy()
    total = 0.0
    for i in range(2 * B):
        j = (i + B) % (2 * B)
        kept = [k for k in range(2 * B) if k != i]
        like = np.exp([(1.0 if k == j else w[i, k]) / 0.2 for k in kept])
        target = 0.6 * like / like.sum()
        target[kept.index(j)] += 0.4
        dots = np.array([rows[i] @ rows[k] for k in kept]) / 0.3
        total -= target @ (dots - np.log(np.exp(dots).sum()))
    got = batch_contrast_loss(torch.tensor(rows), fractions, 0.3, 0.2, 0.4)
    assert got.item() == pytest.approx(total / (2 * B), abs=1e-9)


def build(**term):
    """A tiny GeoKR whose student sees two views."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(
            dict(
                type='geokr_mm.GeoKR',
                backbone=dict(type='ResNet', depth=18, base_channels=4,
                              stem_channels=4, zero_init_residual=False),
                head=dict(
                    type='geokr_mm.GeographicKnowledgeHead', num_classes=K
                ),
                student_views=2,
                terms=dict(
                    contrast=dict(
                        type='geokr_mm.BatchContrast',
                        hidden_channels=6,
                        out_channels=D,
                        **term,
                    )
                ),
            )
        )  # fmt: skip
    model.init_weights()
    return model


def batch(views=None):
    torch.manual_seed(1)
    images = [torch.randn(B, 3, 32, 32) for _ in range(2)]
    samples = []
    for n in range(B):
        sample = DataSample()
        sample.set_field(
            torch.tensor(land(5, B)[n]).float(), 'class_fractions'
        )
        sample.set_field(torch.ones(1), 'valid_fraction')
        if views is not None:
            sample.set_field(views[n], 'view_fractions')
        samples.append(sample)
    return images, samples


def test_each_view_learns_its_own_ground():
    views = torch.tensor(land(6, 2 * B)).float().reshape(B, 2, K)
    images, samples = batch(views)
    model = build()
    losses = model.loss(images, samples)
    assert set(losses) == {'loss_knowledge', 'loss_contrast', 'tv'}
    # Batch norm sees both views at once.
    logits = build().head(build().backbone(torch.cat(images)))
    expected = -(
        torch.cat([views[:, 0], views[:, 1]]) * logits.log_softmax(1)
    ).sum(1)
    assert losses['loss_knowledge'].item() == pytest.approx(
        expected.mean().item(), rel=1e-5
    )
    model = build()
    feats = model.backbone(torch.cat(images))[-1].mean((2, 3))
    (rows,) = model.terms['contrast'].projector((feats,))
    rows = torch.nn.functional.normalize(rows).detach().double().numpy()
    assert losses['loss_contrast'].item() == pytest.approx(
        nt_xent(rows, 0.1), rel=1e-4
    )
    sum(v for k, v in losses.items() if 'loss' in k).backward()


def test_views_without_fractions_have_those_of_the_patch():
    images, samples = batch()
    got = Knowledge.of(samples).of_views(2)
    assert torch.equal(got.fractions[:B], got.fractions[B:])
    assert got.valid.tolist() == [1] * 2 * B
    assert build().loss(images, samples)['loss_knowledge'].isfinite()


def term_and_step(rows):
    """A term in evaluation mode, and some of four patches in two views."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        term = MODELS.build(
            dict(type='geokr_mm.BatchContrast', in_channels=5, out_channels=D,
                 own_share=0.5)
        ).eval()  # fmt: skip
    feats = torch.randn(2, 4, 5)[:, rows]
    fractions = torch.tensor(land(7, 8)).float().reshape(4, 2, K)[rows]
    one, two = (Outputs(f, f, torch.zeros(len(f), K)) for f in feats)
    knowledge = Knowledge(
        fractions[:, 0], torch.ones(len(rows)), views=fractions
    )
    return term, Step(one, None, knowledge, others=(two,))


def _on_one_rank(rank, file, out):
    torch.set_num_threads(1)
    dist.init_process_group(
        'gloo', init_method=f'file://{file}', rank=rank, world_size=2
    )
    term, step = term_and_step([[0, 2], [1, 3]][rank])
    torch.save(term(step).detach(), f'{out}/{rank}.pth')
    dist.destroy_process_group()


def test_all_ranks_compare_the_views_of_all(tmp_path):
    mp.start_processes(
        _on_one_rank,
        (str(tmp_path / 'rendezvous'), str(tmp_path)),
        nprocs=2,
        start_method='fork',
    )
    term, step = term_and_step([0, 2, 1, 3])
    for rank in range(2):
        found = torch.load(tmp_path / f'{rank}.pth')
        assert found.item() == pytest.approx(term(step).item(), rel=1e-5)


def test_needs_and_refusals():
    config = dict(
        head=dict(type='geokr_mm.GeographicKnowledgeHead'), student_views=2
    )
    assert needs_of(config) == ['view_fractions', 'view_valid']
    images, samples = batch()
    with pytest.raises(ValueError, match='pipeline makes 1'):
        build().loss(images[:1], samples)
    model = build()
    model.student_views = 1
    with pytest.raises(ValueError, match='student_views=2'):
        model.loss(images, samples)
    with pytest.raises(ValueError, match='own_share must be'):
        build(own_share=2)


def test_correction_weighs_by_shared_ground():
    student = torch.tensor([[1.0, 0.0], [0.0, 2.0], [0.5, 0.5]])
    teacher = torch.zeros(3, 2)
    p, q = student.softmax(1), teacher.softmax(1)
    each = (q * (q / p).log()).sum(1)
    shared = torch.tensor([1.0, 0.25, 0.0])
    knowledge = Knowledge(q, torch.ones(3), shared_ground=shared)
    outputs = [Outputs(p, p, logits) for logits in (student, teacher)]
    step = Step(*outputs, knowledge)
    loss = CorrectionLoss(by_ground=True)
    assert loss(step).item() == pytest.approx(
        ((each * shared).sum() / 3).item()
    )
    assert CorrectionLoss()(step).item() == pytest.approx(each.mean().item())
    bare = Step(*outputs, Knowledge(q, torch.ones(3)))
    with pytest.raises(ValueError, match='shared_ground'):
        loss(bare)
