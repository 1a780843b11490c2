"""Augmentation that holds for any number of bands."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from geokr_mm.errors import InputError
from geokr_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomRightAngle(BaseTransform):
    """Rotates by a random multiple of 90 degrees.

    A scene seen from above has no upright, and a right angle needs no
    resampling, so class fractions stay what they are.

    Required and Modified Keys:
        - img (np.ndarray): (H, W, C) with any number of bands.

    Args:
        prob (float): Chance that one of 0, 90, 180 and 270 degrees is drawn
            at all, as the published code does it.
    """

    def __init__(self, prob: float = 1.0) -> None:
        self.prob = prob

    @cache_randomness
    def _turns(self) -> int:
        if np.random.rand() >= self.prob:
            return 0
        return int(np.random.randint(4))

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Rotate the image.

        Args:
            results (dict): Holds ``img``.

        Returns:
            dict: The results with ``img`` and ``img_shape`` changed.
        """
        image = np.rot90(results['img'], self._turns())
        results['img'] = np.ascontiguousarray(image)
        results['img_shape'] = image.shape[:2]
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(prob={self.prob})'


@TRANSFORMS.register_module()
class BandJitter(BaseTransform):
    """Jitters brightness, contrast and saturation of any set of bands.

    Brightness multiplies; contrast scales around the mean of a uint8 image,
    or of each band of physical values; saturation scales each pixel's bands
    around their mean. Hue is for three bands only, see mmpretrain's
    ``ColorJitter``.

    Required and Modified Keys:
        - img (np.ndarray): (H, W, C), uint8 or physical values as float.

    Args:
        brightness (Sequence[float]): Range of the factor.
        contrast (Sequence[float]): Range of the factor.
        saturation (Sequence[float], optional): Range of the factor. Of
            physical values in other than three bands there is none. Defaults
            to None: 0.5 to 1.5 where there is one.
        per_band (float): A factor for each band by itself, drawn from
            ``[1 - per_band, 1 + per_band]``; in the place of hue.
        prob (float): Chance to jitter at all.

    Raises:
        InputError: If ``saturation`` is given for such values.
    """

    def __init__(
        self,
        brightness: Sequence[float] = (0.7, 1.3),
        contrast: Sequence[float] = (0.5, 1.5),
        saturation: Sequence[float] | None = None,
        per_band: float = 0.0,
        prob: float = 1.0,
    ) -> None:
        for name, value in (
            ('brightness', brightness),
            ('contrast', contrast),
            ('saturation', saturation or (0.5, 1.5)),
        ):
            if len(value) != 2 or not 0 <= value[0] <= value[1]:
                raise ValueError(
                    f'{name} must be a range (low, high) of '
                    f'non-negative numbers, got {value}'
                )
        self.brightness = (brightness[0], brightness[1])
        self.contrast = (contrast[0], contrast[1])
        self.saturation: tuple[float, float] | None = None
        if saturation is not None:
            self.saturation = (saturation[0], saturation[1])
        self.per_band = per_band
        self.prob = prob

    @cache_randomness
    def _factors(self, bands: int) -> tuple[Any, ...]:
        if np.random.rand() >= self.prob:
            return ()
        uniform = np.random.uniform
        return (
            uniform(*self.brightness),
            uniform(*self.contrast),
            uniform(*(self.saturation or (0.5, 1.5))),
            uniform(1 - self.per_band, 1 + self.per_band, bands),
        )

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Jitter the image.

        Args:
            results (dict): Holds ``img``.

        Returns:
            dict: The results with ``img`` changed, of its type.
        """
        physical = results['img'].dtype.kind == 'f'
        image = results['img'].astype(np.float32)
        bands = image.shape[2]
        spectral = physical and bands != 3
        if spectral and self.saturation:
            raise InputError(
                f'BandJitter: saturation={self.saturation} of {bands} bands '
                'of physical values would mix their spectra; leave it out, '
                'and use per_band for a factor of each band'
            )
        factors = self._factors(bands)
        if not factors:
            return results
        brightness, contrast, saturation, per_band = factors
        image *= (brightness * per_band).astype(np.float32)
        # Values of bands may differ by magnitudes.
        mean = image.mean(axis=(0, 1)) if physical else image.mean()
        image = mean + np.float32(contrast) * (image - mean)
        if not spectral:
            grey = image.mean(axis=2, keepdims=True)
            image = grey + np.float32(saturation) * (image - grey)
        if not physical:
            image = np.clip(np.rint(image), 0, 255)
        results['img'] = image.astype(results['img'].dtype)
        return results

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(brightness={self.brightness}, '
            f'contrast={self.contrast}, saturation={self.saturation}, '
            f'per_band={self.per_band}, prob={self.prob})'
        )
