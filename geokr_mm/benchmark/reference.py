"""How far labels of an index are from a better map of the same place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation import fraction_errors
from ..geo.index.knowledge_index import KnowledgeIndex
from ..geo.landcover.landcover import LandCover
from ..geo.maps.crosswalk import Crosswalk
from ..geo.scenes.patch import footprint
from .results import append_metrics

# Share of a patch that the better map must cover.
LEAST_KNOWN = 0.5
Array = NDArray[Any]


def reference_fractions(
    index: KnowledgeIndex, reference: LandCover
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Class fractions of another map under the patches of an index.

    Returns:
        tuple: Class fractions (N, L) in its legend, and the share of each
        patch that it covers, (N, ).
    """
    # One query for each CRS, so that the map is decoded once.
    found = np.zeros((len(index), len(reference.classes)), np.float32)
    known = np.zeros(len(index), np.float32)
    places = [footprint(index.record(row)) for row in range(len(index))]
    crs_of = np.array([crs for _, crs in places])
    for crs in dict.fromkeys(crs_of):
        rows = np.flatnonzero(crs_of == crs)
        corners = np.stack([places[row][0] for row in rows])
        found_here = reference.coverage(corners, str(crs))
        found[rows] = found_here.fractions[:, 0]
        known[rows] = found_here.valid[:, 0]
    return found, known


def measure_distances(
    index: KnowledgeIndex,
    labels: Mapping[str, Array],
    reference: LandCover,
    crosswalk: Crosswalk,
    dataset: str,
    seed: int = 0,
    results: str | Path | None = None,
) -> dict[str, dict[str, float]]:
    """Print distances of labels from a better map, and note them.

    Args:
        index (KnowledgeIndex): N patches.
        labels (mapping): Name to class fractions (N, K) in the legend of the
            index; its own are added as ``map``.
        reference (LandCover): The better map.
        crosswalk (Crosswalk): From the legend of the index to that of the
            reference.
        dataset (str), seed (int): Of the run, for the table.
        results (str | Path, optional): Table to append to.

    Returns:
        dict: By name ``tv``, total variation, mean over patches, 0 to 1, and
        ``patches``, how many these are.

    Raises:
        InputError: If the reference covers no patch.
    """
    better = reference.product.name
    truth, known = reference_fractions(index, reference)
    used = known >= LEAST_KNOWN
    if not used.any():
        raise InputError(
            f'{index.path}: {better} covers none of its '
            'patches; give the files of the same place'
        )
    truth = truth[used]
    compared = {
        name: crosswalk(np.asarray(given)[used])
        for name, given in {'map': index.fractions, **labels}.items()
    }
    found = {}
    for name, given in compared.items():
        tv = fraction_errors(given, truth)['tv']
        found[name] = dict(tv=tv, patches=float(used.sum()))
        print(
            f'{name}: TV from {better} {tv:.4f} '
            f'({tv / found["map"]["tv"]:.2f} of the map) on {used.sum()} '
            'patches'
        )
        if results is not None:
            append_metrics(
                results,
                found[name],
                protocol='labels',
                model=name,
                pretraining_seed=seed,
                dataset=dataset,
                method=f'distance from {better}',
            )
    return found
