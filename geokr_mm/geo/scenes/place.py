"""Places of images without georeference: a square around a point."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from affine import Affine

from ...errors import InputError
from ..core.crs import DEGREES, transformer
from ..geometry.ground_size import pixel_sizes

#: Columns of a table that give a place.
PLACE = ('lon', 'lat', 'gsd', 'width_m')
# UTM ends there; beyond lie the polar caps of UPS.
UTM_SOUTH, UTM_NORTH = -80.0, 84.0
UPS_NORTH, UPS_SOUTH = 5041, 5042


class Place(NamedTuple):
    """Where the middle of a north-up image lies, and how large it is.

    Attributes:
        lon, lat (float): Degrees.
        gsd (float): Ground metres along a pixel.
        width_m (float | None): Ground metres across the footprint of its
            label; None for that of the image.
    """

    lon: float
    lat: float
    gsd: float
    width_m: float | None = None

    @classmethod
    def read(cls, row: Mapping[str, str], where: str) -> 'Place | None':
        """The place of a row of a table; None where it states none.

        Args:
            row (mapping): Cells by column.
            where (str): File and line, for messages.

        Raises:
            InputError: A cell that is empty, no number or out of range.
        """
        if not any(row.get(name) for name in ('lon', 'lat', 'width_m')):
            return None
        for name in PLACE[:3]:
            if not row.get(name):
                raise InputError(
                    f'{where}: no {name}; a place has lon, lat and gsd, and '
                    f'the table has {", ".join(row)}'
                )
        width = row.get('width_m')
        return cls(
            _number(row, 'lon', where, -180.0, 360.0, 'degrees'),
            _number(row, 'lat', where, -90.0, 90.0, 'degrees'),
            _number(row, 'gsd', where, 0.0, math.inf, 'metres'),
            _number(row, 'width_m', where, 0.0, math.inf, 'metres')
            if width
            else None,
        )

    @property
    def crs(self) -> str:
        """The UTM zone of the place, or UPS around the poles."""
        if self.lat > UTM_NORTH:
            return f'EPSG:{UPS_NORTH}'
        if self.lat < UTM_SOUTH:
            return f'EPSG:{UPS_SOUTH}'
        zone = int((self.lon + 180.0) // 6.0) % 60 + 1
        return f'EPSG:{(32600 if self.lat >= 0 else 32700) + zone}'

    def widening(self, width: int) -> float:
        """Width of the label's footprint over that of ``width`` pixels."""
        if self.width_m is None:
            return 1.0
        return self.width_m / (self.gsd * width)

    def transform(self, width: int, height: int) -> Affine:
        """Pixel to ground of an image of so many pixels."""
        x, y = transformer(DEGREES, self.crs).transform(self.lon, self.lat)
        one = pixel_sizes(self.crs, Affine.scale(1, -1), np.array([[x, y]]))
        step = self.gsd / float(one[0])
        left, top = x - step * width / 2, y + step * height / 2
        return Affine(step, 0.0, left, 0.0, -step, top)


def _number(
    row: Mapping[str, str],
    name: str,
    where: str,
    low: float,
    high: float,
    unit: str,
) -> float:
    """A cell as a number of its range; the ends of a length do not count."""
    try:
        value = float(row[name])
    except ValueError:
        value = math.nan
    length = unit == 'metres'
    if low <= value <= high and not (length and value in (low, high)):
        return value
    span = 'above 0' if length else f'from {low:g} to {high:g}'
    raise InputError(
        f'{where}: {name} {row[name]!r}; give {unit} {span}, e.g. '
        f'{10 if length else 11.5}'
    )
