"""How far labels are from the truth, where land changed and where not."""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..geo.index import KnowledgeIndex
from .change import changed_share
from .results import append_row
from .truth import true_fractions

# Share of a patch's land that changed, above which the patch did.
CHANGED = 0.1
Array = NDArray[np.float32]


def label_errors(
    labels: Array, product: Array, truth: Array, change: Array
) -> dict[str, float]:
    """Distances of map and labels from the truth.

    Patches that the map or the truth know no land of are left out.

    Args:
        labels (ndarray): Corrected class fractions, (N, K).
        product (ndarray): The map's, (N, K).
        truth (ndarray): True ones when the image was taken, (N, K).
        change (ndarray): Share of each patch's land that changed since the
            map, (N, ).

    Returns:
        dict[str, float]: ``tv_product_...``, ``tv_label_...``, means over
        patches of the total variation from the truth, 0 to 1, and
        ``patches_...``, each for ``changed`` patches, where ``change`` is
        above :data:`CHANGED`, and ``unchanged`` ones; nan where there are
        none.
    """
    land = (truth.sum(axis=1) > 0) & (product.sum(axis=1) > 0)
    found = {}
    for name, where in (
        ('changed', land & (change > CHANGED)),
        ('unchanged', land & (change <= CHANGED)),
    ):
        for kind, given in (('product', product), ('label', labels)):
            gaps = 0.5 * np.abs(given - truth)[where].sum(axis=1)
            mean = float(gaps.mean()) if len(gaps) else float('nan')
            found[f'tv_{kind}_{name}'] = mean
        found[f'patches_{name}'] = float(where.sum())
    return found


def measure_labels(
    index: KnowledgeIndex,
    labels: Array,
    world: str | Path,
    method: str,
    use: str,
    seed: int,
    results: str | Path | None = None,
    protocol: str = 'labels of the training patches',
) -> dict[str, float]:
    """Print distances of map and labels from the truth, and note them.

    Args:
        index (KnowledgeIndex): The patches that were taught.
        labels (ndarray): Their corrected class fractions, (N, K).
        world (str | Path): The synthetic world of the index.
        method (str): Name in the results table.
        use (str): What the labels are, see :func:`.learned_labels`.
        seed (int): Of the run.
        results (str | Path, optional): Table to append to.
        protocol (str): Name in the table.

    Returns:
        dict[str, float]: See :func:`label_errors`.
    """
    start = time.perf_counter()
    truth = true_fractions(index, world)
    change = changed_share(index, world, truth)
    found = label_errors(labels, index.fractions, truth, change)
    for name in ('changed', 'unchanged'):
        map_gap, gap = found[f'tv_product_{name}'], found[f'tv_label_{name}']
        print(
            f'{found[f"patches_{name}"]:.0f} {name} patches: map '
            f'{map_gap:.3f}, {use} {gap:.3f} from the truth, ratio '
            f'{gap / map_gap if map_gap else float("nan"):.2f}'
        )
    if results is not None:
        for metric, value in found.items():
            append_row(
                results,
                protocol=protocol,
                method=method,
                task='label error',
                dataset=f'{use}, {Path(index.path).stem}',
                labels='none',
                seed=str(seed),
                metric=metric,
                value=value,
                seconds=round(time.perf_counter() - start, 1),
            )
    return found
