"""Bringing a sensor's numbers to 0..255, once and for all patches alike.

Modes:
    scene: one pair for all bands of a scene, the 1st and 99th percentile of
        its band mean (pixels above 0, scene thinned to a twentieth), as the
        released GeoKR code has it.
    sensor: one pair for each band over all scenes of the index.
    none: the pixel type's full range, so uint8 stays as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .crew import Crew
from .quarantine import entry
from .raster import UnusableFileError
from .scene import Scene

MODES = ('scene', 'sensor', 'none')
PERCENTILES = (1.0, 99.0)
# The released code looks at every twentieth row and column; small scenes
# are thinned less, so that the percentiles rest on some 10,000 pixels.
THINNING = 20
LEAST_SIDE = 100

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]


def thumbnail(scene: Scene) -> NDArray[np.float64]:
    """The scene thinned for statistics, array (C, h, w); empty = NaN."""
    shape = tuple(
        min(side, max(side // THINNING, LEAST_SIDE))
        for side in (scene.height, scene.width)
    )
    pixels = scene.read(shape=(shape[0], shape[1])).astype(np.float64)
    if scene.nodata is not None:
        pixels[:, (pixels == scene.nodata).any(axis=0)] = np.nan
    return pixels


def scene_stretch(scene: Scene) -> Pair:
    """The released stretch: one pair, repeated for each band.

    Raises:
        UnusableFileError: A scene with no pixel above 0.
    """
    mean = thumbnail(scene).mean(axis=0)
    values = mean[np.isfinite(mean) & (mean > 0)]
    if not len(values):
        raise UnusableFileError(
            f'{scene.files[0]}: no pixel above 0; the scene is empty: leave '
            'it out',
            scene.files[0],
            'no_pixels',
        )
    low, high = np.percentile(values, PERCENTILES)
    bands = len(scene.bands)
    return np.full(bands, low), np.full(bands, max(high, low + 1e-6))


def sensor_stretch(thumbnails: Sequence[NDArray[np.float64]]) -> Pair:
    """Percentiles of each band over the thumbnails of all scenes."""
    bands = len(thumbnails[0])
    values = np.concatenate([t.reshape(bands, -1) for t in thumbnails], axis=1)
    values[~(values > 0)] = np.nan
    if not np.isfinite(values).any(axis=1).all():
        raise InputError(
            'a band has no pixel above 0 in any scene; leave the band out '
            'with --bands'
        )
    low, high = np.nanpercentile(values, PERCENTILES, axis=1)
    return low, np.maximum(high, low + 1e-6)


def no_stretch(scene: Scene) -> Pair:
    """The full range of the pixel type."""
    kind = np.dtype(scene.dtype)
    if kind.kind not in 'iu':
        raise InputError(
            f'{scene.files[0]}: {scene.dtype} pixels have no fixed range; '
            'use --stretch scene or --stretch sensor'
        )
    bands = len(scene.bands)
    return np.zeros(bands), np.full(bands, float(np.iinfo(kind).max))


def stretches(
    scenes: Sequence[Scene],
    mode: str,
    bad: list[dict[str, str]] | None = None,
    crew: Crew | None = None,
) -> dict[str, Pair]:
    """The stretch of each scene, by scene name.

    Args:
        scenes (sequence of Scene): All scenes of the index.
        mode (str): One of :data:`MODES`.
        bad (list): Scenes that cannot be read are added here as entries of
            :mod:`.quarantine` and left out; None makes them an error.
        crew (Crew): Who reads the scenes; this process by default.

    Raises:
        InputError: Unknown mode, or scenes with nothing to measure.
    """
    if mode not in MODES:
        raise InputError(
            f'unknown stretch {mode!r}: choose one of {", ".join(MODES)}'
        )
    measures = {
        'scene': scene_stretch,
        'sensor': thumbnail,
        'none': no_stretch,
    }
    found: dict[str, Any] = {}
    results = (crew or Crew()).map(
        _tried, ((measures[mode], scene) for scene in scenes)
    )
    for scene, result in zip(scenes, results, strict=True):
        if not isinstance(result, UnusableFileError):
            found[scene.name] = result
        elif bad is None:
            raise result
        else:
            bad.append(entry(result, scene.name))
    if mode == 'sensor' and found:
        return dict.fromkeys(found, sensor_stretch(list(found.values())))
    return found


def _tried(measure: Callable[[Scene], Any], scene: Scene) -> Any:
    """A scene's figures, or what is wrong with its file."""
    try:
        return measure(scene)
    except UnusableFileError as error:
        return error


def described(mode: str, pairs: Mapping[str, Pair]) -> dict[str, Any]:
    """The stretch of all scenes as an index stores it.

    Args:
        mode (str): One of :data:`MODES`.
        pairs (mapping): Scene name to stretch.

    Returns:
        dict: ``mode``, and ``low`` and ``high`` of each scene in ``scenes``;
        or in ``all`` where several scenes have the same, which may be a
        million.
    """
    told = {
        name: {'low': low.tolist(), 'high': high.tolist()}
        for name, (low, high) in pairs.items()
    }
    first = next(iter(told.values()))
    if len(told) > 1 and all(pair == first for pair in told.values()):
        return {'mode': mode, 'scenes': {}, 'all': first}
    return {'mode': mode, 'scenes': told}


def pair_of(radiometry: Mapping[str, Any], scene: str) -> Any:
    """A scene's ``low`` and ``high`` from what :func:`described` made."""
    return radiometry['scenes'].get(scene) or radiometry['all']


def stretch(
    array: NDArray[np.generic],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
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
    lo = np.asarray(low, np.float32)[:, None, None]
    hi = np.asarray(high, np.float32)[:, None, None]
    scaled = (array.astype(np.float32) - lo) * (255.0 / (hi - lo))
    return np.clip(np.nan_to_num(scaled), 0, 255).astype(np.uint8)
