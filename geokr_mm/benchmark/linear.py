"""Multinomial logistic regression for a handful of labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

# Weight of the squared norm in the mean loss, from hardly any to plenty.
STRENGTHS = (0.01, 0.1, 1.0, 10.0)
FOLDS = 5


def draw(
    labels: NDArray[np.int64], per_class: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose the labelled images; the rest is the test set.

    Args:
        labels (ndarray): Class of each image, shape (N, ).
        per_class (int): Images to take of each class.
        seed (int): The same seed takes the same images, so that methods are
            compared on equal draws.

    Returns:
        tuple: Indices of training and test images, both sorted.

    Raises:
        ValueError: If a class would have no test image left.
    """
    rng = np.random.default_rng(seed)
    chosen = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) <= per_class:
            raise ValueError(
                f'class {label} has {len(members)} images, '
                f'{per_class} for training leave no test image'
            )
        chosen.append(rng.permutation(members)[:per_class])
    train = np.sort(np.concatenate(chosen))
    return train, np.setdiff1d(np.arange(len(labels)), train)


def standardise(
    train: NDArray[np.float64], *others: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Shift and scale by mean and deviation of the training features.

    Args:
        train (ndarray): Features of shape (N, D).
        *others (ndarray): Features to treat alike.

    Returns:
        list[ndarray]: ``train`` and the others; a feature that does not vary
        in training becomes zero.
    """
    mean, std = train.mean(axis=0), train.std(axis=0)
    scale = np.where(std > 1e-12, 1 / np.maximum(std, 1e-12), 0.0)
    return [(x - mean) * scale for x in (train, *others)]


def fit(
    features: NDArray[np.float64],
    labels: NDArray[np.int64],
    classes: int,
    strength: float,
) -> NDArray[np.float64]:
    """Minimise mean cross-entropy plus ``strength / 2`` times the norm.

    The bias is not penalised. Solved by L-BFGS in double precision.

    Args:
        features (ndarray): Shape (N, D).
        labels (ndarray): Shape (N, ), in 0..classes - 1.
        classes (int): Number of classes C.
        strength (float): Weight of the squared norm, positive.

    Returns:
        ndarray: Weights and, in the last row, biases; shape (D + 1, C).
    """
    # The solution lies in the span of the rows, which few labels keep small.
    left, size, span = np.linalg.svd(
        np.asarray(features, dtype=np.float64), full_matrices=False
    )
    x = left * size
    target = np.eye(classes)[labels]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weight = flat.reshape(-1, classes)
        scores = x @ weight[:-1] + weight[-1]
        log_share = log_softmax(scores, axis=1)
        value = -(target * log_share).sum() / len(x)
        value += 0.5 * strength * np.square(weight[:-1]).sum()
        error = (np.exp(log_share) - target) / len(x)
        slope = x.T @ error + strength * weight[:-1]
        return float(value), np.vstack([slope, error.sum(axis=0)]).ravel()

    start = np.zeros((x.shape[1] + 1) * classes)
    found = minimize(
        loss,
        start,
        jac=True,
        method='L-BFGS-B',
        options=dict(maxiter=500, gtol=1e-5, ftol=1e-12),
    )
    weight = found.x.reshape(-1, classes)
    return np.vstack([span.T @ weight[:-1], weight[-1:]])


def predict(
    weight: NDArray[np.float64], features: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Class of each row of ``features``."""
    return np.argmax(features @ weight[:-1] + weight[-1], axis=1)


def choose_strength(
    features: NDArray[np.float64],
    labels: NDArray[np.int64],
    classes: int,
    seed: int,
    strengths: Sequence[float] = STRENGTHS,
) -> float:
    """Choose the penalty by cross-validation inside the training images.

    Args:
        features (ndarray): Training features as extracted, shape (N, D).
        labels (ndarray): Shape (N, ).
        classes (int): Number of classes.
        seed (int): Of the split into folds, even over classes.
        strengths (Sequence[float]): Candidates.

    Returns:
        float: The candidate with the most hits; of equals the strongest.
    """
    rng = np.random.default_rng(seed)
    fold = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        fold[members] = np.arange(len(members)) % FOLDS
    hits = dict.fromkeys(sorted(strengths, reverse=True), 0)
    for held_out in range(FOLDS):
        inside, outside = fold != held_out, fold == held_out
        train, test = standardise(features[inside], features[outside])
        for strength in hits:
            found = predict(
                fit(train, labels[inside], classes, strength), test
            )
            hits[strength] += int((found == labels[outside]).sum())
    return max(hits, key=hits.__getitem__)


def probe(
    features: NDArray[np.float64],
    labels: NDArray[np.int64],
    per_class: int,
    seed: int,
) -> float:
    """Accuracy of one draw of labelled images.

    Args:
        features (ndarray): Frozen features of all images, shape (N, D).
        labels (ndarray): Shape (N, ), in 0..C - 1.
        per_class (int): Labelled images of each class.
        seed (int): Of the draw and of the folds.

    Returns:
        float: Per cent of the other images that are classified rightly.
    """
    train, test = draw(labels, per_class, seed)
    classes = int(labels.max()) + 1
    strength = choose_strength(features[train], labels[train], classes, seed)
    inside, outside = standardise(features[train], features[test])
    weight = fit(inside, labels[train], classes, strength)
    return 100.0 * float((predict(weight, outside) == labels[test]).mean())
