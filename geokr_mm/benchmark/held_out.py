"""How well a pre-trained network reads class fractions of new places."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evaluation import fraction_errors
from ..export.predict import fractions_of, load_run, trained_on
from .ground_truth import GroundTruth

# Data set of the rows.
HELD_OUT = 'held-out places'


def read_held_out(
    checkpoint: str | Path, branch: str
) -> tuple[NDArray[np.float32], Any]:
    """Class fractions that a network reads on the held-out places.

    The configuration in the checkpoint names the index and these places.

    Returns:
        tuple: Fractions (N, K), and the dataset of the N patches.
    """
    from ..datasets import GeoKRDataset

    model, config, _ = load_run(checkpoint)
    about = trained_on(config)
    same = ('index', 'bands', 'values', 'val_share', 'place_degrees')
    data = GeoKRDataset(
        places='val',
        **{key: about[key] for key in same if key in about},
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    )
    return fractions_of(model, data)[branch], data


def reads_fractions(config: Any) -> bool:
    """Whether a pre-training run learns class fractions.

    Self-supervised methods do not, nor does a head whose loss has no weight.
    """
    model = config.model
    if not model.type.startswith('geokr_mm.'):
        return False
    return model.head.get('loss', {}).get('loss_weight') != 0


def held_out_errors(
    checkpoint: str | Path, branch: str, world: str | Path
) -> dict[str, float]:
    """Errors on held-out places of a synthetic world, against map and truth.

    Returns:
        dict[str, float]: ``tv`` and ``kl`` of network and map
        (``..._product``) and of network and truth (``..._truth``), and
        ``tv_map``, the distance of map and truth on the same patches.
        Patches without true land are left out.
    """
    found, data = read_held_out(checkpoint, branch)
    index = data.knowledge_index
    rows = [data.get_data_info(i)['row'] for i in range(len(data))]
    product = index.fractions[rows]
    truth = GroundTruth(index, world).fractions[rows]
    land = (truth.sum(axis=1) > 0) & (product.sum(axis=1) > 0)
    found, product, truth = found[land], product[land], truth[land]
    errors = {}
    for name, target in (('product', product), ('truth', truth)):
        got = fraction_errors(found, target)
        errors[f'tv_{name}'] = got['tv']
        errors[f'kl_{name}'] = got['kl']
    errors['tv_map'] = fraction_errors(product, truth)['tv']
    return errors
