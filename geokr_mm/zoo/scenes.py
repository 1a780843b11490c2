"""Scene classification sets: one folder for each class."""

import numpy as np

from .convert import Job, Prepared, link_images
from .lists import Indices, Labels, first, orders
from .places import by_longitude, cell_names, read_places, write_places


def class_folders(job: Job) -> Prepared:
    """Images in folders by class, divided at random or by longitude.

    A division by longitude is left out where places are unknown.
    """
    link_images(job)
    lines, labels = labelled_lines(job)
    places = read_places(job)
    if places is not None:
        write_places(job, places)
    parts = {}
    for name, protocol in job.card.protocols.items():
        if protocol.share is not None:
            parts[name] = by_share(labels, protocol.share, job.seed)
        elif protocol.longitude is not None and places is not None:
            shares = protocol.longitude
            parts[name] = by_longitude(places, shares, protocol.parts)
    cells = None if places is None else cell_names(places)
    return Prepared(lines, labels, parts, cells)


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
