"""Nearest neighbours: what frozen features tell without any training."""

import numpy as np
from numpy.typing import NDArray

from .linear import draw

NEIGHBOURS = 5


def vote(
    train: NDArray[np.float64],
    labels: NDArray[np.int64],
    test: NDArray[np.float64],
    neighbours: int,
) -> NDArray[np.int64]:
    """Class of the majority of the nearest by the cosine of the angle.

    Of classes with as many votes, the one whose votes are nearer in sum.

    Args:
        train (ndarray): Labelled features, (N, D).
        labels (ndarray): Their classes, (N, ), in 0..C - 1.
        test (ndarray): Features to judge, (M, D).
        neighbours (int): How many vote, at most N.

    Returns:
        ndarray: Classes, (M, ).
    """
    likeness = _unit(test) @ _unit(train).T
    nearest = np.argsort(-likeness, axis=1, kind='stable')[:, :neighbours]
    votes = np.zeros((len(test), int(labels.max()) + 1))
    rows = np.arange(len(test))[:, None]
    # Cosines are at most 1, so a sum of them decides ties and nothing else.
    tie = np.take_along_axis(likeness, nearest, axis=1) / (4 * neighbours)
    np.add.at(votes, (rows, labels[nearest]), 1.0 + tie)
    return np.asarray(votes.argmax(axis=1), np.int64)


def knn(
    features: NDArray[np.float64],
    labels: NDArray[np.int64],
    per_class: int,
    seed: int,
    neighbours: int = NEIGHBOURS,
) -> float:
    """Accuracy of one draw of labelled images, that of the linear probe.

    Args:
        features (ndarray): Frozen features of all images, (N, D).
        labels (ndarray): Shape (N, ), in 0..C - 1.
        per_class (int): Labelled images of each class; fewer than
            ``neighbours`` let as many vote.
        seed (int): Of the draw.
        neighbours (int): Defaults to 5.

    Returns:
        float: Per cent of the other images that are classified rightly.
    """
    train, test = draw(labels, per_class, seed)
    found = vote(
        features[train],
        labels[train],
        features[test],
        min(neighbours, per_class),
    )
    return 100.0 * float((found == labels[test]).mean())


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-12), np.float64)
