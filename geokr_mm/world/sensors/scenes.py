"""Pre-training scenes and their truth as GeoTIFF files."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp

from ..core.hashing import subseed
from ..land.cover import settle
from ..land.place import Place
from .camera import Shot, expose, photograph
from .sensors import SENSORS
from .sun import date_of

_TILE = 256  # pixels rendered at once


@dataclass(frozen=True)
class SceneOrder:
    """One scene to be made.

    Its side, in pixels, is cut down to what the place holds; the date lies in
    the years from the first to the last one.
    """

    place: Place
    sensor: str
    side: int
    folder: str
    years: tuple[int, int]


def circumstances(order: SceneOrder) -> tuple[Shot, float, float]:
    """Draw date, weather and position of a scene.

    Returns:
        tuple: Shot, left and upper edge in metres from the place's centre.
    """
    place, sensor = order.place, SENSORS[order.sensor]
    seed = subseed(place.seed, 'scene', order.sensor)
    rng = np.random.default_rng(seed)
    year = int(rng.integers(order.years[0], order.years[1] + 1))
    # Most scenes are taken in the growing season.
    day = int(np.clip(rng.normal(200, 55), 20, 345))
    date = date_of(year, day, place.lat)
    clouds = float(rng.uniform(0.03, 0.22)) if rng.random() < 0.25 else 0.0
    shot = Shot(
        sensor, sensor.gsd, date, seed, float(rng.beta(1.2, 3)), clouds
    )
    extent = order.side * sensor.gsd
    room = max(place.size - extent, 0)
    # Small scenes favour the towns: empty land is common enough.
    towns = settle(place).towns
    aim = rng.uniform(-0.5, 0.5, 2) * room
    if towns and sensor.gsd < 6 and rng.random() < 0.4:
        town = towns[int(rng.integers(min(len(towns), 4)))]
        aim = np.array([town.x, town.y]) + rng.normal(0, 0.5, 2) * town.radius
    aim = np.clip(aim, -room / 2, room / 2)
    left = round((aim[0] - extent / 2) / sensor.gsd) * sensor.gsd
    top = round((aim[1] + extent / 2) / sensor.gsd) * sensor.gsd
    white = expose(settle(place), shot, left, top, extent)
    return replace(shot, white=white), left, top


def make_scene(root: Path, order: SceneOrder) -> list[str]:
    """Render a scene and its true map; the files, relative to ``root``."""
    place, country = order.place, settle(order.place)
    shot, left, top = circumstances(order)
    sensor, gsd = shot.sensor, shot.gsd
    side = min(order.side, int(place.size / gsd))
    stem = f'{place.name}_{sensor.name}_{shot.date:%Y%m%d}'
    files = [f'{order.folder}/{stem}.tif', f'truth/{stem}.tif']
    common = {
        'driver': 'GTiff',
        'width': side,
        'height': side,
        'tiled': True,
        'blockxsize': 128,
        'blockysize': 128,
        'compress': 'deflate',
        'crs': CRS.from_epsg(place.epsg),
        'nodata': 0,
        'transform': Affine(
            gsd, 0, place.east + left, 0, -gsd, place.north + top
        ),
    }
    rng = np.random.default_rng(shot.seed + 1)
    slant = rng.random() < 0.15
    image = np.zeros((len(sensor.bands), side, side), sensor.dtype)
    truth = np.zeros((side, side), np.uint8)
    for row in range(0, side, _TILE):
        for col in range(0, side, _TILE):
            h, w = min(_TILE, side - row), min(_TILE, side - col)
            pic = photograph(
                country, shot, left + col * gsd, top - row * gsd, h, w
            )
            image[:, row : row + h, col : col + w] = pic.image
            truth[row : row + h, col : col + w] = pic.cover
    if slant:
        edge = side * 0.08 + np.arange(side)[:, None] * np.tan(
            rng.uniform(-0.12, 0.12)
        )
        image[:, np.arange(side)[None, :] < edge] = 0
    with rasterio.open(
        root / files[0],
        'w',
        count=len(sensor.bands),
        dtype=sensor.dtype,
        predictor=2,
        photometric='MINISBLACK',
        **common,
    ) as out:
        out.write(image)
        out.descriptions = sensor.bands
        out.colorinterp = [ColorInterp.undefined] * len(sensor.bands)
        out.update_tags(
            TIFFTAG_DATETIME=f'{shot.date:%Y:%m:%d} 10:30:00',
            date=shot.date.isoformat(),
            gsd=f'{gsd:g}',
            sensor=sensor.name,
            bands=','.join(sensor.bands),
            place=place.name,
        )
    with rasterio.open(
        root / files[1], 'w', count=1, dtype='uint8', **common
    ) as out:
        out.write(truth, 1)
        out.update_tags(year=str(shot.date.year), legend='common')
    return files
