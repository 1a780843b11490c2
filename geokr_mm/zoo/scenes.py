"""Scene classification sets: one folder for each class."""

import numpy as np

from .convert import Job, Prepared, link_images
from .lists import Indices, Labels, first, orders


def class_folders(job: Job) -> Prepared:
    """Images in folders by class, each class divided at random by shares."""
    link_images(job)
    lines, labels = labelled_lines(job)
    parts = {
        name: by_share(labels, protocol.share, job.seed)
        for name, protocol in job.card.protocols.items()
        if protocol.share is not None
    }
    return Prepared(lines, labels, parts)


def labelled_lines(job: Job) -> tuple[list[str], Labels]:
    """Path and label of each image, as mmpretrain's lists have them."""
    number = {name: i for i, name in enumerate(job.card.classes)}
    paths = [file.relative_to(job.root) for file in job.files]
    labels = np.array([number[path.parts[-2]] for path in paths], np.int64)
    lines = [
        f'{path.as_posix()} {label}'
        for path, label in zip(paths, labels, strict=True)
    ]
    return lines, labels


def by_share(labels: Labels, share: float, seed: int) -> dict[str, Indices]:
    """A share of each class for training, drawn at random; the rest to test.

    A larger share holds each smaller one of the same seed.
    """
    train = first(orders(labels, seed), share)
    rest = np.setdiff1d(np.arange(len(labels)), train)
    return dict(train=train, test=rest)
