"""What student and teacher of a training checkpoint read in patches."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_fractions(
    checkpoint: str | Path,
    index: str | Path,
    batch_size: int = 64,
) -> dict[str, NDArray[np.float32]]:
    """Run the model of a checkpoint over the kept patches of an index.

    Model and bands are those of the configuration in the checkpoint.

    Args:
        checkpoint (str | Path): Checkpoint of a GeoKR pre-training run.
        index (str | Path): A knowledge index with the same legend.
        batch_size (int): Patches at a time. Defaults to 64.

    Returns:
        dict[str, np.ndarray]: ``'student'`` and, where there is one,
        ``'teacher'``, each (N, K) in the order of ``index.kept()``.

    Raises:
        InputError: If the checkpoint is not of GeoKR, or its classes or
            bands are not those of the index.
    """
    from geokr_mm.datasets import GeoKRDataset

    from .run import load_run, trained_on

    model, config, _ = load_run(checkpoint)
    about = trained_on(config)
    dataset = GeoKRDataset(
        index=str(index),
        bands=about.get('bands'),
        classes=about.get('classes'),
        pipeline=[
            dict(type='geokr_mm.LoadPatch', cache_mb=0),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    )
    return fractions_of(model, dataset, batch_size)


def fractions_of(
    model: Any, dataset: Any, batch_size: int = 64
) -> dict[str, NDArray[np.float32]]:
    """Run a model over a dataset.

    Args:
        model (GeoKR): In evaluation mode.
        dataset (GeoKRDataset): With one view of each patch.
        batch_size (int): Patches at a time. Defaults to 64.

    Returns:
        dict[str, np.ndarray]: As :func:`read_fractions`, in the dataset's
        order.
    """
    import torch
    from mmengine.dataset import default_collate

    found: dict[str, list[Any]] = {}
    with torch.inference_mode():
        for start in range(0, len(dataset), batch_size):
            stop = min(start + batch_size, len(dataset))
            batch = default_collate([dataset[i] for i in range(start, stop)])
            batch = model.data_preprocessor(batch, False)
            samples = model(**batch, mode='predict')
            for branch in ('student', 'teacher'):
                if f'{branch}_fractions' in samples[0]:
                    found.setdefault(branch, []).extend(
                        s.get(f'{branch}_fractions').numpy() for s in samples
                    )
    return {branch: np.stack(rows) for branch, rows in found.items()}
