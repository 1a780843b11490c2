"""Which pixels hold data, by GDAL, band by band.

rasterio's ``dataset_mask`` is one mask for all bands, so each band's own is
read. It covers nodata values in the data type of each band, masks inside a
file or beside it (``.msk``), and alpha bands. A pixel of a band is valid where
its mask is not 0 and, in floating-point bands, its value is finite.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags

Valid = NDArray[np.bool_]


def alpha_band(source: Any) -> int:
    """Number of a file's alpha band from 1; 0 where there is none."""
    numbers = [
        number
        for number, kind in enumerate(source.colorinterp, 1)
        if kind == ColorInterp.alpha
    ]
    return numbers[-1] if numbers and source.count > 1 else 0


def has_mask(source: Any, alpha: int) -> bool:
    """Whether any pixel may be empty, if band ``alpha`` masks the others."""
    return alpha > 0 or any(
        not {MaskFlags.all_valid, MaskFlags.alpha} & set(flags)
        for flags in source.mask_flag_enums
    )


def valid_pixels(
    source: Any,
    numbers: Sequence[int],
    alpha: int,
    pixels: NDArray[Any],
    **how: Any,
) -> Valid | None:
    """Pixels of some bands that hold data.

    Args:
        numbers (sequence of int): Bands, from 1.
        alpha (int): Number of the band that masks the others; 0 where the
            file has none, or its alpha band is used as a band of its own.
        pixels (array (C, h, w)): What was read of these bands.
        how: Window and output shape of one band, as for ``source.read``.

    Returns:
        bool array (C, h, w): None where all pixels are valid.
    """
    found: list[Valid | None] = []
    opaque: Valid | None = None
    if alpha:
        opaque = source.read(alpha, **how) > 0
    for number, values in zip(numbers, pixels, strict=True):
        flags = source.mask_flag_enums[number - 1]
        valid = opaque
        if not {MaskFlags.all_valid, MaskFlags.alpha} & set(flags):
            own = source.read_masks(number, **how) > 0
            valid = own if valid is None else valid & own
        if values.dtype.kind == 'f':
            finite = np.isfinite(values)
            if not finite.all():
                valid = finite if valid is None else valid & finite
        found.append(valid)
    if all(valid is None or valid.all() for valid in found):
        return None
    full = np.ones(pixels.shape[1:], np.bool_)
    return np.stack([full if valid is None else valid for valid in found])
