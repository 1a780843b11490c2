"""Facts about patches that few terms want."""

from collections.abc import Sequence

import torch
from mmpretrain.structures import DataSample
from torch import Tensor


def stacked(samples: Sequence[DataSample], name: str) -> Tensor:
    """One field of all samples of a batch.

    Args:
        samples (Sequence[DataSample]): B samples.
        name (str): Of a tensor field.

    Returns:
        Tensor: Shape (B, ...).

    Raises:
        ValueError: If the samples lack the field.
    """
    if name not in samples[0]:
        raise ValueError(
            f'a term needs `{name}` in the data samples; use '
            'geokr_mm.GeoKRDataset and geokr_mm.PackKnowledgeInputs'
        )
    return torch.stack([sample.get(name) for sample in samples])
