"""Classifiers of frozen features from a few labels.

Features are arrays (N, D), labels (N,) the class of each image.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

# Weight of the squared norm in the mean loss, from hardly any to plenty.
STRENGTHS = (0.01, 0.1, 1.0, 10.0)
FOLDS = 5
NEIGHBOURS = 5
Features = NDArray[np.float64]
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


def fit(features: Features, labels: Labels, strength: float) -> Pipeline:
    """Standardise, and fit a multinomial logistic regression.

    ``strength`` is the weight of half the squared norm in the mean
    cross-entropy; the bias is not penalised.
    """
    # scikit-learn weighs the sum of the losses.
    regression = LogisticRegression(
        C=1 / (strength * len(labels)), tol=1e-5, max_iter=500
    )
    return make_pipeline(StandardScaler(), regression).fit(features, labels)


def choose_strength(
    features: Features,
    labels: Labels,
    seed: int,
    strengths: Sequence[float] = STRENGTHS,
) -> float:
    """Choose the penalty by cross-validation inside the training images.

    The seed splits into folds, even over classes. It is the candidate with
    the most hits; of equals the strongest.
    """
    rng = np.random.default_rng(seed)
    fold = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        fold[members] = np.arange(len(members)) % FOLDS
    hits = dict.fromkeys(sorted(strengths, reverse=True), 0)
    for inside, outside in PredefinedSplit(fold).split():
        for strength in hits if len(inside) else ():
            model = fit(features[inside], labels[inside], strength)
            found = model.predict(features[outside])
            hits[strength] += int((found == labels[outside]).sum())
    return max(hits, key=hits.__getitem__)


def linear_probe(
    features: Features, labels: Labels, per_class: int, seed: int
) -> float:
    """Per cent of images that a logistic regression classifies rightly.

    It learns from ``per_class`` labelled images of each class and is tested
    on the others; the seed is that of the draw and of the folds.
    """
    train, test = draw(labels, per_class, seed)
    strength = choose_strength(features[train], labels[train], seed)
    model = fit(features[train], labels[train], strength)
    return 100 * float(model.score(features[test], labels[test]))


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
    per_class: int,
    seed: int,
    neighbours: int = NEIGHBOURS,
) -> float:
    """The same by nearest neighbours, from the draw of the linear probe.

    Where a class has fewer labelled images, as many of them vote.
    """
    train, test = draw(labels, per_class, seed)
    model = nearest_neighbours(
        features[train], labels[train], min(neighbours, per_class)
    )
    return 100 * float(model.score(features[test], labels[test]))


Classifier = Callable[[Features, Labels, int, int], float]
# By their metric in the results table.
CLASSIFIERS: dict[str, Classifier] = {
    'accuracy': linear_probe,
    'knn accuracy': knn,
}
