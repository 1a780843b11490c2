"""Place, month and resolution as targets, and the learned weights."""

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample
from scipy.special import sph_harm_y

from geokr_mm.errors import InputError
from geokr_mm.models.knowledge import Knowledge
from geokr_mm.models.losses import circle_loss, soft_month_loss
from geokr_mm.models.sphere import (
    cluster_centres,
    equal_area_centres,
    spherical_harmonics,
    unit_vectors,
)
from geokr_mm.models.step import Step
from geokr_mm.models.terms import UncertaintyWeights
from geokr_mm.registry import MODELS


def places(n, seed=0):
    """Longitude and latitude, even on the sphere."""
    rng = np.random.default_rng(seed)
    lat = np.rad2deg(np.arcsin(rng.uniform(-1, 1, n)))
    return np.stack([rng.uniform(-180, 180, n), lat], axis=1)


def test_vectors_of_known_places():
    lonlat = torch.tensor([[0.0, 0.0], [90.0, 0.0], [17.0, 90.0]])
    np.testing.assert_allclose(
        unit_vectors(lonlat), [[1, 0, 0], [0, 1, 0], [0, 0, 1]], atol=1e-15
    )


def test_harmonics_are_scipys():
    lonlat = places(20)
    got = spherical_harmonics(torch.tensor(lonlat), 12).numpy()
    theta = np.deg2rad(90.0 - lonlat[:, 1])
    phi = np.deg2rad(lonlat[:, 0])
    expected = []
    for n in range(1, 13):
        for m in range(-n, n + 1):
            y = sph_harm_y(n, abs(m), theta, phi)
            sign = (-1) ** abs(m) * np.sqrt(2.0)
            real = y.real if m == 0 else sign * (y.real if m > 0 else y.imag)
            expected.append(np.sqrt(4 * np.pi) * real)
    np.testing.assert_allclose(got, np.stack(expected, 1), atol=1e-11)


def test_harmonics_by_hand():
    lonlat = torch.tensor([[30.0, 45.0]])
    x, y, z = unit_vectors(lonlat)[0].tolist()
    got = spherical_harmonics(lonlat, 1)[0].tolist()
    assert got == pytest.approx([3**0.5 * v for v in (y, z, x)])


def test_cells_have_equal_areas():
    centres = equal_area_centres(50)
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), 1)
    points = unit_vectors(torch.tensor(places(50_000))).numpy()
    counts = np.bincount((points @ centres.T).argmax(axis=1), minlength=50)
    assert counts.min() > 850 and counts.max() < 1150


def test_clusters_of_plain_groups():
    rng = np.random.default_rng(1)
    means = np.array([[10.0, 50.0], [-60.0, -20.0], [179.9, 5.0]])
    which = rng.integers(3, size=200)
    lonlat = means[which] + rng.normal(scale=0.5, size=(200, 2))
    vectors = unit_vectors(torch.tensor(lonlat)).numpy()
    centres = cluster_centres(vectors, 3)
    nearest = (vectors @ centres.T).argmax(axis=1)
    for group in range(3):
        own = vectors[which == group]
        assert len(set(nearest[which == group])) == 1
        mean = own.mean(axis=0) / np.linalg.norm(own.mean(axis=0))
        got = centres[nearest[which == group][0]]
        np.testing.assert_allclose(got, mean, atol=1e-9)
    assert np.array_equal(centres, cluster_centres(vectors, 3))


def test_too_few_places_are_named():
    vectors = unit_vectors(torch.tensor([[1.0, 2.0], [1.0, 2.0], [3.0, 2.0]]))
    with pytest.raises(InputError, match='2 different places.*num_places=3'):
        cluster_centres(vectors.numpy(), 3)


def build(name, **kwargs):
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        term = MODELS.build(
            dict(type=f'geokr_mm.{name}', in_channels=6, **kwargs)
        )
    term.init_weights()
    return term.double()


def step(**fields):
    """A step of four patches with some facts, each of four values."""
    rng = np.random.default_rng(5)
    samples = [DataSample() for _ in range(4)]
    for name, values in fields.items():
        for sample, value in zip(samples, values, strict=True):
            sample.set_field(torch.tensor(np.atleast_1d(value)), name)
    feats = torch.tensor(rng.normal(size=(4, 6)))
    return Step(
        backbone_feats=feats,
        student_feats=feats,
        student_logits=feats,
        teacher_feats=None,
        teacher_logits=None,
        knowledge=Knowledge(feats, feats),
        samples=samples,
        progress=0.0,
    )


def told(term, data):
    """The linear layer in numpy."""
    weight = term.fc.weight.detach().numpy()
    return (
        data.student_feats.numpy() @ weight.T + term.fc.bias.detach().numpy()
    )


def log_softmax(rows):
    return rows - np.log(np.exp(rows).sum(axis=1, keepdims=True))


def test_place_clusters_are_a_cross_entropy():
    term = build('PlaceClusters', num_places=5, loss_weight=0.5)
    known = places(40)
    lonlat = places(4, seed=2)
    with pytest.raises(ValueError, match='PlaceClustersHook'):
        term(step(lonlat=lonlat))
    term.fit(known)
    centres = term.centres.numpy()
    vectors = unit_vectors(torch.tensor(lonlat)).numpy()
    nearest = ((vectors[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    data = step(lonlat=lonlat)
    log_p = log_softmax(told(term, data))
    expected = -0.5 * log_p[np.arange(4), nearest].mean()
    assert term(data)['loss'].item() == pytest.approx(expected, abs=1e-9)
    term.fit(places(40, seed=7))
    assert np.array_equal(term.centres.numpy(), centres)


def test_centres_are_saved_and_stay_precise():
    term = build('PlaceClusters', num_places=5)
    term.fit(places(40))
    other = build('PlaceClusters', num_places=5)
    other.load_state_dict(term.state_dict())
    other.half()
    assert torch.equal(other.centres, term.centres)
    assert other.centres.dtype == torch.float64
    near = torch.tensor([[10.0, 50.0], [10.00001, 50.0]]).double()
    ahead = build('PlaceClusters', num_places=2)
    ahead.centres.copy_(unit_vectors(near))
    assert ahead.places(near).tolist() == [0, 1]


def test_cells_need_no_index():
    term = build('PlaceClusters', num_places=9, centres='cells')
    np.testing.assert_array_equal(term.centres, equal_area_centres(9))
    assert torch.isfinite(term(step(lonlat=places(4)))['loss'])


def test_place_harmonics_are_a_squared_error():
    term = build('PlaceHarmonics', degree=3, loss_weight=2.0)
    data = step(lonlat=places(4))
    code = spherical_harmonics(torch.tensor(places(4)), 3).numpy()
    expected = 2.0 * ((told(term, data) - code) ** 2).mean()
    assert term(data)['loss'].item() == pytest.approx(expected, abs=1e-9)


MONTHS = [1.0, float('nan'), 12.0, 7.0]


def test_month_on_the_circle():
    term = build('MonthTerm', loss_weight=1.0)
    data = step(month=MONTHS)
    out = told(term, data)
    terms = []
    for i, month in enumerate(MONTHS):
        if month == month:
            angle = 2 * np.pi * (month - 0.5) / 12
            point = np.array([np.cos(angle), np.sin(angle)])
            terms.append(((out[i] - point) ** 2).mean())
    assert term(data)['loss'].item() == pytest.approx(np.mean(terms), abs=1e-9)


def test_month_as_soft_classes():
    term = build('MonthTerm', form='classes', loss_weight=1.0)
    data = step(month=MONTHS)
    log_p = log_softmax(told(term, data))
    terms = []
    for i, month in enumerate(MONTHS):
        if month == month:
            k = np.arange(1, 13)
            t = np.exp(4 * np.cos(2 * np.pi * (k - month) / 12))
            terms.append(-(t / t.sum() * log_p[i]).sum())
    assert term(data)['loss'].item() == pytest.approx(np.mean(terms), abs=1e-9)


def test_december_is_near_january():
    january = torch.tensor([1.0])
    angle = 2 * np.pi * (np.array([12, 6]) - 0.5) / 12
    near, far = torch.tensor(np.stack([np.cos(angle), np.sin(angle)], 1))
    assert circle_loss(near[None], january) < circle_loss(far[None], january)


def test_unknown_months_teach_nothing():
    nan = torch.full((2,), float('nan'))
    for loss, width in ((circle_loss, 2), (soft_month_loss, 12)):
        out = torch.randn(2, width, requires_grad=True)
        value = loss(out, nan)
        value.backward()
        assert value.item() == 0 and out.grad.abs().sum() == 0


def test_ground_resolution_is_huber_of_the_logarithm():
    gsd = [0.5, 1.5, 10.0, 7400.0]
    term = build('GroundResolution', typical=30.0, loss_weight=0.25)
    data = step(gsd=gsd)
    gap = np.abs(told(term, data)[:, 0] - np.log2(np.divide(gsd, 30)))
    huber = np.where(gap < 1, 0.5 * gap**2, gap - 0.5)
    assert term(data)['loss'].item() == pytest.approx(
        0.25 * huber.mean(), abs=1e-9
    )


def test_missing_facts_and_unknown_switches_are_named():
    with pytest.raises(ValueError, match='`gsd`.*GeoKRDataset'):
        build('GroundResolution')(step())
    with pytest.raises(ValueError, match='form must be'):
        build('MonthTerm', form='ring')
    with pytest.raises(ValueError, match='centres must be'):
        build('PlaceClusters', centres='countries')
    with pytest.raises(ValueError, match='typical'):
        build('GroundResolution', typical=0.0)
    with pytest.raises(ValueError, match='degree'):
        build('PlaceHarmonics', degree=0)


def test_uncertainty_weights_by_formula():
    weights = UncertaintyWeights(['loss_a', 'loss_b'])
    weights.log_variances.data = torch.tensor([0.5, -1.0])
    losses = dict(
        loss_a=torch.tensor(2.0),
        loss_b=torch.tensor(3.0),
        tv=torch.tensor(0.4),
    )
    out = weights(losses)
    assert out['loss_a'].item() == pytest.approx(2 * np.exp(-0.5) + 0.5)
    assert out['loss_b'].item() == pytest.approx(3 * np.exp(1.0) - 1.0)
    assert out['tv'] is losses['tv']
    assert out['log_variance_b'].item() == -1.0
    assert not any('loss' in k for k in set(out) - set(losses))
    with pytest.raises(ValueError, match='loss_c.*loss_a'):
        UncertaintyWeights(['loss_c'])(losses)


def test_uncertainty_settles_at_the_logarithm_of_the_loss():
    weights = UncertaintyWeights(['loss_a'])
    optim = torch.optim.SGD(weights.parameters(), lr=0.2)
    for _ in range(60):
        optim.zero_grad()
        weights(dict(loss_a=torch.tensor(5.0)))['loss_a'].backward()
        optim.step()
    assert weights.log_variances.item() == pytest.approx(np.log(5), abs=1e-3)


def test_a_loss_of_nothing_leaves_its_weight_alone():
    weights = UncertaintyWeights(['loss_a', 'loss_b'])
    losses = dict(loss_a=torch.tensor(0.0), loss_b=torch.tensor(3.0))
    out = weights(losses)
    (out['loss_a'] + out['loss_b']).backward()
    assert out['loss_a'].item() == 0
    assert weights.log_variances.grad.tolist() == [0, 1 - 3]
