"""Cells of the index under the crops and turns of a patch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELL_KEYS = ('grid_fractions', 'grid_valid')

#: Top, left, bottom, right of a view in its patch, in [0, 1].
Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


def overlaps(low: float, high: float, cells: int) -> NDArray[np.float64]:
    """How an interval's equal parts lie over the cells of the unit interval.

    Args:
        low (float), high (float): The interval, within [0, 1].
        cells (int): G, number of cells; the interval gets as many parts.

    Returns:
        np.ndarray: (G, G); row i is the share of part i in each cell, and
        sums to 1.
    """
    edges = np.linspace(low, high, cells + 1)
    left, right = np.arange(cells) / cells, np.arange(1, cells + 1) / cells
    shared = np.minimum(edges[1:, None], right) - np.maximum(
        edges[:-1, None], left
    )
    return np.maximum(shared, 0.0) * cells / (high - low)


def crop_cells(
    fractions: NDArray[Any],
    valid: NDArray[Any],
    box: Box,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Class fractions of a crop's own cells.

    Cells are taken as even inside; each part of the crop is the average of
    the cells below it by covered area.

    Args:
        fractions (np.ndarray): (G, G, K), rows from the top.
        valid (np.ndarray): Covered share of each cell, (G, G).
        box (tuple): Top, left, bottom, right of the crop, in [0, 1].

    Returns:
        tuple: Fractions (G, G, K) and covered shares (G, G) of the crop.
    """
    top, left, bottom, right = box
    down = overlaps(top, bottom, len(fractions))
    across = overlaps(left, right, len(fractions))
    covered = down @ valid @ across.T
    held = np.einsum(
        'ip,pqk,jq->ijk', down, valid[..., None] * fractions, across
    )
    known = np.where(covered > 0, covered, 1.0)[..., None]
    return (
        (held / known).astype(np.float32),
        covered.astype(np.float32),
    )


def whole_fractions(
    fractions: NDArray[Any], valid: NDArray[Any]
) -> tuple[NDArray[np.float32], float]:
    """Class fractions of all cells together, and their covered share.

    Args:
        fractions (np.ndarray): (G, G, K).
        valid (np.ndarray): (G, G).

    Returns:
        tuple: (K, ), zeros where nothing is covered, and the share.
    """
    total = float(valid.sum())
    held = (valid[..., None] * fractions).sum(axis=(0, 1))
    return (held / (total or 1.0)).astype(np.float32), total / valid.size


def shared_ground(one: Box, other: Box) -> float:
    """Ground that two views share over what either shows, 0 to 1."""
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    shared = float(np.maximum(sides, 0.0).prod())
    both = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return shared / (both - shared)


def set_views(
    results: dict[str, Any],
    cells: Sequence[Sequence[NDArray[Any]]],
    boxes: Sequence[Box],
) -> None:
    """Set what :class:`.KnowledgeViews` adds and changes, but for pixels.

    Args:
        results (dict): Changed in place.
        cells (Sequence): Fractions and covered shares of the cells of views.
        boxes (Sequence[Box]): Of the views.
    """
    whole = [whole_fractions(*view) for view in cells]
    results['view_fractions'] = np.stack([f for f, _ in whole])
    results['view_valid'] = np.array([share for _, share in whole])
    results['shared_ground'] = shared_ground(boxes[0], boxes[-1])
    results['class_fractions'], results['valid_fraction'] = whole[0]
    for key, values in zip(CELL_KEYS, cells[0], strict=True):
        results[key] = values
