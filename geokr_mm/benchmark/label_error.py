"""How far labels are from the truth, where land changed and where not."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geo.index.knowledge_index import KnowledgeIndex
from .ground_truth import GroundTruth
from .results import append_metrics

# Share of a patch's land that changed, above which the patch did.
CHANGED = 0.1
Array = NDArray[np.float32]


def label_errors(
    labels: Mapping[str, Array],
    truth: Array,
    change: Array,
    weights: Mapping[str, Array] | None = None,
) -> dict[str, dict[str, float]]:
    """Distances of several labels from the truth.

    Patches without land in one of them or in the truth are left out.

    Args:
        labels (mapping): Name to class fractions (N, K).
        truth (ndarray): True ones when the image was taken, (N, K).
        change (ndarray): Share of each patch's land that changed since the
            map, (N,).
        weights (mapping, optional): Name to how much each patch counts in
            training, (N,); all alike by default.

    Returns:
        dict: By name ``tv_changed`` and ``tv_unchanged``, means over patches
        of the total variation from the truth, 0 to 1, nan where there are
        none, and ``patches_changed`` and ``patches_unchanged``, how many
        these are, the sum of their weights. A patch has changed where
        ``change`` is above :data:`CHANGED`.
    """
    land = np.logical_and.reduce(
        [given.sum(axis=1) > 0 for given in (truth, *labels.values())]
    )
    sides = {
        'changed': land & (change > CHANGED),
        'unchanged': land & (change <= CHANGED),
    }
    found: dict[str, dict[str, float]] = {name: {} for name in labels}
    for name, given in labels.items():
        gaps = 0.5 * np.abs(given - truth).sum(axis=1)
        count = (weights or {}).get(name, np.ones(len(gaps), np.float32))
        for side, where in sides.items():
            total = float(count[where].sum())
            wrong = float((count * gaps)[where].sum())
            found[name][f'tv_{side}'] = wrong / total if total else np.nan
            found[name][f'patches_{side}'] = total
    return found


def same_patches(
    one: KnowledgeIndex, other: KnowledgeIndex
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of two indexes that hold the same patches, in one order.

    Raises InputError if they have no patch in common.
    """
    _, ours, theirs = np.intersect1d(
        one.column('patch_id'), other.column('patch_id'), return_indices=True
    )
    if not len(ours):
        raise InputError(
            f'{other.path}: no patch of {one.path}; build both from the same '
            'scenes, with one --patch-size and --stride'
        )
    return ours, theirs


def measure_labels(
    index: KnowledgeIndex,
    labels: Mapping[str, Array],
    world: str | Path,
    seed: int,
    results: str | Path | None = None,
    weights: Mapping[str, Array] | None = None,
) -> dict[str, dict[str, float]]:
    """Print distances of map and labels from the truth, and note them.

    The table names the world by its preset, and its seed where that is not
    0, and the test whether the index chose among several maps.

    Args:
        index (KnowledgeIndex): The patches of the training set.
        labels (mapping): Name in the table to class fractions, (N, K).
        world (str | Path): The synthetic world of the index.
        seed (int): Of the run.
        results (str | Path, optional): Table to append to.

    Returns:
        dict: See :func:`label_errors`; the map's are called ``map``.
    """
    truth = GroundTruth(index, world)
    both = {'map': index.fractions, **labels}
    found = label_errors(both, truth.fractions, truth.changed, weights)
    method = 'distance from the truth'
    if len(index.metadata.maps) > 1:
        method += ', nearest map'
    dataset = truth.settings['preset']['name']
    if truth.settings['seed']:
        dataset += f', seed {truth.settings["seed"]}'
    for name, errors in found.items():
        parts = []
        for side in ('changed', 'unchanged'):
            value, of_map = errors[f'tv_{side}'], found['map'][f'tv_{side}']
            ratio = value / of_map if of_map else float('nan')
            parts.append(
                f'{value:.3f} ({ratio:.2f} of the map) on '
                f'{errors[f"patches_{side}"]:.0f} {side} patches'
            )
        print(f'{name}: TV from the truth {", ".join(parts)}')
        if results is not None:
            append_metrics(
                results,
                errors,
                protocol='labels',
                model=name,
                pretraining_seed=seed,
                dataset=dataset,
                method=method,
            )
    return found
