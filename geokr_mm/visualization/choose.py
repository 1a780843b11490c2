"""Which patches are worth a look: disputed, middle, mixed, typical ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geokr_mm.geo.index.statistics import entropies

from .classes import total_variation


def choose(
    fractions: NDArray[Any],
    scenes: Sequence[str],
    predicted: NDArray[Any] | None = None,
    each: int = 4,
) -> dict[str, list[int]]:
    """Pick rows of four kinds, none of them twice.

    ``disputed`` are those where map and network are furthest apart, ``middle``
    those at the median of that distance, ``mixed`` those with the largest
    entropy, ``typical`` the purest of each of the commonest largest classes.
    Within a kind no scene comes twice as long as there are others, so that
    neighbours do not fill the page. Fractions of map and network are (N, K);
    without a network the first two are missing.

    Returns:
        dict[str, list[int]]: Kind to rows, ``each`` at most.
    """
    chosen: dict[str, list[int]] = {'typical': typical(fractions, each)}
    taken = set(chosen['typical'])
    scores = {}
    if predicted is not None:
        apart = total_variation(fractions, predicted)
        scores['disputed'] = apart
        scores['middle'] = -np.abs(apart - np.median(apart))
    scores['mixed'] = entropies(fractions)
    for kind, score in scores.items():
        chosen[kind] = top(score, scenes, each, taken)
        taken.update(chosen[kind])
    return chosen


def typical(fractions: NDArray[Any], count: int) -> list[int]:
    """The purest patch of each of the commonest largest classes, by rows."""
    leading = fractions.argmax(axis=1)
    counts = np.bincount(leading, minlength=fractions.shape[1])
    rows = []
    for k in np.argsort(-counts, kind='stable')[:count]:
        if counts[k]:
            among = np.flatnonzero(leading == k)
            rows.append(int(among[fractions[among, k].argmax()]))
    return rows


def top(
    score: NDArray[Any], scenes: Sequence[str], count: int, taken: set[int]
) -> list[int]:
    """Rows of the highest scores, from as many scenes as there are."""
    order = [
        int(i)
        for i in np.argsort(-score, kind='stable')
        if int(i) not in taken
    ]
    seen: set[str] = set()
    first: list[int] = []
    later: list[int] = []
    for i in order:
        (later if scenes[i] in seen else first).append(i)
        seen.add(scenes[i])
    return sorted((first + later)[:count], key=lambda i: -score[i])
