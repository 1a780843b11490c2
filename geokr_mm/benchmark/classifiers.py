"""Classifiers of frozen features from a few labels.

Features are arrays (N, D), labels (N,) the class of each image.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import PredefinedSplit
from sklearn.neighbors import KNeighborsClassifier

# Weight of the squared norm in the mean loss, from plenty to hardly any.
STRENGTHS = (10.0, 1.0, 0.1, 0.01)
# Largest slope of the mean loss at the end. A hundredth of it moves accuracy
# by some tenths of a point and takes five times as long.
TOLERANCE = 1e-3
FOLDS = 3
NEIGHBOURS = 5
Features = NDArray[np.float64]
Array32 = NDArray[np.float32]
Labels = NDArray[np.int64]


def draw(labels: Labels, per_class: int, seed: int) -> tuple[Labels, Labels]:
    """Choose the labelled images; the rest is the test set.

    By hand, as scikit-learn draws in proportion to the classes.

    The same seed takes the same images, so that methods are compared on
    equal draws.

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


def narrow(train: Features, rest: Features) -> tuple[Array32, Array32]:
    """Standardise both by the first; turn them to as few axes as it spans.

    What has no part in the span gets no weight from a penalised regression,
    so that its results stay, and few labels are much faster.
    """
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation[deviation == 0] = 1
    near, far = (train - mean) / deviation, (rest - mean) / deviation
    if len(near) < near.shape[1]:
        axes = np.linalg.qr(near.T)[0]
        near, far = near @ axes, far @ axes
    return near.astype(np.float32), far.astype(np.float32)


def fits(
    features: Array32, labels: Labels, strengths: Sequence[float]
) -> Iterator[tuple[float, LogisticRegression]]:
    """Multinomial logistic regressions of several penalties.

    A strength is the weight of half the squared norm in the mean
    cross-entropy; the bias is not penalised. Each begins where the one
    before it ended, so strong penalties come first.
    """
    model = LogisticRegression(tol=TOLERANCE, max_iter=500, warm_start=True)
    for strength in strengths:
        # scikit-learn weighs the sum of the losses.
        model.C = 1 / (strength * len(labels))
        yield strength, model.fit(features, labels)


def choose_strength(features: Features, labels: Labels, seed: int) -> float:
    """Choose the penalty by cross-validation inside the training images.

    The seed splits into folds, even over classes. It is the candidate with
    the most hits; of equals the strongest.
    """
    rng = np.random.default_rng(seed)
    fold = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        fold[members] = np.arange(len(members)) % FOLDS
    hits = dict.fromkeys(STRENGTHS, 0)
    for inside, outside in PredefinedSplit(fold).split():
        if not len(inside):
            continue
        near, far = narrow(features[inside], features[outside])
        for strength, model in fits(near, labels[inside], STRENGTHS):
            found = model.predict(far)
            hits[strength] += int((found == labels[outside]).sum())
    return max(hits, key=hits.__getitem__)


def balanced_accuracy(found: Labels, labels: Labels) -> float:
    """Mean over classes of the per cent that are found.

    Chance is the same for sets whose classes have unequal numbers.
    """
    return 100 * float(balanced_accuracy_score(labels, found))


def linear_probe(
    features: Features, labels: Labels, train: Labels, test: Labels, seed: int
) -> float:
    """Balanced accuracy of a logistic regression, in per cent.

    It learns from the images ``train`` and is tested on ``test``; the seed
    is that of the folds.
    """
    best = choose_strength(features[train], labels[train], seed)
    near, far = narrow(features[train], features[test])
    strengths = [s for s in STRENGTHS if s >= best]
    *_, (_, model) = fits(near, labels[train], strengths)
    return balanced_accuracy(model.predict(far), labels[test])


def nearest_neighbours(
    features: Features, labels: Labels, neighbours: int
) -> KNeighborsClassifier:
    """The class of most of the nearest by the cosine of the angle.

    Of classes with as many votes, the one whose votes are nearer in sum.
    """

    def votes(distances: Features) -> Features:
        # Cosines are at most 1, so a sum of them only decides ties.
        return 1 + (1 - distances) / (4 * neighbours)

    return KNeighborsClassifier(
        neighbours, weights=votes, metric='cosine'
    ).fit(features, labels)


def knn(
    features: Features,
    labels: Labels,
    train: Labels,
    test: Labels,
    seed: int,
    neighbours: int = NEIGHBOURS,
) -> float:
    """The same by nearest neighbours; nothing is drawn.

    Where a class has fewer labelled images, as many of them vote.
    """
    fewest = int(np.unique(labels[train], return_counts=True)[1].min())
    model = nearest_neighbours(
        features[train], labels[train], min(neighbours, fewest)
    )
    return balanced_accuracy(model.predict(features[test]), labels[test])


Classifier = Callable[[Features, Labels, Labels, Labels, int], float]
# By their name in the results table.
CLASSIFIERS: dict[str, Classifier] = {'linear': linear_probe, 'knn5': knn}
