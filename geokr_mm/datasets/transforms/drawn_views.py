"""Views that are drawn where patches are read, and made where they train.

The numbers of a view are drawn for each patch in the process that reads it,
so they follow its seed. :func:`geokr_mm.models.views.make_views` makes the
views of a whole batch from them, on the device that trains.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from geokr_mm.registry import TRANSFORMS

from .cells import CELL_KEYS, Box, crop_cells, set_views

# Shares of red, green and blue in brightness: ITU-R BT.601.
LUMA = (0.299, 0.587, 0.114)
# From RGB to brightness and two axes of colour (YIQ), by rows.
YIQ = np.array(
    [LUMA, (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112)], np.float64
)


@TRANSFORMS.register_module()
class DrawnViews(BaseTransform):
    """Draws a square crop, a turn, a mirror image and colours for each view.

    A view is the patch under one map of places and one matrix of bands, so a
    whole batch takes two operations. On a CPU that is three to five times
    faster than transforms one after another, on a GPU the CPU is spared.

    Required Keys:
        - img (np.ndarray): Square, (H, W, C).

    Modified Keys, with ``cells`` only: those of :class:`.KnowledgeViews`.

    Added Keys:
        - view_plan (np.ndarray): Numbers for ``make_views``, (V, P).

    Args:
        scale (int): Side of the views in pixels.
        num_views (int): V.
        crop_ratio_range (Sequence[float]): Range of the crop's area as a
            share of the patch's.
        brightness (Sequence[float]): Range of a factor.
        contrast (Sequence[float]): Range of a factor, around the mean of the
            view; of each band where values are physical.
        saturation (Sequence[float]): Range of a factor of the bands around
            their grey.
        hue (float): Largest shift of the hue in turns; of three bands, red
            first.
        per_band (float): A factor for each band by itself, drawn from
            ``[1 - per_band, 1 + per_band]``.
        grey (float): Chance that all bands become their grey.
        cells (bool): Whether the cells of the index move with the pixels, so
            that each view has class fractions of its own.
    """

    def __init__(
        self,
        scale: int,
        num_views: int = 2,
        crop_ratio_range: Sequence[float] = (0.5, 1.0),
        brightness: Sequence[float] = (0.6, 1.4),
        contrast: Sequence[float] = (0.6, 1.4),
        saturation: Sequence[float] = (1.0, 1.0),
        hue: float = 0.0,
        per_band: float = 0.0,
        grey: float = 0.0,
        cells: bool = False,
    ) -> None:
        ranges = dict(
            crop_ratio_range=crop_ratio_range, brightness=brightness,
            contrast=contrast, saturation=saturation,
        )  # fmt: skip
        self.ranges: dict[str, tuple[float, float]] = {}
        for name, (low, high) in ranges.items():
            if not 0 <= low <= high or (high > 1 and 'crop' in name):
                raise ValueError(f'{name} is no range, got {low} to {high}')
            self.ranges[name] = low, high
        self.scale, self.num_views = scale, num_views
        self.hue, self.per_band, self.grey = hue, per_band, grey
        self.cells = cells

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Draw the views.

        Args:
            results (dict): Holds the required keys.

        Returns:
            dict: The results with ``view_plan``.

        Raises:
            ValueError: If the patch is not square, or a hue is to be shifted
                of other than three bands.
        """
        height, width, bands = results['img'].shape
        if height != width or (self.hue and bands != 3):
            raise ValueError(
                'DrawnViews takes square patches, and three bands where hue '
                f'is set, got {results["img"].shape}'
            )
        plans, views, boxes = [], [], []
        for _ in range(self.num_views):
            box, turns, mirror = self._place()
            plans.append(
                np.concatenate(
                    [
                        place_matrix(box, turns, mirror).ravel(),
                        self._colour(bands).ravel(),
                        [np.random.uniform(*self.ranges['contrast'])],
                        [self.scale],
                    ]
                )
            )
            if self.cells:
                grid, valid = (results[key] for key in CELL_KEYS)
                cells = crop_cells(grid, valid, box)
                moved = (np.rot90(part, turns) for part in cells)
                views.append(
                    [part[:, ::-1] if mirror else part for part in moved]
                )
                boxes.append(box)
        results['view_plan'] = np.stack(plans).astype(np.float32)
        if self.cells:
            set_views(results, views, boxes)
        return results

    def _place(self) -> tuple[Box, int, bool]:
        side = np.random.uniform(*self.ranges['crop_ratio_range']) ** 0.5
        top, left = np.random.uniform(0.0, 1.0 - side, 2)
        box = float(top), float(left), float(top + side), float(left + side)
        turns, mirror = np.random.randint(4), np.random.randint(2)
        return box, int(turns), bool(mirror)

    def _colour(self, bands: int) -> NDArray[np.float64]:
        """Brightness, factors of bands, saturation, hue and grey as one."""
        rgb = bands == 3
        grey = np.tile(LUMA if rgb else np.full(bands, 1 / bands), (bands, 1))
        saturation = np.random.uniform(*self.ranges['saturation'])
        shift = np.random.uniform(-self.hue, self.hue)
        if np.random.uniform() < self.grey:
            saturation = shift = 0.0
        matrix = grey + saturation * (np.eye(bands) - grey)
        if shift:
            matrix = hue_matrix(shift) @ matrix
        factors = 1 + self.per_band * np.random.uniform(-1, 1, bands)
        factors *= np.random.uniform(*self.ranges['brightness'])
        return np.asarray(matrix * factors)

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(scale={self.scale}, '
            f'num_views={self.num_views}, {self.ranges}, hue={self.hue}, '
            f'per_band={self.per_band}, grey={self.grey}, cells={self.cells})'
        )


def hue_matrix(turns: float) -> NDArray[np.float64]:
    """The matrix of red, green and blue that shifts hues, (3, 3).

    Args:
        turns (float): Of the circle of hues; one turn changes nothing.
    """
    cos, sin = np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)
    turned = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    return np.linalg.inv(YIQ) @ turned @ YIQ


def place_matrix(box: Box, turns: int, mirror: bool) -> NDArray[np.float64]:
    """Where the pixels of a view lie in its patch.

    A view is the crop, turned by ``np.rot90`` and then mirrored by columns.

    Returns:
        np.ndarray: (2, 3), from places (x, y, 1) of the view to those of the
        patch, both -1 to 1.
    """
    top, left, bottom, right = box
    cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[turns % 4]
    turned = np.array([[cos, -sin], [sin, cos]], float)
    turned[:, 0] *= -1 if mirror else 1
    size = np.array([right - left, bottom - top])
    centre = np.array([left + right, top + bottom]) - 1
    return np.column_stack([turned * size[:, None], centre])
