"""Regions of the planet, and places: squares of land in one UTM zone each."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from rasterio.warp import transform

from ..core.grid import Grid
from ..core.hashing import subseed


@dataclass(frozen=True)
class Climate:
    """What a region's land is made of.

    Args:
        name (str): Short name, part of file names.
        lon (float): Of the first place, degrees east.
        lat (float): Of the first place, degrees north.
        temperature (float): Yearly mean in the lowland, degrees C.
        moisture (float): From 0 (desert) to 1 (rain forest).
        base (float): Height of the lowland, metres.
        relief (float): Standard deviation of height, metres.
        farming (float): Share of suitable land that is farmed, 0 to 1.
        towns (float): Towns per 100 km2.
        coast (float): 0 inland; else share of a place that is sea.
        soil (float): From 0 (grey) to 1 (red).
        conifer (float): Share of needle-leaved forest, 0 to 1.
        fields (str): Style of its fields: 'small', 'large' or 'pivot'.
    """

    name: str
    lon: float
    lat: float
    temperature: float
    moisture: float
    base: float
    relief: float
    farming: float
    towns: float
    coast: float
    soil: float
    conifer: float
    fields: str


def _read() -> Iterator[Climate]:
    """The rows of ``climates.csv``."""
    text = (resources.files(__package__) / 'climates.csv').read_text()
    for row in csv.DictReader(text.splitlines()):
        name, fields = row.pop('name'), row.pop('fields')
        numbers = {key: float(value) for key, value in row.items()}
        yield Climate(name=name, fields=fields, **numbers)


# Both hemispheres, two adjoining UTM zones (49 and 50, met at 114 E), two
# regions above 60 degrees. Figures are rounded climate normals of the area.
CLIMATES = tuple(_read())


# Slots lie this many degrees of latitude apart, so that places of up to
# 20 km never touch.
_SLOT = 0.3
_ROWS = 6
_COLS = 10


@dataclass(frozen=True)
class Place:
    """A square of land with a seed of its own and a unique name.

    Its centre lies at ``lon`` and ``lat``, and at ``east`` and ``north``,
    multiples of 240 metres in its UTM zone; ``size`` is its side, metres.
    """

    seed: int
    name: str
    climate: Climate
    lon: float
    lat: float
    epsg: int
    east: float
    north: float
    size: float

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north in its zone, metres."""
        half = self.size / 2
        return (
            self.east - half,
            self.north - half,
            self.east + half,
            self.north + half,
        )

    def grid(self, step: float) -> Grid:
        """Cells of ``step`` metres over the whole place."""
        count = int(self.size / step)
        half = self.size / 2
        return Grid.window(-half, half, step, count, count)


def utm_epsg(lon: float, lat: float) -> int:
    """EPSG code of the UTM zone of a point."""
    zone = int(math.floor(lon / 6)) + 31
    return (32600 if lat >= 0 else 32700) + zone


def make_place(seed: int, number: int, role: str, size: float) -> Place:
    """The place with a number: 0, 1, 2, ...; regions take turns.

    The places of the roles 'train' and 'labels' never share ground. ``size``
    is the side in metres, at most 20,000.
    """
    climate = CLIMATES[number % len(CLIMATES)]
    slot = number // len(CLIMATES)
    tile, slot = divmod(slot, _ROWS * _COLS // 2)
    row, col = divmod(slot, _COLS // 2)
    col = 2 * col + (1 if role == 'labels' else 0)
    lat = climate.lat + row * _SLOT * (1 if climate.lat > 0 else -1)
    lon = climate.lon + col * _SLOT / math.cos(math.radians(lat))
    lon = (lon + 6 * tile + 180) % 360 - 180
    epsg = utm_epsg(lon, lat)
    east, north = transform('EPSG:4326', f'EPSG:{epsg}', [lon], [lat])
    return Place(
        seed=subseed(seed, 'place', role, number),
        name=f'{climate.name}{number // len(CLIMATES):03d}{role[0]}',
        climate=climate,
        lon=lon,
        lat=lat,
        epsg=epsg,
        east=round(east[0] / 240) * 240.0,
        north=round(north[0] / 240) * 240.0,
        size=size,
    )
