"""From the land to a picture: light, haze, clouds, blur, numbers."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..core.grid import F32, U8, Grid, Mask
from ..core.hashing import subseed
from ..land.cover import Country, Land, survey
from ..surface.canvas import View
from ..surface.paint import paint
from .sensors import Sensor
from .sky import make_sky, through
from .sun import shade, summer, sun_position

Digits = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
# Draws things into reflectance (bands, h, w) and height (h, w), in place.
Draw = Callable[[F32, F32, Land], None]
PAD = 12  # pixels rendered around a window, for shadows and blur


@dataclass(frozen=True)
class Shot:
    """One scene's circumstances, the same for all of its windows.

    ``gsd`` is the pixel size in metres, haze runs from 0 (clear) to 1
    (thick), ``clouds`` is the share of the sky under cloud. Sensors of uint8
    show the reflectance ``white`` of each band as white.
    """

    sensor: Sensor
    gsd: float
    date: dt.date
    seed: int
    haze: float
    clouds: float
    white: tuple[float, ...] = (0.35,)


@dataclass(frozen=True, eq=False)
class Picture:
    """A rendered window.

    Args:
        image (array): (bands, h, w), the sensor's type, 1 or more.
        cover (U8): True class codes, (h, w).
        cloud (Mask): Where cloud hides the ground, (h, w).
        snow (Mask): Where snow lies in sight, (h, w).
    """

    image: Digits
    cover: U8
    cloud: Mask
    snow: Mask


def reflect(
    country: Country, shot: Shot, grid: Grid, draw: Draw | None = None
) -> tuple[F32, Land, F32, Mask]:
    """Reflectance at the sensor of a padded window, before blur.

    ``draw`` draws objects before light falls on them.

    Returns:
        tuple: Reflectance (bands, h, w); land; opacity of clouds (h, w);
        where snow lies (h, w).
    """
    climate, place = country.place.climate, country.place
    land = survey(country, grid, shot.date.year)
    view = View(
        bands=shot.sensor.bands,
        season=summer(shot.date, place.lat),
        place=place.seed % 2**31,
        scene=shot.seed % 2**31,
        climate=climate,
    )
    rho, tall, snow = paint(land, view)
    if draw is not None:
        draw(rho, tall, land)
    azimuth, elevation = sun_position(shot.date, place.lat)
    # Small forms of the land, which the coarse heights lack.
    forms = 0.5 + 0.022 * climate.relief * np.clip(
        (land.height - climate.base * 0.5) / (climate.relief + 1), 0.1, 1
    )
    ground = np.asarray(land.height + forms * land.rough, np.float32)
    rho *= shade(ground, tall, grid.step, azimuth, elevation)
    sky = make_sky(shot.seed, shot.clouds, grid, azimuth, elevation)
    rho = through(rho, sky, shot.haze, shot.sensor.bands)
    cloud = np.zeros(grid.shape, np.float32) if sky is None else sky.opacity
    return rho, land, cloud, snow


def photograph(
    country: Country,
    shot: Shot,
    left: float,
    top: float,
    height: int,
    width: int,
    draw: Draw | None = None,
) -> Picture:
    """Render a window of a scene.

    Left and upper edge are metres from the place's centre, height and width
    pixels; ``draw`` draws objects into the padded window.
    """
    pad, gsd, sensor = PAD, shot.gsd, shot.sensor
    grid = Grid.window(
        left - pad * gsd,
        top + pad * gsd,
        gsd,
        height + 2 * pad,
        width + 2 * pad,
    )
    rho, land, cloud, snow = reflect(country, shot, grid, draw)
    crop = (slice(pad, pad + height), slice(pad, pad + width))
    rho = ndimage.gaussian_filter(
        rho, (0, sensor.blur, sensor.blur), truncate=3.0
    )[:, crop[0], crop[1]]
    rng = np.random.default_rng(
        subseed(shot.seed, 'window', round(left), round(top))
    )
    tint = (
        np.random.default_rng(shot.seed)
        .uniform(-sensor.gain, sensor.gain, len(sensor.bands))
        .astype(np.float32)
    )
    rho = rho * (1 + tint[:, None, None])
    grain = rng.standard_normal(rho.shape, np.float32)
    rho = rho + grain * np.float32(sensor.noise) * np.sqrt(
        np.maximum(rho, 0) * 0.15
    )
    hidden = cloud[crop] > 0.45
    return Picture(
        image=_digitise(rho, shot),
        cover=np.ascontiguousarray(land.cover[crop]),
        cloud=hidden,
        snow=snow[crop] & ~hidden,
    )


def _digitise(rho: F32, shot: Shot) -> Digits:
    """Reflectance as stored numbers; 0 is kept for nodata."""
    if shot.sensor.dtype == 'uint16':
        return np.clip(np.rint(rho * 10000), 1, 65535).astype(np.uint16)
    white = np.array(shot.white, np.float32)[:, None, None]
    scaled = np.clip((rho - 0.01) / (white - 0.01), 0, 1)
    bent = scaled ** np.float32(1 / shot.sensor.gamma)
    return np.clip(np.rint(bent * 255), 1, 255).astype(np.uint8)


def expose(
    country: Country, shot: Shot, left: float, top: float, extent: float
) -> tuple[float, ...]:
    """Reflectance that a camera would show as white for a window.

    It is a little above the brightest fiftieth, 0.16 to 0.55 (snow and clouds
    may burn out); visible bands share one, so that colours stay natural. Edges
    and extent of the window are metres.
    """
    side = 48
    grid = Grid.window(left, top, extent / side, side, side)
    rho, _, _, _ = reflect(country, shot, grid)
    visible = [b in ('red', 'green', 'blue') for b in shot.sensor.bands]
    common = np.quantile(rho[visible], 0.98)
    levels = [
        common if seen else np.quantile(band, 0.98)
        for band, seen in zip(rho, visible, strict=True)
    ]
    return tuple(float(np.clip(v * 1.12, 0.16, 0.55)) for v in levels)
