"""Normalisation of images with any number of bands."""

from collections.abc import Sequence
from typing import Any

import torch
from mmpretrain.models.utils import SelfSupDataPreprocessor

from geokr_mm.errors import InputError
from geokr_mm.registry import MODELS

from .views import make_views


@MODELS.register_module()
class BandDataPreprocessor(SelfSupDataPreprocessor):
    """mmpretrain's preprocessor without its limit to one or three bands.

    It makes the views of :class:`geokr_mm.DrawnViews`, where they are drawn.

    Args:
        mean (Sequence[float]): Mean of each band, in the units that the
            dataset gives. ``tools/train.py`` takes it from the index unless
            the config states it.
        std (Sequence[float]): Standard deviation of each band, above zero.
        **kwargs: See the base class; channel order is a matter of ``bands``
            in the dataset, so there is nothing to swap here.

    Raises:
        InputError: If one is missing.
        ValueError: If the two differ in length or a deviation is not above
            zero.
    """

    def __init__(
        self,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        if mean is None or std is None:
            raise InputError(
                'BandDataPreprocessor: no mean and std; start with '
                'tools/train.py, which takes them from the index of '
                'geokr_mm.GeoKRDataset, or write them in the config'
            )
        if len(mean) != len(std) or min(std) <= 0:
            raise ValueError(
                f'mean {list(mean)} and std {list(std)} need one entry for '
                'each band, and deviations above zero'
            )
        super().__init__(**kwargs)
        self._enable_normalize = True
        self.register_buffer(
            'mean', torch.tensor(mean).float().view(-1, 1, 1), False
        )
        self.register_buffer(
            'std', torch.tensor(std).float().view(-1, 1, 1), False
        )

    def forward(self, data: dict[str, Any], training: bool = False) -> Any:
        """Make the views, and normalise them."""
        samples = data.get('data_samples')
        if samples and 'view_plan' in samples[0]:
            plans = torch.stack([each.pop('view_plan') for each in samples])
            images = self.cast_data(data['inputs'])
            data = {**data, 'inputs': make_views(images, plans)}
        return super().forward(data, training)
