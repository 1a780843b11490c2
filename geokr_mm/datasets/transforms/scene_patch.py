"""Loads images of any number of bands, with what is known of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from rasterio.errors import RasterioError

from geokr_mm.errors import InputError
from geokr_mm.geo.core.raster import environment, open_raster, read_error
from geokr_mm.geo.core.validity import valid_pixels
from geokr_mm.geo.scenes.bands import Scaling, file_bands, file_scaling
from geokr_mm.geo.scenes.physical import to_values, units_of
from geokr_mm.geo.scenes.sentinel2 import COUNT_TYPES, scaling_of
from geokr_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadScenePatch(BaseTransform):
    """Loads a GeoTIFF, or another image that GDAL reads, by its bands.

    Works in pipelines of mmpretrain, mmsegmentation and mmdetection; put
    :class:`geokr_mm.NormalizeAsPretrained` next. Where scale and offset are
    stated, as by arguments, tags or the name of a Sentinel-2 product, pixels
    are values: ``number * scale + offset``. Else they are as stored.

    Required Keys:
        - img_path (str)

    Added Keys:
        - img (np.ndarray): float32 of shape (H, W, C).
        - img_valid (np.ndarray | None): Pixels that hold data, bool of the
          same shape; None where all do.
        - img_bands (tuple[str, ...]), img_units (str)
        - img_scaling (tuple[Scaling, ...]): Of each band; empty if none is
          stated.
        - img_dtype (str): Pixel type of the file.
        - img_shape, ori_shape (tuple[int, int])

    Args:
        bands (Sequence[str], optional): Bands to load, in this order.
            Defaults to None, all of the file.
        band_names (Sequence[str], optional): Names of all bands of the file.
            Defaults to None: as tools/build_index.py finds them.
        scale, offset (float, optional): Of all bands. Default to None: as
            the file states.
        units (str, optional): Units of the values, or of the numbers where
            nothing scales them. Defaults to None: reflectance by
            Sentinel-2's baseline, else by the pixel type.

    Raises:
        InputError: A file that cannot be read, or lacks a band.
    """

    def __init__(
        self,
        bands: Sequence[str] | None = None,
        band_names: Sequence[str] | None = None,
        scale: float | None = None,
        offset: float | None = None,
        units: str | None = None,
    ) -> None:
        self.bands = None if bands is None else tuple(bands)
        self.band_names = None if band_names is None else tuple(band_names)
        self.scale, self.offset, self.units = scale, offset, units

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load one image.

        Args:
            results (dict): Holds ``img_path``.

        Returns:
            dict: The results with the added keys.
        """
        path = str(results['img_path'])
        with open_raster(path, placed=False) as source:
            found = file_bands(path, source, self.band_names, self.bands)
            bands = self.bands or found.names
            missing = [b for b in bands if b not in found.names]
            if missing:
                raise InputError(
                    f'{path}: no band {", ".join(missing)}; it has '
                    f'{", ".join(found.names)}. Correct `bands` of '
                    'geokr_mm.LoadScenePatch, or name all bands of the file '
                    'with `band_names`'
                )
            numbers = [found.numbers[found.names.index(b)] for b in bands]
            try:
                with environment():
                    pixels = source.read(numbers)
                    valid = valid_pixels(source, numbers, found.alpha, pixels)
            except (RasterioError, OSError) as error:
                raise read_error(path, error) from None
            dtype = source.dtypes[numbers[0] - 1]
            scaling = file_scaling(source, numbers)
        known: tuple[Scaling, ...] = ()
        if not scaling and dtype in COUNT_TYPES:
            scaling = known = scaling_of(path, bands)
        if self.scale is not None or self.offset is not None:
            scaling = tuple(
                Scaling(
                    s.scale if self.scale is None else self.scale,
                    s.offset if self.offset is None else self.offset,
                )
                for s in scaling or (Scaling(),) * len(bands)
            )
        if scaling:
            pixels = to_values(pixels, *np.array(scaling, np.float64).T)
        image = pixels.transpose(1, 2, 0).astype(np.float32)
        results.update(
            img=np.ascontiguousarray(image),
            img_valid=None if valid is None else valid.transpose(1, 2, 0),
            img_bands=bands,
            img_units=self.units
            or units_of(dtype, scaling, bool(known) and scaling == known),
            img_scaling=scaling,
            img_dtype=dtype,
            img_shape=image.shape[:2],
            ori_shape=image.shape[:2],
        )
        return results

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(bands={self.bands}, '
            f'band_names={self.band_names}, scale={self.scale}, '
            f'offset={self.offset}, units={self.units!r})'
        )
