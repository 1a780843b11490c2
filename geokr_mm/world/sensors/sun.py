"""Sun, season and shading."""

import datetime as dt
import math

import numpy as np

from ..core.grid import F32


def date_of(year: int, day: int, lat: float) -> dt.date:
    """A date from a day of the northern year; the south is half a year off."""
    if lat < 0:
        day = (day + 182) % 365 + 1
    return dt.date(year, 1, 1) + dt.timedelta(days=day - 1)


def sun_position(date: dt.date, lat: float) -> tuple[float, float]:
    """Sun at half past ten local solar time.

    Returns:
        tuple: Azimuth clockwise from north and elevation, radians;
        elevation is at least 12 degrees so that there is a picture.
    """
    day = date.timetuple().tm_yday
    tilt = math.radians(-23.44) * math.cos(2 * math.pi * (day + 10) / 365.25)
    phi, hour = math.radians(lat), math.radians(-22.5)
    up = math.sin(phi) * math.sin(tilt) + math.cos(phi) * math.cos(
        tilt
    ) * math.cos(hour)
    east = -math.cos(tilt) * math.sin(hour)
    north = math.cos(phi) * math.sin(tilt) - math.sin(phi) * math.cos(
        tilt
    ) * math.cos(hour)
    elevation = max(math.asin(up), math.radians(12))
    return math.atan2(east, north) % (2 * math.pi), elevation


def summer(date: dt.date, lat: float) -> float:
    """Season: 1 in high summer, -1 in mid winter, damped in the tropics."""
    day = date.timetuple().tm_yday
    phase = math.cos(2 * math.pi * (day - 202) / 365.25)
    return phase * math.copysign(min(abs(lat) / 30, 1.0), lat)


def shade(
    ground: F32, objects: F32, step: float, azimuth: float, elevation: float
) -> F32:
    """Light on a surface, a factor (h, w); 1 on flat open ground.

    ``ground`` is the height of the terrain, ``objects`` that of what stands
    on it, metres; pixels are ``step`` metres. Azimuth, clockwise from north,
    and elevation of the sun are radians.
    """
    east, north = math.sin(azimuth), math.cos(azimuth)
    tan = math.tan(elevation)
    gy, gx = np.gradient(ground, np.float32(step))
    # Rows run south. Facing the sun is brighter.
    facing = -(gx * np.float32(east) - gy * np.float32(north)) / np.float32(
        tan
    )
    oy, ox = np.gradient(objects, np.float32(step))
    relief = -(ox * np.float32(east) - oy * np.float32(north))
    light = 1 + 0.75 * np.clip(facing, -0.75, 0.9)
    light += np.float32(0.20) * np.clip(relief, -1.2, 1.2)
    cast = np.zeros(ground.shape, bool)
    longest = float(objects.max()) / tan
    reach = min(int(longest / step), 14)
    for k in range(1, reach + 1):
        dx, dy = round(k * east), round(-k * north)
        far = math.hypot(dx, dy) * step * tan
        # Whatever stands k pixels towards the sun throws its shadow here.
        moved = np.roll(objects, (-dy, -dx), axis=(0, 1))
        cast |= moved - objects > far
    return np.where(cast, np.float32(0.42) * np.clip(light, 0.5, 1.2), light)
