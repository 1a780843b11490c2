"""Both losses against their formulae in plain numpy."""

import math

import numpy as np
import pytest
import torch

from geokr_mm.models import (
    CorrectionLoss,
    Knowledge,
    KnowledgeLoss,
    Outputs,
    Step,
)
from geokr_mm.models.losses import (
    correction_loss,
    knowledge_loss,
    ramp_weight,
)

B, K = 7, 8


def softmax(x: np.ndarray) -> np.ndarray:
    """Softmax over the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@pytest.fixture
def case() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Student logits, teacher logits, class fractions."""
    rng = np.random.default_rng(5)
    fractions = rng.dirichlet(np.full(K, 0.4), size=B)
    return rng.normal(0, 2, (B, K)), rng.normal(0, 2, (B, K)), fractions


def test_knowledge_loss_per_sample(case):
    logits, _, y = case
    weight = np.linspace(0.2, 1.0, B)
    log_p = np.log(softmax(logits))
    expected = np.mean(
        [
            -w * sum(y[b, k] * log_p[b, k] for k in range(K))
            for b, w in enumerate(weight)
        ]
    )
    got = knowledge_loss(
        torch.tensor(logits), torch.tensor(y), torch.tensor(weight)
    )
    assert got.item() == pytest.approx(expected, abs=1e-6)


def test_knowledge_loss_released_divides_by_classes_too(case):
    logits, _, y = case
    expected = -(y * np.log(softmax(logits))).sum() / (B * K)
    got = KnowledgeLoss(scaling='released')(
        torch.tensor(logits), torch.tensor(y)
    )
    assert got.item() == pytest.approx(expected, abs=1e-6)


def test_knowledge_loss_is_kl_plus_entropy(case):
    logits, _, y = case
    p = softmax(logits)
    y = np.maximum(y, 1e-12)
    kl = (y * np.log(y / p)).sum(axis=1).mean()
    entropy = -(y * np.log(y)).sum(axis=1).mean()
    got = knowledge_loss(torch.tensor(logits), torch.tensor(y)).item()
    assert got == pytest.approx(kl + entropy, abs=1e-6)


def test_patch_without_classes_adds_nothing(case):
    logits, _, y = case
    y = y.copy()
    y[2] = 0
    rows = [b for b in range(B) if b != 2]
    expected = -(y[rows] * np.log(softmax(logits[rows]))).sum() / B
    tensor = torch.tensor(logits, requires_grad=True)
    loss = knowledge_loss(tensor, torch.tensor(y))
    loss.backward()
    assert loss.item() == pytest.approx(expected, abs=1e-6)
    assert tensor.grad[2].abs().max() == 0


def test_other_number_of_classes_is_named(case):
    logits, _, y = case
    with pytest.raises(ValueError, match='num_classes'):
        knowledge_loss(torch.tensor(logits), torch.tensor(y[:, :-1]))


@pytest.mark.parametrize(
    ('form', 'reference'),
    [
        ('teacher_student', lambda p, q: q * np.log(q / p)),
        ('student_teacher', lambda p, q: p * np.log(p / q)),
        ('released', lambda p, q: -p * np.log(q)),
    ],
)
@pytest.mark.parametrize('scaling', ['sample', 'released'])
def test_correction_loss(case, form, reference, scaling):
    student, teacher, _ = case
    terms = reference(softmax(student), softmax(teacher))
    expected = terms.sum() / (B * K if scaling == 'released' else B)
    got = correction_loss(
        torch.tensor(student), torch.tensor(teacher), form, scaling
    )
    assert got.item() == pytest.approx(expected, abs=1e-6)


def test_no_gradient_reaches_the_teacher(case):
    student = torch.tensor(case[0], requires_grad=True)
    teacher = torch.tensor(case[1], requires_grad=True)
    CorrectionLoss()(step(student, teacher)).backward()
    assert student.grad.abs().max() > 0
    assert teacher.grad is None


def step(student, teacher, progress=0.0):
    """A step of which only the logits matter."""
    known = Knowledge(student, student)
    networks = [Outputs(x, x, x) for x in (student, teacher)]
    return Step(*networks, known, progress)


@pytest.mark.parametrize(
    ('ramp', 'share', 'progress', 'weight'),
    [
        (None, 1.0, 0.0, 1.0),
        ('linear', 0.5, 0.25, 0.5),
        ('linear', 0.5, 0.75, 1.0),
        ('sigmoid', 1.0, 0.5, math.exp(-1.25)),
        ('sigmoid', 1.0, 1.0, 1.0),
    ],
)
def test_ramp_is_a_setting_of_the_teacher_term(
    case, ramp, share, progress, weight
):
    student, teacher = (torch.tensor(logits) for logits in case[:2])
    full = correction_loss(student, teacher).item()
    loss = CorrectionLoss(loss_weight=2.0, ramp=ramp, ramp_share=share)
    got = loss(step(student, teacher, progress)).item()
    assert got == pytest.approx(2.0 * weight * full, abs=1e-9)


def test_ramp_values():
    assert ramp_weight(0.25, 'linear') == 0.25
    assert ramp_weight(-1.0, 'linear') == 0.0
    assert ramp_weight(3.0, 'linear') == 1.0
    assert ramp_weight(0.5, 'sigmoid') == pytest.approx(math.exp(-1.25))
    assert ramp_weight(1.0, 'sigmoid') == 1.0
    assert ramp_weight(0.0, None) == 1.0


def test_released_form_sharpens_and_kl_does_not():
    """The flaw that the default mode mends, shown by minimising both."""
    teacher = torch.log(torch.tensor([[0.5, 0.3, 0.2]]))

    def minimise(form):
        student = torch.zeros(1, 3, requires_grad=True)
        optimizer = torch.optim.SGD([student], lr=1.0)
        for _ in range(2000):
            optimizer.zero_grad()
            correction_loss(student, teacher, form).backward()
            optimizer.step()
        return student.detach().softmax(dim=1)[0]

    assert minimise('released')[0] > 0.99
    assert torch.allclose(
        minimise('teacher_student'), torch.tensor([0.5, 0.3, 0.2]), atol=1e-3
    )


@pytest.mark.parametrize(
    'kwargs',
    [
        dict(form='kl'),
        dict(scaling='mean'),
        dict(ramp='step'),
        dict(ramp='linear', ramp_share=0.0),
    ],
)
def test_unknown_switches_are_refused(kwargs):
    with pytest.raises(ValueError, match='must be'):
        CorrectionLoss(**kwargs)
    if 'scaling' in kwargs:
        with pytest.raises(ValueError, match='must be'):
            KnowledgeLoss(**kwargs)
