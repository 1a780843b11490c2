"""Place clusters against plain numpy."""

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope

from geokr_mm.errors import InputError
from geokr_mm.models.knowledge import Knowledge
from geokr_mm.models.step import Outputs, Step
from geokr_mm.models.terms.place_clusters import (
    cluster_centres,
    equal_area_centres,
    unit_vectors,
)
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


def step(lonlat=None):
    """A step of four patches."""
    rng = np.random.default_rng(5)
    feats = torch.tensor(rng.normal(size=(4, 6)))
    known = None if lonlat is None else torch.tensor(lonlat)
    return Step(
        student=Outputs(feats, feats, feats),
        teacher=None,
        knowledge=Knowledge(feats, feats, lonlat=known),
    )


def logits(term, data):
    """The linear layer in numpy."""
    weight = term.fc.weight.detach().numpy()
    return (
        data.student.feats.numpy() @ weight.T + term.fc.bias.detach().numpy()
    )


def log_softmax(rows):
    return rows - np.log(np.exp(rows).sum(axis=1, keepdims=True))


def test_place_clusters_are_a_cross_entropy():
    term = build('PlaceClusters', num_places=5, loss_weight=0.5)
    known = places(40)
    lonlat = places(4, seed=2)
    with pytest.raises(ValueError, match='PartsHook'):
        term(step(lonlat=lonlat))
    term.fit(known)
    centres = term.centres.numpy()
    vectors = unit_vectors(torch.tensor(lonlat)).numpy()
    nearest = ((vectors[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    data = step(lonlat=lonlat)
    log_p = log_softmax(logits(term, data))
    expected = -0.5 * log_p[np.arange(4), nearest].mean()
    assert term(data).item() == pytest.approx(expected, abs=1e-9)
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
    assert torch.isfinite(term(step(lonlat=places(4))))


def test_missing_facts_and_unknown_switches_are_named():
    with pytest.raises(ValueError, match='`lonlat`.*GeoKRDataset'):
        build('PlaceClusters', centres='cells')(step())
    with pytest.raises(ValueError, match='centres must be'):
        build('PlaceClusters', centres='countries')
