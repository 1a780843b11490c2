"""What pure surfaces reflect, from ``spectra.csv``.

The table holds surface reflectance, 0 to 1, in Sentinel-2's ten land bands:
rounded from the general shape of published field spectra (leaf, soil, water,
snow, roofs).
"""

import csv
from importlib import resources

import numpy as np

from ..core.grid import F32

_FILE = resources.files(__package__) / 'spectra.csv'
_NAMES, *_ROWS = csv.reader(_FILE.read_text().splitlines())
# By wavelength.
ALL_BANDS = tuple(_NAMES[1:])
_TABLE = {
    name: dict(zip(ALL_BANDS, map(float, values), strict=True))
    for name, *values in _ROWS
}


def spectrum(name: str, bands: tuple[str, ...]) -> F32:
    """Reflectance of a surface of the table in some bands, (bands, 1)."""
    return np.array([[_TABLE[name][band]] for band in bands], np.float32)
