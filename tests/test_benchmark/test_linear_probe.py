"""The linear probe: solver, draws and choice of the penalty."""

import numpy as np
import pytest

from geokr_mm.benchmark import classifiers


def blobs(n=40, classes=3, dim=12, seed=0, gap=2.0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), n)
    centres = gap * rng.normal(size=(classes, dim))
    return centres[labels] + rng.normal(size=(len(labels), dim)), labels


@pytest.mark.parametrize('n', [2, 40])
def test_fits_are_minima(n, monkeypatch):
    """The gradient, by its formula in plain numpy, is nought there."""
    monkeypatch.setattr(classifiers, 'TOLERANCE', 1e-6)
    x, y = blobs(n)
    near, _ = classifiers.narrow(x, x)
    assert near.mean(axis=0) == pytest.approx(0, abs=1e-6)
    # No more axes than images, and no distance lost.
    assert near.shape[1] == min(x.shape)
    z = (x - x.mean(0)) / x.std(0)
    np.testing.assert_allclose(near @ near.T, z @ z.T, atol=1e-4)
    for strength, model in classifiers.fits(near, y, [1.0, 1e-2]):
        scores = model.decision_function(near)
        share = np.exp(scores - scores.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        error = (share - np.eye(3)[y]) / len(y)
        slope = near.T @ error + strength * model.coef_.T
        assert np.abs(slope).max() < 1e-3
        assert np.abs(error.sum(axis=0)).max() < 1e-3


def test_fewer_axes_change_no_prediction():
    """A regression on all of them, by scikit-learn alone, is the reference."""
    from sklearn.linear_model import LogisticRegression

    x, y = blobs(30, dim=60, gap=0.4)
    train, test = classifiers.draw(y, 5, seed=1)
    near, far = classifiers.narrow(x[train], x[test])
    ((_, model),) = classifiers.fits(near, y[train], [0.1])
    mean, deviation = x[train].mean(0), x[train].std(0)
    whole = LogisticRegression(C=1 / (0.1 * 15), tol=1e-6, max_iter=2000)
    whole.fit((x[train] - mean) / deviation, y[train])
    expected = whole.predict_proba((x[test] - mean) / deviation)
    np.testing.assert_allclose(model.predict_proba(far), expected, atol=0.02)


def test_draws_are_even_disjoint_and_paired():
    labels = np.repeat([0, 1, 2], [10, 12, 14])
    train, test = classifiers.draw(labels, 4, seed=7)
    assert np.bincount(labels[train]).tolist() == [4, 4, 4]
    assert sorted([*train, *test]) == list(range(36))
    again, _ = classifiers.draw(labels, 4, seed=7)
    other, _ = classifiers.draw(labels, 4, seed=8)
    assert (train == again).all() and (train != other).any()
    with pytest.raises(ValueError, match='class 0 has 10 images'):
        classifiers.draw(labels, 10, seed=0)


def test_features_that_do_not_vary_in_training_do_not_count():
    x, _ = blobs(10)
    constant = np.full(30, 5.0)
    near, far = classifiers.narrow(np.c_[x, constant], np.c_[x, constant])
    np.testing.assert_array_equal(near, far)
    assert (near[:, -1] == 0).all()


def test_probe_knows_signal_from_noise():
    x, y = blobs(60)
    divided = classifiers.draw(y, 10, seed=0)
    assert classifiers.linear_probe(x, y, *divided, seed=0) > 97
    noise = np.random.default_rng(1).normal(size=(180, 12))
    assert 20 < classifiers.linear_probe(noise, y, *divided, seed=0) < 47


def test_classes_count_alike_however_many_images_they_have():
    labels = np.repeat([0, 1], [90, 10])
    found = np.zeros(100, np.int64)
    assert classifiers.balanced_accuracy(found, labels) == 50


class NearestCentre:
    """Predicts the centre with the largest product."""

    def __init__(self, centres):
        self.centres = centres

    def predict(self, features):
        return np.argmax(features @ self.centres.T, axis=1)


def test_penalty_is_chosen_by_hits_in_training(monkeypatch):
    x, y = blobs(9, gap=5.0)
    assert classifiers.choose_strength(x, y, seed=0) == 10.0  # all hit: a tie
    seen = []

    def fits(features, labels, strengths):
        # One candidate takes the nearest centre, the others the farthest.
        centres = np.stack([features[labels == k].mean(0) for k in range(3)])
        for strength in strengths:
            seen.append(np.bincount(labels).tolist())
            sign = 1 if strength == 0.1 else -1
            yield strength, NearestCentre(sign * centres)

    monkeypatch.setattr(classifiers, 'fits', fits)
    assert classifiers.choose_strength(x, y, seed=0) == 0.1
    assert seen == [[6, 6, 6]] * 12  # three folds, four candidates


def test_one_label_a_class_takes_the_strongest_penalty():
    x, y = blobs(1)
    assert classifiers.choose_strength(x, y, seed=0) == 10.0
