"""Packs views and knowledge for the model."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmpretrain.structures import DataSample
from numpy.typing import NDArray
from torch import Tensor

from geokr_mm.registry import TRANSFORMS

META_KEYS = ('sample_idx', 'patch_id', 'img_shape', 'ori_shape')

# What every GeoKR model reads.
ALWAYS = ('class_fractions', 'valid_fraction')
# Of views that the data preprocessor makes.
PLAN = 'view_plan'


def to_chw(image: NDArray[Any]) -> Tensor:
    """Turn an array (H, W, C) into a tensor (C, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))


@TRANSFORMS.register_module()
class PackKnowledgeInputs(BaseTransform):
    """Packs the views of a patch and its knowledge.

    Required Keys:
        - img (np.ndarray | list[np.ndarray]): One view or several, each
          (H, W, C).
        - class_fractions (np.ndarray): (K, ).
        - valid_fraction (float)
        - those of ``keys``: arrays or numbers

    Added Keys:
        - inputs (Tensor | list[Tensor]): (C, H, W) each.
        - data_samples (DataSample): The knowledge as tensors, numbers of
          shape (1, ); ``sample_idx`` and ``patch_id`` as meta information.

    Args:
        keys (Sequence[str]): Further keys to pack, left out where a sample
            lacks them. ``tools/train.py`` sets those that the parts of the
            model read; each tensor costs time in every batch.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self.keys = tuple(keys)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Pack one sample.

        Args:
            results (dict): Holds the required keys.

        Returns:
            dict: ``inputs`` and ``data_samples`` only.
        """
        image = results['img']
        inputs: Tensor | list[Tensor]
        if isinstance(image, list):
            inputs = [to_chw(view) for view in image]
        else:
            inputs = to_chw(image)
        sample = DataSample(
            metainfo={k: results[k] for k in META_KEYS if k in results}
        )
        for key in (*ALWAYS, PLAN, *self.keys):
            if key in results:
                sample.set_field(_tensor(results[key]), key)
        return dict(inputs=inputs, data_samples=sample)

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(keys={self.keys})'


def _tensor(value: Any) -> Tensor:
    """A tensor of one dimension or more.

    Fractions are float32; places, which are pairs of Python numbers, stay
    float64, and row numbers stay integers.
    """
    # A copy: numpy takes a mirrored single cell for contiguous, torch does
    # not.
    array = np.array(value, order='C', ndmin=1)
    if isinstance(value, np.ndarray | float):
        array = array.astype(np.float32)
    return torch.from_numpy(array)
