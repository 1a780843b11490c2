"""A pre-training run read back, and what its networks predict."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .checkpoint import read_checkpoint

TABLE = 'label_correction.offsets'
Fractions = dict[str, NDArray[np.float32]]


def load_run(checkpoint: str | Path) -> tuple[Any, Any, dict[str, Any]]:
    """Build the model of a training checkpoint and load its tensors.

    Args:
        checkpoint (str | Path): Checkpoint of a GeoKR pre-training run.

    Returns:
        tuple: The model in evaluation mode, the run's configuration, and
        the facts of :class:`geokr_mm.KnowledgeCardHook`.

    Raises:
        InputError: If the checkpoint is not of GeoKR, or its tensors do not
            fit the configuration stored with them.
    """
    from mmengine.config import Config
    from mmengine.registry import init_default_scope

    from ..registry import MODELS

    content = read_checkpoint(checkpoint)
    card = (content.get('meta') or {}).get('geokr') or {}
    if 'config' not in card:
        raise InputError(
            f'{checkpoint}: not a checkpoint of a GeoKR pre-training run of '
            'this version; give the one that tools/train.py wrote'
        )
    config = Config(card['config'])
    if config.model.type != 'geokr_mm.GeoKR':
        raise InputError(
            f'{checkpoint}: a run of {config.model.type}; give one of GeoKR'
        )
    init_default_scope('mmpretrain')
    model = MODELS.build(config.model)
    state = content['state_dict']
    if TABLE in state:
        # As in training, where a hook sizes it after the training set.
        model.label_correction.resize(len(state[TABLE]))
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        first = str(error).strip().splitlines()[-1].strip()
        raise InputError(
            f'{checkpoint}: tensors do not fit the configuration stored with '
            f'them ({first}); train again'
        ) from None
    model.eval()
    return model, config, card


def trained_on(config: Any) -> dict[str, Any]:
    """Settings of a run's training dataset, below any wrappers."""
    dataset = config.train_dataloader.dataset
    while 'dataset' in dataset:
        dataset = dataset['dataset']
    return dict(dataset)


def read_fractions(
    checkpoint: str | Path,
    index: str | Path,
    batch_size: int = 64,
) -> Fractions:
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

    model, config, _ = load_run(checkpoint)
    about = trained_on(config)
    dataset = GeoKRDataset(
        index=str(index),
        bands=about.get('bands'),
        values=about.get('values', 'stretched'),
        classes=about.get('classes'),
        pipeline=[
            dict(type='geokr_mm.LoadPatch', cache_mb=0),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    )
    return fractions_of(model, dataset, batch_size)


def fractions_of(model: Any, dataset: Any, batch_size: int = 64) -> Fractions:
    """Run a model over a dataset.

    Args:
        model (GeoKR): In evaluation mode.
        dataset (GeoKRDataset): With one view of each patch.
        batch_size (int): Patches at a time.

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
