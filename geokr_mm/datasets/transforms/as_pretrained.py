"""Brings images to what a backbone saw in pre-training, by its card."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from geokr_mm.errors import InputError
from geokr_mm.export.backbone import load_backbone
from geokr_mm.geo.scenes.physical import BYTES, SCALED, to_values
from geokr_mm.geo.scenes.radiometry import stretch
from geokr_mm.registry import TRANSFORMS

NEEDED = ('bands', 'mean', 'std')


@TRANSFORMS.register_module()
class NormalizeAsPretrained(BaseTransform):
    """Scales, stretches and normalises as the card of a backbone states.

    The model's data preprocessor then has no ``mean``, ``std`` or change of
    the channel order: the image is what the backbone takes. Pixels without
    data become 0, the mean, unless pre-training stretched them.

    Required Keys:
        - those that :class:`geokr_mm.LoadScenePatch` adds; in between,
          :class:`geokr_mm.BandJitter` may act, but nothing that moves pixels.

    Modified Keys:
        - img (np.ndarray): float32 of shape (H, W, C).

    Args:
        checkpoint (str): Backbone file of ``tools/export_backbone.py``.

    Raises:
        InputError: If the file has no card, or bands, their order or units
            of an image are not those of the card.
    """

    def __init__(self, checkpoint: str) -> None:
        self.checkpoint = checkpoint
        self.card = load_backbone(checkpoint)[1]
        missing = [key for key in NEEDED if not self.card.get(key)]
        if missing:
            raise InputError(
                f'{checkpoint}: its card has no {", ".join(missing)}, so '
                'images cannot be made as in pre-training; export it from a '
                'checkpoint that geokr_mm.KnowledgeCardHook marked'
            )

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Normalise one image.

        Args:
            results (dict): Holds the required keys.

        Returns:
            dict: The results with ``img`` changed.
        """
        image = results['img']
        self._check(results)
        physical = self.card.get('values') == 'physical'
        planes = image.transpose(2, 0, 1)
        planes = self._values(planes, results, physical)
        values = planes.transpose(1, 2, 0).astype(np.float32)
        mean, std = self._normal
        valid = results.get('img_valid')
        if physical and valid is not None:
            values[~valid] = np.broadcast_to(mean, values.shape)[~valid]
        results['img'] = np.ascontiguousarray((values - mean) / std)
        return results

    @cached_property
    def _normal(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        mean, std = (
            np.array(self.card[key], np.float32) for key in ('mean', 'std')
        )
        return mean, std

    @cached_property
    def _factors(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        scale, offset = (np.array(self.card[k]) for k in ('scale', 'offset'))
        return scale, offset

    def _check(self, results: dict[str, Any]) -> None:
        """Compare what was loaded with the card."""
        if 'img_bands' not in results:
            raise InputError(
                'NormalizeAsPretrained: the image comes without names of its '
                'bands; load it with geokr_mm.LoadScenePatch'
            )
        bands, wanted = list(results['img_bands']), list(self.card['bands'])
        if bands != wanted:
            turned = sorted(bands) == sorted(wanted)
            cure = (
                f'set bands={wanted!r} in geokr_mm.LoadScenePatch'
                if set(wanted) <= set(bands)
                else 'name the bands of the file with `band_names` of '
                'geokr_mm.LoadScenePatch, or fit the backbone to other bands '
                'with tools/export_backbone.py --bands'
            )
            self._refuse(
                results,
                f'bands {", ".join(bands)}',
                f'{", ".join(wanted)}{", in this order" if turned else ""}',
                cure,
            )
        valid = results['img_valid']
        if valid is not None and valid.shape != results['img'].shape:
            raise InputError(
                'NormalizeAsPretrained: something has cropped or resized the '
                'image; put it right after geokr_mm.LoadScenePatch'
            )

    def _values(
        self, planes: NDArray[Any], results: dict[str, Any], physical: bool
    ) -> NDArray[Any]:
        """Values in the units of the card's mean, (C, H, W)."""
        stretched = self.card.get('stretch') or {}
        units = self.card.get('units') if physical else stretched.get('units')
        own, scaling = results['img_units'], results['img_scaling']
        if not physical and own == BYTES and not scaling:
            return planes
        if units is None:
            self._refuse(
                results,
                own,
                'pixels of 0 to 255, and its card has no units of others',
                'give 8-bit images',
            )
        if not scaling and own == self.card.get('stored_units'):
            if self.card.get('scale') is None:
                self._refuse(
                    results,
                    f'{own} without scale and offset',
                    'scenes that each had its own',
                    'give `scale` and `offset` to geokr_mm.LoadScenePatch, '
                    f'which make {units}',
                )
            planes = to_values(planes, *self._factors)
        elif own != units and not (
            own == SCALED and self._scaled_alike(scaling)
        ):
            stored = self.card.get('stored_units')
            self._refuse(
                results,
                own,
                f'{units}, from {stored} with scale '
                f'{_short(self.card.get("scale"))} and offset '
                f'{_short(self.card.get("offset"))}',
                'correct `scale`, `offset` and `units` of '
                'geokr_mm.LoadScenePatch',
            )
        if physical:
            return planes
        if stretched.get('low') is None:
            self._refuse(
                results,
                own,
                'images that were each stretched to 0 to 255 by limits of '
                f'their own ({stretched.get("mode")})',
                "pre-train with values='physical' or on an index with "
                '--stretch sensor, or give 8-bit images stretched alike',
            )
        return self._stretch(planes, results['img_dtype'])

    def _stretch(self, values: NDArray[Any], dtype: str) -> NDArray[np.uint8]:
        """Values on the card's stretch, 0 to 255."""
        scale, offset = self._factors
        low, high = (
            (np.array(self.card['stretch'][side]) - offset) / scale
            for side in ('low', 'high')
        )
        # On stored numbers, as the index does it: results are cut to bytes.
        numbers = (values - offset[:, None, None]) / scale[:, None, None]
        if np.dtype(dtype).kind in 'iu':
            numbers = np.rint(numbers)
        return stretch(numbers, low, high)

    def _scaled_alike(self, scaling: Sequence[Any]) -> bool:
        scale, offset = np.array(scaling, np.float64).T
        return self.card.get('scale') is not None and all(
            map(np.allclose, (scale, offset), self._factors)
        )

    def _refuse(
        self, results: dict[str, Any], have: str, want: str, cure: str
    ) -> None:
        raise InputError(
            f'{results.get("img_path")}: has {have}; {self.checkpoint} was '
            f'pre-trained on {want}: {cure}'
        )

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(checkpoint={self.checkpoint!r})'


def _short(factors: Sequence[float] | None) -> str:
    """Factors of all bands, as one where they are equal."""
    if factors is None:
        return 'of each scene'
    return ', '.join(f'{value:g}' for value in dict.fromkeys(factors))
