"""How well frozen features classify images from a few labels."""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..geo.scenes.physical import BYTES
from .classifiers import CLASSIFIERS, Features
from .features import ARCHITECTURE, build_backbone, extract
from .image_sets import Images

# Of the classifiers' figures.
METRIC = 'balanced_accuracy'


def features_of(
    checkpoint: str, images: Images, seed: int = 0, device: str = 'cpu'
) -> tuple[Features, str]:
    """Features of a backbone file, or of ``'random'`` weights of a seed.

    Returns:
        tuple: Features (N, D), and the file's hash, empty for random
        weights.

    Raises:
        InputError: If the file is damaged or takes no 8-bit images.
    """
    from ..export import load_backbone

    if checkpoint == 'random':
        backbone = build_backbone(ARCHITECTURE, seed=seed)
        return extract(backbone, images.pixels, device=device), ''
    tensors, card = load_backbone(checkpoint)
    if card.get('values') == 'physical' and card['units'] != BYTES:
        raise InputError(
            f'{checkpoint}: takes {card["units"]}, the probe reads 8-bit '
            'images; fine-tune it on images of its own sensor, see '
            'docs/downstream.md'
        )
    backbone = build_backbone(card['architecture'], tensors)
    return extract(backbone, images.pixels, card, device), card['sha256']


def probe(
    features: Features,
    images: Images,
    dataset: str,
    wanted: Iterable[tuple[str, int | str, int]],
) -> list[dict[str, Any]]:
    """Figures of some tests, as rows of the results table.

    Draw ``s`` takes the same images whatever the features, see
    :meth:`.Images.divide`.

    Args:
        features (ndarray): (N, D), of all images.
        dataset (str): In the table.
        wanted (Iterable): Names of :data:`.classifiers.CLASSIFIERS`, labels
            of each class and draws.

    Raises:
        InputError: If a class has too few images.
    """
    figures = []
    for method, shots, seed in wanted:
        try:
            train, test = images.divide(shots, seed)
            with warnings.catch_warnings():
                # scikit-learn takes one label a class for a mistake.
                warnings.filterwarnings('ignore', 'The number of unique class')
                value = CLASSIFIERS[method](
                    features, images.labels, train, test, seed
                )
        except ValueError as error:
            raise InputError(
                f'{images.source}: {error}; give a smaller number'
            ) from None
        figures.append(
            dict(
                dataset=dataset,
                method=method,
                shots=shots,
                seed=seed,
                n_train=len(train),
                metric_name=METRIC,
                metric_value=value,
            )
        )
    return figures


def summary(figures: Sequence[dict[str, Any]]) -> list[str]:
    """One line for each test and number of labels: mean and spread."""
    cells: dict[tuple[str, int | str], list[float]] = {}
    for row in figures:
        key = row['method'], row['shots']
        cells.setdefault(key, []).append(row['metric_value'])
    return [
        f'{method}, {shots} per class: {np.mean(values):.1f} +- '
        f'{np.std(values, ddof=int(len(values) > 1)):.1f} % over '
        f'{len(values)} draws'
        for (method, shots), values in cells.items()
    ]
