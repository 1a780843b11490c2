"""Packs views and knowledge for the model."""

from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmpretrain.structures import DataSample
from numpy.typing import NDArray
from torch import Tensor

from geokr_mm.registry import TRANSFORMS

META_KEYS = ('sample_idx', 'patch_id', 'img_shape', 'ori_shape')

ARRAYS = (
    'class_fractions',
    'grid_fractions',
    'grid_valid',
    'grid_confidence',
    'view_fractions',
)
NUMBERS = (
    'valid_fraction',
    'confidence',
    'disagreement',
    'change',
    'month',
    'gsd',
)


def to_chw(image: NDArray[Any]) -> Tensor:
    """Turn an array (H, W, C) into a tensor (C, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))


@TRANSFORMS.register_module()
class PackKnowledgeInputs(BaseTransform):
    """Packs the views of a patch and what the map says about it.

    Required Keys:
        - img (np.ndarray | list[np.ndarray]): One view or several, each
          (H, W, C).
        - class_fractions (np.ndarray): (K, ).
        - grid_fractions (np.ndarray): (g, g, K).
        - valid_fraction (float)

    Packed where they are there:
        - grid_valid (np.ndarray): (g, g).
        - confidence (float), grid_confidence (np.ndarray): Trust in the
          label, 0 to 1, and per cell (g, g).
        - disagreement (float): Between the maps combined, 0 to 1.
        - change (float): Between the maps around the image, 0 to 1.
        - view_fractions (np.ndarray): (V, K).
        - row (int): Of the patch in the index.
        - lonlat (tuple[float, float]): Degrees; float64 of shape (2, ).
        - month (float): 1 to 12, NaN where unknown.
        - gsd (float): Metres per pixel.

    Added Keys:
        - inputs (Tensor | list[Tensor]): (C, H, W) each.
        - data_samples (DataSample): The knowledge as tensors;
          ``sample_idx`` and ``patch_id`` as meta information.
    """

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
        for key in ARRAYS:
            if key in results:
                # A copy: numpy takes a mirrored single cell for contiguous,
                # torch does not.
                array = np.array(results[key], np.float32, order='C')
                sample.set_field(torch.from_numpy(array), key)
        if 'row' in results:
            sample.set_field(torch.tensor([results['row']]), 'row')
        for key in NUMBERS:
            if key in results:
                sample.set_field(torch.tensor([float(results[key])]), key)
        if 'lonlat' in results:
            lonlat = torch.tensor(results['lonlat'], dtype=torch.float64)
            sample.set_field(lonlat, 'lonlat')
        return dict(inputs=inputs, data_samples=sample)

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}()'
