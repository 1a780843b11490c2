"""Reads the pixels of a patch from its scene."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from geokr_mm.geo.scenes.patch import (
    PatchRecord,
    read_masked_patch,
    read_patch,
)
from geokr_mm.geo.scenes.physical import to_values
from geokr_mm.geo.scenes.radiometry import stretch
from geokr_mm.registry import TRANSFORMS

Arrays = tuple[NDArray[Any], ...]
# What OpenCV can interleave, much faster than numpy.
MERGED = ('uint8', 'uint16', 'int16', 'int32', 'float32', 'float64')


def interleaved(bands: NDArray[Any]) -> NDArray[Any]:
    """Bands (C, H, W) as an image (H, W, C)."""
    image = bands.transpose(1, 2, 0)
    if image.flags.c_contiguous or bands.dtype.name not in MERGED:
        return np.ascontiguousarray(image)
    image = np.asarray(cv2.merge(list(bands)))
    return image.reshape(*bands.shape[1:], len(bands))


def resampled(image: NDArray[Any], side: int) -> NDArray[Any]:
    """A square image (H, W, C) with another side.

    Shrunk by averages over areas, enlarged bilinearly.
    """
    shrinks = side < len(image)
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    out = cv2.resize(image, (side, side), interpolation=how)
    return np.asarray(out.reshape(side, side, image.shape[2]))


@lru_cache(maxsize=256)
def table(low: bytes, high: bytes) -> NDArray[np.uint8]:
    """What each 8-bit number of each band is stretched to, (256, 1, C)."""
    limits = [np.frombuffer(side, np.float64) for side in (low, high)]
    numbers = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    each = stretch(np.repeat(numbers, len(limits[0]), 0), *limits)
    return np.ascontiguousarray(each.reshape(-1, 256).T[:, None])


@TRANSFORMS.register_module()
class LoadPatch(BaseTransform):
    """Reads a patch by window, as values or stretched to uint8.

    Scenes are opened where they lie, in the process that reads them; nothing
    is reprojected. Decoded patches are kept until ``cache_mb`` is full, which
    holds a small set in memory after the first epoch; of values the stored
    numbers are kept, which are smaller. None is thrown out for another: where
    each patch comes once an epoch, half of a set that stays is found half of
    the time, the half that was used last 15 % of it.

    Required Keys:
        - record (PatchRecord)
        - patch_size (int, optional): Side that windows of another one, which
          ``--sample`` of tools/build_index.py draws, are resampled to.
        - band_mean (np.ndarray, optional): Mean of each band, (C, ). Where
          it is there, pixels are values; it takes the place of empty ones.

    Added Keys:
        - img (np.ndarray): (H, W, C), bands in the order of the record;
          float32 values, or uint8 after the record's stretch.
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
        self._cache: dict[str, Arrays] = {}
        self._held = 0

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Read one patch.

        Args:
            results (dict): Holds ``record``.

        Returns:
            dict: The results with the added keys.
        """
        record, mean = results['record'], results.get('band_mean')
        if mean is None:
            (image,) = self._cached(record, 'stretched', self._stretched)
            results['img'] = image.copy()
        else:
            pixels, *valid = self._cached(record, 'physical', self._stored)
            image = interleaved(to_values(pixels, record.scale, record.offset))
            if valid:
                empty = ~valid[0].transpose(1, 2, 0)
                image[empty] = np.broadcast_to(mean, image.shape)[empty]
            results['img'] = image
        side = results.get('patch_size') or record.window.width
        if record.window.width != side:
            image = results['img'] = resampled(results['img'], side)
        results['img_shape'] = results['ori_shape'] = image.shape[:2]
        return results

    def _cached(
        self,
        record: PatchRecord,
        kind: str,
        read: Callable[[PatchRecord], Arrays],
    ) -> Arrays:
        """What ``read`` gives, from memory where it was read before."""
        key = '/'.join((kind, record.patch_id, *record.bands))
        found = self._cache.get(key)
        if found is None:
            found = read(record)
            size = sum(array.nbytes for array in found)
            if self._held + size <= self.cache_bytes:
                self._cache[key] = found
                self._held += size
        return found

    def _stretched(self, record: PatchRecord) -> Arrays:
        """The image (H, W, C), uint8."""
        pixels = read_patch(record, verify=self.verify)
        if pixels.dtype == np.uint8:
            image = interleaved(pixels)
            limits = [np.asarray(v) for v in (record.low, record.high)]
            each = table(*(v.astype(np.float64).tobytes() for v in limits))
            return (np.asarray(cv2.LUT(image, each)).reshape(image.shape),)
        image = stretch(pixels, record.low, record.high)
        return (interleaved(image),)

    def _stored(self, record: PatchRecord) -> Arrays:
        """Stored numbers (C, H, W), and which are valid unless all are."""
        pixels, valid = read_masked_patch(record, verify=self.verify)
        return (pixels,) if valid is None else (pixels, valid)

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(cache_mb={self.cache_bytes / 2**20:g}'
            f', verify={self.verify})'
        )
