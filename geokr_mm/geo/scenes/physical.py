"""Physical values of pixels: their units, and mean and deviation by band.

``value = number * scale + offset``. Both sides of a backbone, pre-training
and what comes after it, take their values from here.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .scene import Scaling, Scene
from .sensors import wavelengths
from .sentinel2 import scene_scaling

Floats = NDArray[np.float64]

REFLECTANCE = 'reflectance'
# Units where none are stated: of stored numbers by their type, and of scaled
# ones.
BYTES, COUNTS, STORED = 'brightness 0 to 255', 'counts', 'values as stored'
SCALED = 'scaled values'


def to_values(
    pixels: NDArray[Any], scale: Floats, offset: Floats
) -> NDArray[np.float32]:
    """Values of stored numbers, float32 array (C, h, w).

    Args:
        pixels (array (C, h, w)): As stored.
        scale, offset (float64 array (C,)): Of each band.
    """
    values = pixels.astype(np.float32)
    if (scale != 1).any() or (offset != 0).any():
        with np.errstate(over='ignore', invalid='ignore'):
            values *= scale.astype(np.float32)[:, None, None]
            values += offset.astype(np.float32)[:, None, None]
    return values


def band_sums(
    pixels: NDArray[Any], valid: NDArray[np.bool_] | None
) -> NDArray[np.float64]:
    """Count, sum and sum of squares of each band's valid pixels.

    Exact for whole numbers.

    Args:
        pixels (array (C, h, w)): Of any numeric type.
        valid (bool array (C, h, w)): Which of them hold data; None for all.

    Returns:
        float64 array (3, C).
    """
    sums = np.empty((3, len(pixels)))
    for number, band in enumerate(pixels):
        values = (band if valid is None else band[valid[number]]).ravel()
        values = values.astype(np.float64)
        sums[:, number] = values.size, values.sum(), (values**2).sum()
    return sums


def scaled_sums(
    sums: NDArray[np.float64], scale: Floats, offset: Floats
) -> NDArray[np.float64]:
    """:func:`band_sums` of values, from those of stored numbers."""
    count, total, square = sums
    return np.stack(
        [
            count,
            scale * total + offset * count,
            scale**2 * square + 2 * scale * offset * total + offset**2 * count,
        ]
    )


def mean_and_std(sums: NDArray[np.float64]) -> dict[str, list[float]]:
    """``mean`` and ``std`` of each band from :func:`band_sums`."""
    count, total, square = sums
    if not count.all():
        # No patch was kept: neutral values that divide safely.
        return {'mean': [0.0] * len(count), 'std': [1.0] * len(count)}
    mean = total / count
    spread = np.sqrt(np.maximum(square / count - mean**2, 0.0))
    # A band of one value, but for rounding.
    spread[spread <= 1e-6 * np.abs(mean)] = 1.0
    return {'mean': mean.tolist(), 'std': spread.tolist()}


def stored_units(dtype: str) -> str:
    """Units of numbers of a pixel type that nothing scales."""
    kind = np.dtype(dtype)
    if kind.kind not in 'iu':
        return STORED
    return BYTES if kind == np.uint8 else COUNTS


def units_of(dtype: str, scaling: Sequence[Scaling], known: bool) -> str:
    """Units of the values of a file or scene.

    Args:
        dtype (str): Pixel type.
        scaling (sequence of Scaling): Of its bands; empty for none.
        known (bool): Whether that is what Sentinel-2's baseline implies.
    """
    if not scaling:
        return stored_units(dtype)
    if known:
        return REFLECTANCE
    return SCALED if any(s.scale != 1 for s in scaling) else COUNTS


def describe_values(
    scenes: Sequence[Scene], units: str | None = None
) -> dict[str, Any]:
    """What an index states of the values of its scenes.

    Args:
        scenes (sequence of Scene): All with the same bands.
        units (str): As stated; else by :func:`units_of`.

    Returns:
        dict: ``units``; ``stored_units`` of the numbers before scale and
        offset; ``scale`` and ``offset`` of each band, None where scenes
        differ in them; ``wavelengths`` in micrometres, None of each band
        where it is not known.
    """
    factors = {scene.scaling for scene in scenes}
    shared = scenes[0].factors() if len(factors) == 1 else None
    found = {
        units_of(
            scene.dtype,
            scene.scaling,
            scene.scaling == scene_scaling(scene),
        )
        for scene in scenes
        if units is None
    }
    stored = {stored_units(scene.dtype) for scene in scenes}
    waves = {wavelengths(scene.name, scene.bands) for scene in scenes}
    return {
        'units': units or ' or '.join(sorted(found)),
        'stored_units': ' or '.join(sorted(stored)),
        'scale': None if shared is None else shared[0].tolist(),
        'offset': None if shared is None else shared[1].tolist(),
        'wavelengths': [
            band[0] if len(set(band)) == 1 else None
            for band in zip(*waves, strict=True)
        ],
    }
