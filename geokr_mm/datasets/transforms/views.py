"""Views of a patch with class fractions of their own.

A crop shows other ground than the whole patch, so its label is another one.
The transforms here move the index's cells (``grid_fractions`` and
``grid_valid``) with the pixels; :class:`KnowledgeViews` collects the class
fractions of each view.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform, Compose
from mmcv.transforms.utils import cache_randomness

from geokr_mm.registry import TRANSFORMS

from .cells import CELL_KEYS, WHOLE, crop_cells, set_views


@TRANSFORMS.register_module()
class RandomGroundCrop(BaseTransform):
    """Crops a random square with its cells, and resizes it.

    Required and Modified Keys:
        - img (np.ndarray): Square, (H, W, C).
        - grid_fractions (np.ndarray): (G, G, K).
        - grid_valid (np.ndarray): (G, G).

    Added Keys:
        - ground_box (tuple): Top, left, bottom, right of the crop, in [0, 1].

    Args:
        scale (int): Side of the result in pixels.
        crop_ratio_range (Sequence[float]): Range of the crop's area as a
            share of the image's.
    """

    def __init__(
        self, scale: int, crop_ratio_range: Sequence[float] = (0.5, 1.0)
    ) -> None:
        low, high = crop_ratio_range
        if not 0 < low <= high <= 1:
            raise ValueError(
                'crop_ratio_range must be (low, high) with 0 < low <= high '
                f'<= 1, got {crop_ratio_range}'
            )
        self.scale = scale
        self.crop_ratio_range = (low, high)

    @cache_randomness
    def _window(self, side: int) -> tuple[int, int, int]:
        share = np.random.uniform(*self.crop_ratio_range)
        length = max(1, min(side, round(side * share**0.5)))
        top, left = np.random.randint(0, side - length + 1, 2)
        return int(top), int(left), length

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop image and cells.

        Args:
            results (dict): Holds the required keys.

        Returns:
            dict: The results with them changed, and ``img_shape``.

        Raises:
            ValueError: If the image is not square.
        """
        image = results['img']
        if image.shape[0] != image.shape[1]:
            raise ValueError(
                f'RandomGroundCrop takes square patches, got {image.shape}'
            )
        side = len(image)
        top, left, length = self._window(side)
        part = image[top : top + length, left : left + length]
        if length != self.scale:
            part = cv2.resize(
                part, (self.scale, self.scale), interpolation=cv2.INTER_LINEAR
            )
            part = part.reshape(self.scale, self.scale, image.shape[2])
        results['img'] = np.ascontiguousarray(part)
        results['img_shape'] = part.shape[:2]
        box = (
            top / side,
            left / side,
            (top + length) / side,
            (left + length) / side,
        )
        results['grid_fractions'], results['grid_valid'] = crop_cells(
            results['grid_fractions'], results['grid_valid'], box
        )
        # Of a crop of a crop, within the patch.
        outer = np.array(results.get('ground_box', WHOLE))
        size = np.tile(outer[2:] - outer[:2], 2)
        results['ground_box'] = tuple(np.tile(outer[:2], 2) + size * box)
        return results

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(scale={self.scale}, '
            f'crop_ratio_range={self.crop_ratio_range})'
        )


@TRANSFORMS.register_module()
class RandomOrientation(BaseTransform):
    """One of the eight right-angled turns and mirror images, with cells.

    Required and Modified Keys:
        - img (np.ndarray): (H, W, C).
        - grid_fractions (np.ndarray): (G, G, K).
        - grid_valid (np.ndarray): (G, G).
    """

    @cache_randomness
    def _draw(self) -> tuple[int, bool]:
        return int(np.random.randint(4)), bool(np.random.randint(2))

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Turn image and cells alike.

        Args:
            results (dict): Holds the required keys.

        Returns:
            dict: The results with them changed, and ``img_shape``.
        """
        turns, mirror = self._draw()
        for key in ('img', *CELL_KEYS):
            array = np.rot90(results[key], turns)
            if mirror:
                array = array[:, ::-1]
            results[key] = np.ascontiguousarray(array)
        results['img_shape'] = results['img'].shape[:2]
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}()'


@TRANSFORMS.register_module()
class KnowledgeViews(BaseTransform):
    """Makes several views of a patch, each with its own knowledge.

    Like mmpretrain's ``MultiView``, but the class fractions of each view
    come from the cells that its transforms left in it. The student gets the
    first view, so ``class_fractions``, ``valid_fraction`` and the cells
    become those of the first.

    Required and Modified Keys:
        - img (np.ndarray to list[np.ndarray])
        - class_fractions (np.ndarray): (K, ).
        - grid_fractions (np.ndarray): (G, G, K).
        - grid_valid (np.ndarray): (G, G).
        - valid_fraction (float)

    Added Keys:
        - view_fractions (np.ndarray): (V, K).
        - view_valid (np.ndarray): Covered share of each view, (V, ).
        - shared_ground (float): Ground that first and last view share over
          what either shows.

    Args:
        transforms (Sequence[dict]): Applied to each view.
        num_views (int): V.
    """

    def __init__(
        self, transforms: Sequence[dict[str, Any]], num_views: int = 2
    ) -> None:
        self.num_views = num_views
        self.pipeline = Compose(list(transforms))

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Make the views.

        Args:
            results (dict): Holds the required keys.

        Returns:
            dict: The results with them changed and ``view_fractions``.
        """
        # Transforms replace all but the pixels, which some change in place.
        views = [
            self.pipeline({**results, 'img': results['img'].copy()})
            for _ in range(self.num_views)
        ]
        results['img'] = [v['img'] for v in views]
        set_views(
            results,
            [[view[key] for key in CELL_KEYS] for view in views],
            [view.get('ground_box', WHOLE) for view in views],
        )
        return results

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(num_views={self.num_views}, '
            f'transforms={self.pipeline})'
        )
