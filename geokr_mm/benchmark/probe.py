"""How much of a scene's class frozen features tell, read in two ways."""

import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..errors import InputError
from . import features as images
from .knn import knn
from .linear import probe
from .results import append_row, numbered

Reader = Callable[[NDArray[np.float64], NDArray[np.int64], int, int], float]
# Ways to read features by their metric in the results table.
READERS: dict[str, Reader] = {'accuracy': probe, 'knn accuracy': knn}


def build_backbone(
    architecture: dict[str, Any],
    tensors: dict[str, torch.Tensor] | None = None,
    seed: int = 0,
) -> nn.Module:
    """Build a backbone from a card, or initialise one at random.

    Args:
        architecture (dict): ``type`` and ``args`` of the card.
        tensors (dict, optional): Bare state dict. Defaults to None: the
            library's own initialisation.
        seed (int): Of that initialisation. Defaults to 0.

    Returns:
        nn.Module: In evaluation mode.

    Raises:
        InputError: If the tensors are of another architecture.
    """
    from mmengine.logging import MMLogger
    from mmengine.registry import DefaultScope

    from ..registry import MODELS

    torch.manual_seed(seed)
    settings = dict(architecture['args'], type=architecture['type'])
    if settings['type'].endswith('VisionTransformer'):
        # Maps of the patches, as other backbones give, not the class token.
        settings['out_type'] = 'featmap'
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        backbone = MODELS.build(settings)
    if tensors is None:
        # mmengine would report every tensor.
        logger = MMLogger.get_current_instance()
        level = logger.level
        logger.setLevel('WARNING')
        backbone.init_weights()
        logger.setLevel(level)
    else:
        try:
            backbone.load_state_dict(tensors)
        except RuntimeError as error:
            raise InputError(
                'the backbone file does not hold what its card says '
                f'({architecture}): {str(error).splitlines()[1].strip()}; '
                'export it again'
            ) from None
    # Backbones of mmpretrain return nothing from eval().
    backbone.eval()
    return backbone


def run_probe(
    root: str | Path,
    checkpoint: str,
    method: str,
    per_class: Sequence[int] = (5, 20, 50),
    draws: int = 10,
    init_seeds: int = 3,
    size: int = 128,
    out: str | Path | None = None,
    dataset: str | None = None,
    device: str = 'cpu',
    protocol: str | None = None,
    pretraining_seed: int | None = None,
    metrics: Sequence[str] = tuple(READERS),
    random: dict[str, Any] | None = None,
) -> dict[str, dict[int, list[float]]]:
    """Probe one backbone on several draws of few labels.

    The same features are read by a logistic regression (``'accuracy'``) and
    by their nearest labelled neighbours (``'knn accuracy'``).

    Draw ``s`` takes the same images whatever the backbone. Random backbones
    are initialised ``init_seeds`` times, and draw ``s`` uses the one with
    seed ``s % init_seeds``.

    Args:
        root (str | Path): Folder with one sub-folder for each class.
        checkpoint (str): A backbone file of geokr_mm, or ``'random'``.
        method (str): Name in the results table.
        per_class (Sequence[int]): Labelled images of each class.
        draws (int): Draws for each of them. Defaults to 10.
        init_seeds (int): Defaults to 3.
        size (int): Side of the resized input in pixels. Defaults to 128.
        out (str | Path, optional): Results table to append to.
        dataset (str, optional): Name in the table. Defaults to that of the
            folder.
        device (str): Where features are computed. Defaults to ``'cpu'``.
        protocol (str, optional): Name in the table. Defaults to that of the
            probe and its size.
        pretraining_seed (int, optional): Of the run that made the
            checkpoint, or of the random start, which is then one only.
            Stands before the draw in the table's ``seed``. Defaults to
            None.
        metrics (Sequence[str]): Of :data:`READERS`. Defaults to all.
        random (dict, optional): ``type`` and ``args`` of a random backbone.
            Defaults to None, :data:`.features.ARCHITECTURE`.

    Returns:
        dict[str, dict[int, list[float]]]: By metric and labels per class the
        accuracy of each draw in per cent.
    """
    from ..export import load_backbone

    files, labels, _ = images.list_images(root)
    tensors: dict[str, torch.Tensor] | None = None
    card: dict[str, Any] = {}
    if checkpoint != 'random':
        tensors, card = load_backbone(checkpoint)
        init_seeds = 1
    architecture = card.get('architecture') or random or images.ARCHITECTURE
    starts = list(range(min(init_seeds, draws)))
    if pretraining_seed is not None:
        starts = [pretraining_seed]
    sets, spent = [], []
    for seed in starts:
        start = time.perf_counter()
        sets.append(
            images.extract(
                build_backbone(architecture, tensors, seed),
                files,
                size,
                mean=card.get('mean') or images.MEAN,
                std=card.get('std') or images.STD,
                bands=card.get('bands'),
                device=device,
            )
        )
        spent.append(time.perf_counter() - start)
    results: dict[str, dict[int, list[float]]] = {m: {} for m in metrics}
    for metric, count in itertools.product(metrics, per_class):
        values = results[metric].setdefault(count, [])
        for seed in range(draws):
            start = time.perf_counter()
            chosen = sets[seed % len(sets)]
            values.append(_read(root, metric, chosen, labels, count, seed))
            seconds = time.perf_counter() - start + spent[seed % len(sets)]
            if out is not None:
                append_row(
                    out,
                    protocol=protocol or f'linear probe, {size} px',
                    method=method,
                    task='classification',
                    dataset=dataset or Path(root).name,
                    labels=f'{count} per class',
                    seed=numbered(pretraining_seed, seed),
                    metric=metric,
                    value=values[-1],
                    seconds=seconds,
                    checkpoint_sha256=card.get('sha256', ''),
                )
        print(
            f'{method}: {count} per class, {metric}: {np.mean(values):.1f} +- '
            f'{np.std(values, ddof=int(draws > 1)):.1f} % over {draws} draws'
        )
    return results


def _read(
    root: str | Path,
    metric: str,
    features: NDArray[np.float64],
    labels: NDArray[np.int64],
    count: int,
    seed: int,
) -> float:
    try:
        return READERS[metric](features, labels, count, seed)
    except ValueError as error:
        raise InputError(f'{root}: {error}; ask for fewer') from None
