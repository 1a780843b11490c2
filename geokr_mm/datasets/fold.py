"""One part of a training set to choose settings on, or the rest of it."""

from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset

from geokr_mm.errors import InputError
from geokr_mm.registry import DATASETS

from .part import Part


@DATASETS.register_module()
class Fold(Part):
    """Every few images of another dataset, or all others.

    Where images have one class, of each class alike.

    Args:
        dataset (dict | BaseDataset): Any dataset of the OpenMMLab family, or
            :class:`geokr_mm.FewLabels`.
        held_out (bool): The part that is held out, in place of the others.
        every (int): Of as many images one is held out. Defaults to 5.

    Raises:
        InputError: If one of the parts would be empty.
    """

    def __init__(
        self,
        dataset: dict[str, Any] | BaseDataset,
        held_out: bool,
        every: int = 5,
    ) -> None:
        if isinstance(dataset, dict):
            dataset = DATASETS.build(dataset)
        self.dataset = dataset
        dataset.full_init()
        total = len(dataset)
        if not 1 < every <= total:
            raise InputError(
                f'Fold: one of {every} images is to be held out, there are '
                f'{total}; give more labels'
            )
        labels = [
            dataset.get_data_info(i).get('gt_label', 0) for i in range(total)
        ]
        order = list(range(total))
        if all(isinstance(label, int | np.integer) for label in labels):
            order = sorted(order, key=lambda i: labels[i])
        apart = set(order[every - 1 :: every])
        self.indices = [i for i in range(total) if (i in apart) == held_out]
