"""Nearest neighbours against a loop in plain numpy."""

import numpy as np
import pytest

from geokr_mm.benchmark.classifiers import draw, knn, nearest_neighbours


def by_hand(train, labels, test, neighbours):
    """Sort by angle, count, and let the sum of cosines break a tie."""
    found = []
    for row in test:
        cosines = [
            float(row @ t / np.linalg.norm(row) / np.linalg.norm(t))
            for t in train
        ]
        order = sorted(range(len(train)), key=lambda i: -cosines[i])
        votes = {}
        for i in order[:neighbours]:
            count, near = votes.get(int(labels[i]), (0, 0.0))
            votes[int(labels[i])] = (count + 1, near + cosines[i])
        found.append(max(votes, key=votes.get))
    return found


@pytest.mark.parametrize('neighbours', [1, 2, 5])
def test_votes_are_those_of_the_loop(neighbours):
    rng = np.random.default_rng(neighbours)
    labels = rng.integers(0, 4, 30)
    train = rng.normal(size=(30, 6)) + np.eye(6)[labels]
    test = rng.normal(size=(80, 6)) * rng.uniform(0.1, 9, (80, 1))
    found = nearest_neighbours(train, labels, neighbours).predict(test)
    assert found.tolist() == by_hand(train, labels, test, neighbours)


def test_accuracy_is_on_the_images_of_the_probe():
    rng = np.random.default_rng(3)
    labels = np.repeat([0, 1, 2], 20)
    features = rng.normal(size=(60, 8)) + 2 * np.eye(8)[labels]
    for per_class, voters in ((3, 3), (8, 5)):
        train, test = draw(labels, per_class, seed=6)
        said = by_hand(features[train], labels[train], features[test], voters)
        expected = 100 * np.mean(np.array(said) == labels[test])
        found = knn(features, labels, train, test, seed=6)
        assert found == pytest.approx(expected)
        assert 40 < found < 100
    # Signal, not chance: shuffled classes are guessed.
    shuffled = rng.permutation(labels)
    divided = draw(shuffled, 8, seed=6)
    assert knn(features, shuffled, *divided, seed=6) < 60


def test_features_without_length_are_no_error():
    labels = np.array([0, 1])
    model = nearest_neighbours(np.array([[0.0, 0], [0, 1]]), labels, 1)
    found = model.predict(np.zeros((1, 2)))
    assert found.tolist() in ([0], [1])
