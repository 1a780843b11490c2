"""Lists of images: splits, and few labels that are the same for all."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Labels = NDArray[np.int64]

#: Images of each class, and shares of the images, that lists are written for.
A_CLASS = (1, 5, 10, 20, 50)
SHARES = (0.01, 0.05, 0.1, 0.2)
#: Draws of few labels.
SEEDS = 5


def orders(
    labels: Labels, seed: int, places: Sequence[str] | None = None
) -> list[Indices]:
    """Images of each class in a random order; the first few are few labels.

    So a small choice is a part of each larger one with that seed.

    Args:
        labels (int array (N,)): Class of each image; all alike where images
            have several or none.
        seed (int): Of the order.
        places (Sequence[str], optional): Place of each image. Places take
            turns, so that few labels come from as many places as they can.

    Returns:
        list[int array]: One for each class that has images, by number.
    """
    rng = np.random.default_rng(seed)
    found = []
    for label in np.unique(labels):
        order = rng.permutation(np.flatnonzero(labels == label))
        if places is not None:
            order = _in_turns(order, places)
        found.append(order)
    return found


def first(orders: Sequence[Indices], share: float) -> Indices:
    """A share of each class, at least one image, by number of image."""
    parts = [order[: max(1, round(len(order) * share))] for order in orders]
    return np.sort(np.concatenate(parts))


def list_name(
    seed: int, per_class: int | None = None, share: float | None = None
) -> str:
    """Name of the list of few labels."""
    if per_class is not None:
        return f'{per_class}_a_class_seed{seed}.txt'
    return f'{100 * (share or 0):g}_percent_seed{seed}.txt'


def write_list(path: Path, lines: Sequence[str], chosen: Indices) -> None:
    """Write chosen lines, one for each image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(f'{lines[i]}\n' for i in chosen))


def write_few_labels(
    folder: Path,
    lines: Sequence[str],
    labels: Labels | None,
    places: Sequence[str] | None = None,
    seeds: int = SEEDS,
) -> list[str]:
    """Write lists of few labels of a training set, for each seed.

    Args:
        lines (Sequence[str]): Line of each training image.
        labels (int array (N,), optional): Class of each image; None where
            images have several: then shares only, of all together.
        places (Sequence[str], optional): See :func:`orders`.

    Returns:
        list[str]: What was left out, since a class has too few images.
    """
    classes = np.zeros(len(lines), np.int64) if labels is None else labels
    left_out: dict[str, None] = {}
    for seed in range(seeds):
        order = orders(classes, seed, places)
        fewest = min(len(members) for members in order)
        for share in SHARES:
            path = folder / list_name(seed, share=share)
            write_list(path, lines, first(order, share))
        for count in A_CLASS if labels is not None else ():
            if count > fewest:
                left_out[f'{count} a class'] = None
                continue
            chosen = np.sort(np.concatenate([m[:count] for m in order]))
            path = folder / list_name(seed, per_class=count)
            write_list(path, lines, chosen)
    return list(left_out)


def _in_turns(order: Indices, places: Sequence[str]) -> Indices:
    """One image of each place, then the second of each, and so on."""
    seen: dict[str, int] = {}
    turns = []
    for image in order:
        turn = seen.get(places[image], 0)
        seen[places[image]] = turn + 1
        turns.append(turn)
    return order[np.argsort(turns, kind='stable')]
