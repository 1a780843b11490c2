"""Loads an image whose bands are files of their own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from mmcv.transforms import BaseTransform
from rasterio.enums import Resampling
from rasterio.errors import RasterioIOError

from geokr_mm.errors import InputError
from geokr_mm.geo.scenes.physical import units_of
from geokr_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadBandFiles(BaseTransform):
    """Loads ``FOLDER/FOLDER_BAND.tif`` of each band, at one size.

    Bands of coarser pixels are resampled, bilinear.

    Required Keys:
        - img_path (str): The folder.

    Added Keys:
        - those of :class:`geokr_mm.LoadScenePatch`; numbers are as stored.

    Args:
        bands (Sequence[str]): Bands to load, in this order.
        size (int): Side of the image in pixels.

    Raises:
        InputError: A file that is missing or damaged.
    """

    def __init__(self, bands: Sequence[str], size: int) -> None:
        self.bands, self.size = tuple(bands), size

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load one image.

        Args:
            results (dict): Holds ``img_path``.

        Returns:
            dict: The results with the added keys.
        """
        folder = Path(results['img_path'])
        shape = (self.size, self.size)
        image = np.empty((*shape, len(self.bands)), np.float32)
        dtype = ''
        for number, band in enumerate(self.bands):
            path = folder / f'{folder.name}_{band}.tif'
            try:
                with rasterio.open(path) as source:
                    dtype = source.dtypes[0]
                    image[..., number] = source.read(
                        1, out_shape=shape, resampling=Resampling.bilinear
                    )
            except RasterioIOError:
                raise InputError(
                    f'{path}: is missing or damaged; unpack the set again'
                ) from None
        results.update(
            img=image,
            img_valid=None,
            img_bands=self.bands,
            img_units=units_of(dtype, (), False),
            img_scaling=(),
            img_dtype=dtype,
            img_shape=shape,
            ori_shape=shape,
        )
        return results

    def __repr__(self) -> str:
        name = self.__class__.__name__
        return f'{name}(bands={self.bands}, size={self.size})'
