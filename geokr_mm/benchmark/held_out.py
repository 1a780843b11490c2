"""How well a pre-trained network reads class fractions of new places."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..evaluation import fraction_errors
from ..export.checkpoint import read_checkpoint
from .truth import true_fractions

BATCH = 64


def read_fractions(
    config: Any, checkpoint: str | Path, branch: str
) -> tuple[NDArray[np.float32], Any]:
    """Class fractions that a network reads on the held-out places.

    Args:
        config (Config): Of the pre-training; its dataset names the index.
        checkpoint (str | Path): Of the same run.
        branch (str): ``'student'`` or ``'teacher'``.

    Returns:
        tuple: Fractions (N, K), and the dataset of the N patches.
    """
    from mmengine.dataset import default_collate
    from mmengine.registry import DefaultScope

    from ..registry import DATASETS, MODELS

    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(config.model)
        about = config.train_dataloader.dataset
        split = ('index', 'bands', 'val_share', 'place_degrees')
        data = DATASETS.build(
            dict(
                type='geokr_mm.GeoKRDataset',
                places='val',
                **{key: about[key] for key in split if key in about},
                pipeline=[
                    dict(type='geokr_mm.LoadPatch'),
                    dict(type='geokr_mm.PackKnowledgeInputs'),
                ],
            )
        )
    state = read_checkpoint(checkpoint)
    # A table of label corrections has rows that reading does not need.
    wanted = model.state_dict()
    state = {
        k: v
        for k, v in state['state_dict'].items()
        if k in wanted and wanted[k].shape == v.shape
    }
    model.load_state_dict(state, strict=False)
    model.eval()
    rows: list[torch.Tensor] = []
    for start in range(0, len(data), BATCH):
        stop = min(start + BATCH, len(data))
        batch = default_collate([data[i] for i in range(start, stop)])
        for sample in model.test_step(batch):
            rows.append(sample.get(f'{branch}_fractions'))
    return torch.stack(rows).numpy(), data


def reads_fractions(config: Any) -> bool:
    """Tell whether a pre-training run learns to read class fractions.

    Args:
        config (Config): Of the run.

    Returns:
        bool: False for self-supervised methods, and for a head whose loss
        has no weight.
    """
    model = config.model
    if not model.type.startswith('geokr_mm.'):
        return False
    return model.head.get('loss', {}).get('loss_weight') != 0


def held_out_errors(
    config: Any, checkpoint: str | Path, branch: str, world: str | Path
) -> dict[str, float]:
    """Errors on held-out places, against map and truth.

    Args:
        config (Config): Of the pre-training.
        checkpoint (str | Path): Of the same run.
        branch (str): ``'student'`` or ``'teacher'``.
        world (str | Path): The synthetic world.

    Returns:
        dict[str, float]: ``tv`` and ``kl`` of network and map
        (``..._product``) and of network and truth (``..._truth``), and
        ``tv_map``, the distance of map and truth on the same patches.
        Patches without true land are left out.
    """
    found, data = read_fractions(config, checkpoint, branch)
    index = data.knowledge_index
    rows = [data.get_data_info(i)['row'] for i in range(len(data))]
    product = index.fractions[rows]
    truth = true_fractions(index, world)[rows]
    land = (truth.sum(axis=1) > 0) & (product.sum(axis=1) > 0)
    found, product, truth = found[land], product[land], truth[land]
    errors = {}
    for name, target in (('product', product), ('truth', truth)):
        got = fraction_errors(found, target)
        errors[f'tv_{name}'] = got['tv']
        errors[f'kl_{name}'] = got['kl']
    errors['tv_map'] = fraction_errors(product, truth)['tv']
    return errors
