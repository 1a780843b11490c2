"""What the land looks like: reflectance and height of its cover."""

from collections.abc import Callable

import numpy as np

from ..core.grid import F32, Mask
from ..land import legend as lc
from ..land.cover import Land
from . import built, ground, vegetation
from .canvas import At, Canvas, View
from .spectra import spectrum

_PAINTERS: dict[int, Callable[[Canvas, At], None]] = {
    lc.CROP: vegetation.crops,
    lc.FOREST: vegetation.trees,
    lc.GRASS: vegetation.grass,
    lc.SHRUB: vegetation.shrubs,
    lc.WETLAND: vegetation.marsh,
    lc.WATER: ground.water,
    lc.SEA: ground.water,
    lc.TUNDRA: vegetation.tundra,
    lc.BUILT: built.towns,
    lc.BARE: ground.bare,
    lc.SNOW: ground.snow,
}


def _snowfall(canvas: Canvas, rho: F32) -> tuple[F32, Mask]:
    """Seasonal snow: thin under trees and in towns, none on water."""
    land = canvas.land
    cold = land.warmth + 11 * canvas.view.season + 1.5 * land.rough
    fallen = (cold < -2) & ~np.isin(land.cover, (lc.WATER, lc.SEA, lc.SNOW))
    if not fallen.any():
        return rho, np.zeros(land.cover.shape, bool)
    hold = np.where(land.cover == lc.FOREST, 0.4, 0.85)
    hold = np.where(land.cover == lc.BUILT, 0.6, hold)
    patchy = 0.12 * canvas.mid.reshape(hold.shape)
    thick = np.clip((-2 - cold) * 0.6 + 0.3, 0, 1)
    hold = np.clip(hold + patchy, 0, 1) * fallen * thick
    white = spectrum('snow', canvas.view.bands)[:, :, None] * np.float32(0.9)
    return np.asarray(rho * (1 - hold) + white * hold, np.float32), hold > 0.5


def paint(land: Land, view: View) -> tuple[F32, F32, Mask]:
    """Reflectance of the land under even light, and what stands on it.

    Returns:
        tuple: Reflectance (bands, h, w) 0 to 1; height of objects (h, w),
        metres; where snow lies (h, w), also seasonal snow.
    """
    canvas = Canvas(land, view)
    flat = land.cover.ravel()
    for code, painter in _PAINTERS.items():
        at = np.flatnonzero(flat == code)
        if len(at):
            painter(canvas, at)
    shape = land.grid.shape
    rho, fallen = _snowfall(canvas, canvas.rho.reshape(-1, *shape))
    snow: Mask = (land.cover == lc.SNOW) | fallen
    return (np.clip(rho, 0.002, 1.0), canvas.tall.reshape(shape), snow)
