"""Bringing a sensor's numbers to 0..255, once and for all patches alike.

Modes:
    scene: the same limits for all bands of a scene, the 1st and 99th
        percentile of its band mean (scene thinned to a twentieth), as the
        released GeoKR code has it.
    sensor: limits of each band over all scenes of the index.
    none: the pixel type's full range, so uint8 stays as it is.

Percentiles are taken of values (``number * scale + offset``) of valid pixels.
What the index keeps are the stored numbers that become 0 and 255: readers
need neither scale nor offset, and scenes of different offsets look alike.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..core.executor import Executor
from ..core.raster import UnusableFileError
from .quarantine import Quarantine
from .scene import Scene
from .values import (
    PERCENTILES,
    Floats,
    Limits,
    SceneValues,
    full_range,
    is_narrow,
    measure_scene,
    stored_limits,
)

__all__ = ['Limits', 'Stretches', 'find_stretches', 'full_range', 'stretch']

logger = logging.getLogger('geokr_mm')

MODES = ('scene', 'sensor', 'none')
# Pixels of all scenes together that percentiles over scenes rest on.
SAMPLE = 2_000_000
# Sentinel-2 counts have 1000 added since processing baseline 04.00. A gap of
# this size between the darkest values of scenes is probably that.
OFFSET_GAP = (800.0, 1200.0)


class SceneStretch(NamedTuple):
    """Stored numbers of a scene that become 0 and 255.

    Attributes:
        limits (Limits): As the index stores them.
        fixed (Limits): The same on one scale for all scenes, to find bright,
            dark and flat patches by: the type's range of 8-bit scenes; else
            from value 0, or the 1st percentile of bands with negative ones,
            to the 99th percentile over all scenes.
    """

    limits: Limits
    fixed: Limits


@dataclass(frozen=True)
class Stretches:
    """The stretch of all scenes of an index.

    Attributes:
        mode (str): One of :data:`MODES`.
        scenes (dict[str, SceneStretch]): Stretch of each scene by its name.
    """

    mode: str
    scenes: dict[str, SceneStretch]

    @property
    def shared(self) -> Limits | None:
        """The stretch that all scenes have; None where they differ."""
        every = [scene.limits for scene in self.scenes.values()]
        same = all(np.array_equal(every[0], other) for other in every)
        return every[0] if every and same else None

    def described(self) -> dict[str, Any]:
        """What an index stores of it for all rows.

        Returns:
            dict: ``mode``; and in ``all`` the ``low`` and ``high`` of every
            row, where all rows share them. Else each row has its own.
        """
        shared = self.shared
        if shared is None:
            return {'mode': self.mode}
        low, high = (side.tolist() for side in shared)
        return {'mode': self.mode, 'all': {'low': low, 'high': high}}


def find_stretches(
    scenes: Sequence[Scene],
    mode: str,
    quarantine: Quarantine | None = None,
    executor: Executor | None = None,
) -> Stretches:
    """The stretch of each scene.

    Args:
        scenes (sequence of Scene): All scenes of the index.
        mode (str): One of :data:`MODES`.
        quarantine (Quarantine): Gets scenes that cannot be read; without it
            they are an error.
        executor (Executor): Reads the scenes; this process by default.

    Raises:
        InputError: Unknown mode, or scenes with nothing to measure.
    """
    if mode not in MODES:
        raise InputError(
            f'unknown stretch {mode!r}: choose one of {", ".join(MODES)}'
        )
    quarantine = quarantine or Quarantine()
    most = max(1, SAMPLE // max(len(scenes), 1))
    good: list[Scene] = []
    found: list[SceneValues] = []
    results = (executor or Executor()).map(
        _measured,
        ((scene, mode, most) for scene in scenes),
        # A few small scenes at once; large ones keep all workers busy.
        together=min(max(1, len(scenes) // 256), 64),
    )
    for scene, result in zip(scenes, results, strict=True):
        if isinstance(result, UnusableFileError):
            quarantine.add(result, scene.name)
        else:
            good.append(scene)
            found.append(result)
    samples = [v.sample for v in found if v.sample is not None]
    if mode == 'sensor':
        _warn_of_offsets(good, found)
    if samples:
        low, high = _percentiles(samples)
    stretches = {}
    for scene, values in zip(good, found, strict=True):
        limits = values.limits or stored_limits(scene, low, high)
        if values.sample is None or is_narrow(scene):
            fixed = full_range(scene)
        else:
            fixed = stored_limits(scene, np.minimum(low, 0.0), high)
        stretches[scene.name] = SceneStretch(limits, fixed)
    return Stretches(mode, stretches)


def _measured(
    scene: Scene, mode: str, most: int
) -> SceneValues | UnusableFileError:
    """A scene's figures, or what is wrong with its file."""
    try:
        return measure_scene(scene, mode, most)
    except UnusableFileError as error:
        return error


def _percentiles(samples: Sequence[NDArray[np.float32]]) -> Limits:
    """Percentiles of each band's values over all scenes."""
    values = np.concatenate(samples, axis=1)
    if not np.isfinite(values).any(axis=1).all():
        raise InputError(
            'a band holds no data in any scene; leave the band out with '
            '--bands'
        )
    low, high = np.nanpercentile(values.astype(np.float64), PERCENTILES, 1)
    return low, high


def _warn_of_offsets(
    scenes: Sequence[Scene], found: Sequence[SceneValues]
) -> None:
    """Warn where some scenes seem to have 1000 counts added."""
    dark = sorted(
        (values.darkest, scene.files[0])
        for scene, values in zip(scenes, found, strict=True)
        if values.darkest is not None
    )
    for (low, one), (high, other) in zip(dark, dark[1:], strict=False):
        if OFFSET_GAP[0] <= high - low <= OFFSET_GAP[1]:
            count = sum(value >= high for value, _ in dark)
            logger.warning(
                'the darkest values of %d of %d scenes are about %.0f above '
                'the others (%s: %.0f, %s: %.0f); if they are not overcast, '
                'these may be the 1000 counts that Sentinel-2 has added since '
                'processing baseline 04.00: take them out with a column '
                'offset in a table of scenes, or --offset',
                count, len(dark), high - low, other, high, one, low,
            )  # fmt: skip
            return


def limits_of(radiometry: Mapping[str, Any], scene: str) -> Any:
    """A scene's ``low`` and ``high`` in an index whose rows have none."""
    return radiometry.get('scenes', {}).get(scene) or radiometry['all']


def stretch(
    array: NDArray[np.generic],
    low: Floats,
    high: Floats,
) -> NDArray[np.uint8]:
    """Linear stretch to 0..255.

    Args:
        array (array (C, h, w)): Pixels of any numeric type.
        low, high (float64 array (C,)): Values that become 0 and 255.

    Returns:
        uint8 array (C, h, w).
    """
    if array.dtype == np.uint8 and (low == 0).all() and (high == 255).all():
        return array.astype(np.uint8)
    if array.dtype == np.uint8 and array.size > 256 * len(array):
        tables = _tables(
            *(np.asarray(v, np.float64).tobytes() for v in (low, high))
        )
        stretched = bytearray().join(
            band.tobytes().translate(table)
            for band, table in zip(array, tables, strict=True)
        )
        return np.frombuffer(stretched, np.uint8).reshape(array.shape)
    lo = np.asarray(low, np.float32)[:, None, None]
    hi = np.asarray(high, np.float32)[:, None, None]
    # Fill values may be too large for the product; they are masked.
    with np.errstate(over='ignore', invalid='ignore'):
        scaled = (array.astype(np.float32) - lo) * (255.0 / (hi - lo))
    return np.clip(np.nan_to_num(scaled), 0, 255).astype(np.uint8)


@lru_cache(maxsize=256)
def _tables(low: bytes, high: bytes) -> tuple[bytes, ...]:
    """What each 8-bit number of each band becomes."""
    limits = [np.frombuffer(side, np.float64) for side in (low, high)]
    numbers = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    each = stretch(np.repeat(numbers, len(limits[0]), 0), *limits)
    return tuple(table.tobytes() for table in each)
