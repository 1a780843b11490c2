"""What one scene adds to the stretch of an index."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..core.raster import UnusableFileError
from .scene import Scene

PERCENTILES = (1.0, 99.0)
# The released code looks at every twentieth row and column; small scenes
# are thinned less, so that the percentiles rest on some 10,000 pixels.
THINNING = 20
LEAST_SIDE = 100

Floats = NDArray[np.float64]
#: Stored numbers of each band that become 0 and 255, two arrays (C,).
Limits = tuple[Floats, Floats]


@dataclass(frozen=True)
class SceneValues:
    """What one scene adds to the stretch.

    Attributes:
        limits (Limits | None): Its own stretch, in stored numbers.
        sample (float32 array (C, n) | None): Values of some pixels, NaN
            where empty.
        darkest (float | None): Least 1st percentile of a band's stored
            numbers, where no offset is stated.
    """

    limits: Limits | None
    sample: NDArray[np.float32] | None
    darkest: float | None


def thumbnail(scene: Scene) -> Floats:
    """Values of the scene thinned for statistics, (C, h, w); empty is NaN.

    Pixels that are 0 in all bands count as empty where no file marks them:
    most sensors' products are filled with 0.
    """
    shape = tuple(
        min(side, max(side // THINNING, LEAST_SIDE))
        for side in (scene.height, scene.width)
    )
    pixels, valid = scene.read_masked(shape=(shape[0], shape[1]))
    scale, offset = (side[:, None, None] for side in scene.factors())
    values = pixels.astype(np.float64) * scale + offset
    if valid is not None:
        values[~valid] = np.nan
    if not scene.masked:
        values[:, (pixels == 0).all(axis=0)] = np.nan
    return values


def scene_limits(scene: Scene, values: Floats) -> Limits:
    """The released stretch: the same two values for all bands.

    Raises:
        UnusableFileError: A scene without any pixel that holds data.
    """
    bands = np.isfinite(values).sum(axis=0)
    if not bands.any():
        raise UnusableFileError(
            f'{scene.files[0]}: no pixel holds data (all are masked, not '
            'finite, or 0 in every band); the scene is empty: leave it out',
            scene.files[0],
            'no_pixels',
        )
    mean = np.nansum(values, axis=0)[bands > 0] / bands[bands > 0]
    low, high = np.percentile(mean, PERCENTILES)
    count = len(scene.bands)
    return stored_limits(scene, np.full(count, low), np.full(count, high))


def stored_limits(scene: Scene, low: Floats, high: Floats) -> Limits:
    """Values as the stored numbers of a scene."""
    scale, offset = scene.factors()
    least = np.maximum(high, low + 1e-6)
    return (low - offset) / scale, (least - offset) / scale


def full_range(scene: Scene) -> Limits:
    """The full range of the pixel type."""
    kind = np.dtype(scene.dtype)
    if kind.kind not in 'iu':
        raise InputError(
            f'{scene.files[0]}: {scene.dtype} pixels have no fixed range; '
            'use --stretch scene or --stretch sensor'
        )
    bands = len(scene.bands)
    return np.zeros(bands), np.full(bands, float(np.iinfo(kind).max))


def measure_scene(scene: Scene, mode: str, most: int) -> SceneValues:
    """What one scene adds to the stretch."""
    narrow = is_narrow(scene)
    if mode == 'none' and narrow:
        return SceneValues(full_range(scene), None, None)
    values = thumbnail(scene)
    limits = None
    if mode == 'none':
        limits = full_range(scene)
    elif mode == 'scene':
        limits = scene_limits(scene, values)
    else:
        scene_limits(scene, values)
    darkest = None
    if not scene.scaling and np.dtype(scene.dtype).kind in 'iu' and not narrow:
        with np.errstate(all='ignore'):
            lowest = [
                np.percentile(band[np.isfinite(band)], PERCENTILES[0])
                for band in values
                if np.isfinite(band).any()
            ]
        darkest = float(min(lowest))
    sample = None
    if mode == 'sensor' or not narrow:
        flat = values.reshape(len(values), -1)
        step = max(1, -(-flat.shape[1] // most))
        sample = flat[:, ::step].astype(np.float32)
    return SceneValues(limits, sample, darkest)


def is_narrow(scene: Scene) -> bool:
    """Whether stored numbers are 8-bit brightness as they are."""
    return scene.dtype == 'uint8' and not scene.scaling
