"""What lies between land and camera: clouds, their shadows, haze."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from ..core.grid import F32, Grid
from ..core.hashing import subseed
from ..core.noise import fractal_noise
from ..surface.spectra import ALL_BANDS, spectrum


@dataclass(frozen=True, eq=False)
class Sky:
    """Clouds over a window, (h, w).

    Opacity and shadow on the ground are 0 to 1; ``light`` is about 1, more on
    sunny and less on shaded sides.
    """

    opacity: F32
    shadow: F32
    light: F32


def make_sky(
    seed: int, share: float, grid: Grid, azimuth: float, elevation: float
) -> Sky | None:
    """Clouds of a scene over a window; None under a clear sky.

    ``share`` of the sky is under cloud. Azimuth, clockwise from north, and
    elevation of the sun are radians.
    """
    if share <= 0:
        return None
    rng = np.random.default_rng(subseed(seed, 'sky'))
    length = rng.uniform(500, 2000)
    softness = rng.uniform(1.4, 3.0)
    # The field is nearly normal: this level leaves the share wanted.
    level = float(ndtri(1 - min(share, 0.97)))
    east, north = math.sin(azimuth), math.cos(azimuth)

    def field(towards_sun: float) -> F32:
        moved = Grid(
            grid.xs + east * towards_sun,
            grid.ys + north * towards_sun,
            grid.step,
        )
        return fractal_noise(moved, length, 7, seed + 71, gain=0.6)

    throw = rng.uniform(500, 1200) / math.tan(elevation)
    here = field(0)
    side = here - field(2.5 * grid.step + 20)
    opacity = np.clip((here - level) * softness + 0.25, 0, 1)
    shadow = np.clip((field(throw) - level) * softness + 0.25, 0, 1)
    light = (
        0.86
        + 0.2 * np.clip(side, -1.2, 1.2)
        + 0.1 * np.clip(here - level, 0, 2)
    )
    return Sky(
        opacity.astype(np.float32),
        shadow.astype(np.float32),
        light.astype(np.float32),
    )


def through(
    rho: F32, sky: Sky | None, haze: float, bands: tuple[str, ...]
) -> F32:
    """Reflectance (bands, h, w) at the top of the air.

    ``rho`` is that at the ground; haze is from 0 (clear) to 1 (thick).
    """
    if sky is not None:
        rho = rho * (1 - 0.62 * sky.shadow)
        white = spectrum('cloud', bands)[:, :, None] * sky.light
        rho = rho * (1 - sky.opacity) + white * sky.opacity
    # Scattered light falls with wavelength: strongest in the blue.
    rank = [ALL_BANDS.index(band) for band in bands]
    veil = np.array([0.13 * 0.72**k for k in rank], np.float32)
    veil = veil[:, None, None] * np.float32(0.15 + 0.6 * haze)
    return np.asarray(rho * (1 - veil) + veil, np.float32)
