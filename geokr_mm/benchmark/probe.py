"""How well frozen features classify scenes from a few labels."""

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..geo.scenes.physical import BYTES
from . import features as images
from .classifiers import CLASSIFIERS, Features, Labels
from .protocol import Probe
from .results import append_row, numbered


@dataclass(frozen=True)
class Start:
    """Features of all images by one backbone, and the seconds they took."""

    features: Features
    seconds: float


def run_probe(
    test: Probe,
    checkpoint: str,
    method: str,
    init_seeds: int = 3,
    out: str | Path | None = None,
    device: str = 'cpu',
    protocol: str | None = None,
    pretraining_seed: int | None = None,
    metrics: Sequence[str] = tuple(CLASSIFIERS),
    architecture: dict[str, Any] | None = None,
) -> dict[str, dict[int, list[float]]]:
    """Probe one backbone on several draws of few labels.

    Draw ``s`` takes the same images whatever the backbone. Random backbones
    are initialised ``init_seeds`` times, and draw ``s`` uses the one with
    seed ``s % init_seeds``.

    Args:
        test (Probe): Images, numbers of labels, draws and input side.
        checkpoint (str): A backbone file of geokr_mm, or ``'random'``.
        method (str): Name in the results table.
        init_seeds (int): Of random backbones.
        out (str | Path, optional): Results table to append to.
        device (str): Where features are computed.
        protocol (str, optional): Name in the table; by default the probe
            and its size.
        pretraining_seed (int, optional): Of the run that made the
            checkpoint, or of the random start, which is then one only.
            Stands before the draw in the table's ``seed``.
        metrics (Sequence[str]): Of :data:`.classifiers.CLASSIFIERS`.
        architecture (dict, optional): ``type`` and ``args`` of a random
            backbone; by default :data:`.features.ARCHITECTURE`.

    Returns:
        dict[str, dict[int, list[float]]]: By metric and labels per class the
        accuracy of each draw in per cent.
    """
    from ..export import load_backbone

    files, labels, _ = images.list_images(test.images)
    tensors: Any = None
    card: dict[str, Any] = dict(architecture=architecture)
    seeds = range(min(init_seeds, test.draws))
    if checkpoint != 'random':
        tensors, card = load_backbone(checkpoint)
        if card.get('values') == 'physical' and card['units'] != BYTES:
            raise InputError(
                f'{checkpoint}: takes {card["units"]}, the probe reads 8-bit '
                'images; fine-tune it on images of its own sensor, see '
                'docs/downstream.md'
            )
        seeds = range(1)
    if pretraining_seed is not None:
        seeds = range(pretraining_seed, pretraining_seed + 1)
    network = card.get('architecture') or images.ARCHITECTURE
    starts = []
    for seed in seeds:
        begin = time.perf_counter()
        found = images.extract(
            images.build_backbone(network, tensors, seed),
            files,
            test.size,
            mean=card.get('mean') or images.MEAN,
            std=card.get('std') or images.STD,
            bands=card.get('bands'),
            device=device,
        )
        starts.append(Start(found, time.perf_counter() - begin))
    results: dict[str, dict[int, list[float]]] = {m: {} for m in metrics}
    for metric, count in itertools.product(metrics, test.labels):
        values = results[metric].setdefault(count, [])
        for seed in range(test.draws):
            begin = time.perf_counter()
            start = starts[seed % len(starts)]
            values.append(_accuracy(test, metric, start, labels, count, seed))
            if out is not None:
                append_row(
                    out,
                    protocol=protocol or f'linear probe, {test.size} px',
                    method=method,
                    task='classification',
                    dataset=Path(test.images).name,
                    labels=f'{count} per class',
                    seed=numbered(pretraining_seed, seed),
                    metric=metric,
                    value=values[-1],
                    seconds=start.seconds + time.perf_counter() - begin,
                    checkpoint_sha256=card.get('sha256', ''),
                )
        print(
            f'{method}: {count} per class, {metric}: {np.mean(values):.1f} +- '
            f'{np.std(values, ddof=int(test.draws > 1)):.1f} % over '
            f'{test.draws} draws'
        )
    return results


def _accuracy(
    test: Probe,
    metric: str,
    start: Start,
    labels: Labels,
    count: int,
    seed: int,
) -> float:
    try:
        return CLASSIFIERS[metric](start.features, labels, count, seed)
    except ValueError as error:
        raise InputError(
            f'{test.images}: {error}; give a smaller number'
        ) from None
