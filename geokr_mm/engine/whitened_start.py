"""A start file: a backbone with filters whitened on the images of a config."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import default_collate
from torch import Tensor

from geokr_mm.errors import InputError
from geokr_mm.files import written_whole
from geokr_mm.models.whitening import whiten_backbone
from geokr_mm.registry import DATASETS, MODELS

from .weights import start_file_of

BATCH = 32


def make_start(
    config: Any, out: str | Path, images: int = 256, seed: int = 0
) -> int:
    """Write the backbone of a config, whitened by :func:`.whiten_backbone`.

    The filters fit views of the training set, as the network will see them,
    of patches spread evenly over it.

    Args:
        config (mmengine.Config): Of any method on a knowledge index.
        out (str | Path): File to write, with the bare names of the backbone.
        images (int): Patches to read.
        seed (int): Of the random weights and views.

    Returns:
        int: Number of layers that were whitened.

    Raises:
        InputError: If the backbone starts from a file, has no plain first
            convolution, or the images do not vary.
    """
    from mmengine.registry import init_default_scope
    from mmengine.runner import set_random_seed

    init_default_scope(config.get('default_scope', 'mmpretrain'))
    set_random_seed(seed)
    model = MODELS.build(config.model)
    file = start_file_of(model, config.model)
    if file is not None:
        raise InputError(
            f'the backbone starts from {file}, which whitening would '
            'replace; leave its init_cfg and pretrained out'
        )
    model.init_weights()
    dataset = DATASETS.build(config.train_dataloader.dataset)
    views = list(_views(model, dataset, images))
    try:
        layers = whiten_backbone(model.backbone, views)
    except ValueError as error:
        raise InputError(f'{error}; start from random weights') from None
    meta = dict(start='whitened', images=images, seed=seed, **dataset.card)
    content = dict(state_dict=model.backbone.state_dict(), meta=meta)
    with written_whole(out) as draft:
        torch.save(content, draft)
    return len(layers)


def _views(model: Any, dataset: Any, images: int) -> Iterator[Tensor]:
    """First views of some patches, normalised, in batches."""
    count = min(images, len(dataset))
    rows = np.linspace(0, len(dataset) - 1, count).astype(int)
    for start in range(0, count, BATCH):
        samples = [dataset[int(row)] for row in rows[start : start + BATCH]]
        batch: Any = default_collate(samples)
        inputs = model.data_preprocessor(batch)['inputs']
        yield inputs if isinstance(inputs, Tensor) else inputs[0]
