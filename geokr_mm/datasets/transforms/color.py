"""Colour jitter of three-band images, with any numpy and either mmcv."""

from collections.abc import Sequence
from typing import Any

import cv2
import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from numpy.typing import NDArray

from geokr_mm.registry import TRANSFORMS

Range = tuple[float, float]


@TRANSFORMS.register_module()
class ColorJitter(BaseTransform):
    """Jitters brightness, contrast, saturation and hue in random order.

    Draws and values are those of mmpretrain's ``ColorJitter``. That one
    shifts the hue by ``mmcv.adjust_hue``, which upstream mmcv leaves broken
    with numpy 2. Like there, the first band is taken for blue.

    Required and Modified Keys:
        - img (np.ndarray): uint8 of shape (H, W, 3).

    Args:
        brightness (float | Sequence[float]): Range of the factor, or x for
            ``[1 - x, 1 + x]``.
        contrast (float | Sequence[float]): The same.
        saturation (float | Sequence[float]): The same.
        hue (float | Sequence[float]): Range of the shift in turns, within
            ``[-0.5, 0.5]``, or x for ``[-x, x]``.
    """

    def __init__(
        self,
        brightness: float | Sequence[float] = 0.0,
        contrast: float | Sequence[float] = 0.0,
        saturation: float | Sequence[float] = 0.0,
        hue: float | Sequence[float] = 0.0,
    ) -> None:
        self.brightness = _range('brightness', brightness, 1.0, 0.0, np.inf)
        self.contrast = _range('contrast', contrast, 1.0, 0.0, np.inf)
        self.saturation = _range('saturation', saturation, 1.0, 0.0, np.inf)
        self.hue = _range('hue', hue, 0.0, -0.5, 0.5)

    @cache_randomness
    def _drawn(self) -> tuple[NDArray[Any], list[float | None]]:
        # Order of the four changes, and their amounts; None is no change. No
        # docstring: Sphinx cannot look at such a method of a class.
        order = np.random.permutation(4)
        amounts: list[float | None] = []
        for limits, neutral in (
            (self.brightness, 1.0),
            (self.contrast, 1.0),
            (self.saturation, 1.0),
            (self.hue, 0.0),
        ):
            idle = limits == (neutral, neutral)
            amounts.append(None if idle else np.random.uniform(*limits))
        return order, amounts

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Jitter the image.

        Args:
            results (dict): Holds ``img``.

        Returns:
            dict: The results with ``img`` changed.

        Raises:
            ValueError: If the image has another number of bands or type.
        """
        image = results['img']
        if image.shape[2:] != (3,) or image.dtype != np.uint8:
            raise ValueError(
                f'ColorJitter is for uint8 images of three bands, got '
                f'{image.dtype} of shape {image.shape}; take '
                'geokr_mm.BandJitter for others'
            )
        order, amounts = self._drawn()
        changes = (
            mmcv.adjust_brightness,
            mmcv.adjust_contrast,
            mmcv.adjust_color,
            shift_hue,
        )
        for step in order:
            if amounts[step] is not None:
                image = changes[step](image, amounts[step])
        results['img'] = image
        return results

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(brightness={self.brightness}, '
            f'contrast={self.contrast}, saturation={self.saturation}, '
            f'hue={self.hue})'
        )


def shift_hue(image: NDArray[np.uint8], turns: float) -> NDArray[np.uint8]:
    """Shift the hue of an image.

    Args:
        image (ndarray): (H, W, 3), blue first.
        turns (float): Of the circle of hues; one turn changes nothing.
    """
    hsv: Any = cv2.cvtColor(image, cv2.COLOR_BGR2HSV_FULL)
    # uint8 wraps around where the circle closes.
    hsv[..., 0] += np.uint8(int(turns * 255) % 256)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR_FULL), np.uint8)


def _range(
    name: str,
    value: float | Sequence[float],
    neutral: float,
    least: float,
    most: float,
) -> Range:
    if isinstance(value, int | float):
        low, high = max(neutral - value, least), neutral + value
    else:
        low, high = value
    if not least <= low <= high <= most:
        raise ValueError(
            f'{name} must be a number or a range (low, high) within '
            f'[{least}, {most}], got {value}'
        )
    return float(low), float(high)
