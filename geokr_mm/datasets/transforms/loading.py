"""Reads the pixels of a patch from its scene."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from geokr_mm.geo.scenes.patch import read_patch
from geokr_mm.geo.scenes.radiometry import stretch
from geokr_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadPatch(BaseTransform):
    """Reads a patch by window and stretches it to uint8.

    Scenes are opened where they lie, in the process that reads them; nothing
    is reprojected. Decoded patches are kept until ``cache_mb`` is full, which
    holds a small set in memory after the first epoch.

    Required Keys:
        - record (PatchRecord)

    Added Keys:
        - img (np.ndarray): uint8 of shape (H, W, C), bands in the order
          of the record.
        - img_shape, ori_shape (tuple[int, int])

    Args:
        cache_mb (float): Memory for decoded patches, for each process, in
            MiB. Defaults to 256; zero turns the cache off.
        verify (bool): Compare pixels with the checksums of the index, so
            that a file that changed since is noticed.

    Raises:
        UnusableFileError: A file that is gone, damaged or changed.
    """

    def __init__(self, cache_mb: float = 256, verify: bool = True) -> None:
        self.cache_bytes = int(cache_mb * 2**20)
        self.verify = verify
        self._cache: dict[str, NDArray[Any]] = {}
        self._held = 0

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Read one patch.

        Args:
            results (dict): Holds ``record``.

        Returns:
            dict: The results with the added keys.
        """
        record = results['record']
        key = '/'.join((record.patch_id, *record.bands))
        image = self._cache.get(key)
        if image is None:
            pixels = read_patch(record, verify=self.verify)
            image = np.ascontiguousarray(
                stretch(pixels, record.low, record.high).transpose(1, 2, 0)
            )
            if self._held + image.nbytes <= self.cache_bytes:
                self._cache[key] = image
                self._held += image.nbytes
        results['img'] = image.copy()
        results['img_shape'] = results['ori_shape'] = image.shape[:2]
        return results

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(cache_mb={self.cache_bytes / 2**20:g}'
            f', verify={self.verify})'
        )
