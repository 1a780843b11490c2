"""Bands of sensors: their order, and the common names of the field."""

import re
from collections.abc import Mapping, Sequence

# Band order of whole-sensor stacks, by number of bands (ESA Sentinel-2
# User Handbook, table of MSI bands; L2A lacks the cirrus band B10).
# fmt: off
SENTINEL2 = (
    'B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B8A', 'B09',
    'B10', 'B11', 'B12',
)
# fmt: on
SENTINEL2_NAME = re.compile(
    r'(?i)(?:^|[_-])S2[A-D]?(?:[_-]|$)|MSIL[12]|(?:^|_)T\d\d[A-Z]{3}_\d{8}T'
)

# Common names (STAC extension eo) by sensor, as its agency numbers bands.
_SENTINEL2_NAMES = (
    'coastal', 'blue', 'green', 'red', 'rededge1', 'rededge2', 'rededge3',
    'nir', 'nir08', 'nir09', 'cirrus', 'swir16', 'swir22',
)  # fmt: skip
_SENTINEL2 = dict(zip(_SENTINEL2_NAMES, SENTINEL2, strict=True))
_LANDSAT8 = {
    'coastal': 'B1',
    'blue': 'B2',
    'green': 'B3',
    'red': 'B4',
    'nir': 'B5',
    'nir08': 'B5',
    'swir16': 'B6',
    'swir22': 'B7',
    'pan': 'B8',
    'cirrus': 'B9',
    'lwir11': 'B10',
    'lwir12': 'B11',
}
_LANDSAT7 = {
    'blue': 'B1',
    'green': 'B2',
    'red': 'B3',
    'nir': 'B4',
    'nir08': 'B4',
    'swir16': 'B5',
    'swir22': 'B7',
    'pan': 'B8',
}
# As Landsat 8, with two digits and without the panchromatic band.
_HLS_LANDSAT = {
    name: f'B{int(band[1:]):02}'
    for name, band in _LANDSAT8.items()
    if name != 'pan'
}
_BY_NAME: tuple[tuple[re.Pattern[str], Mapping[str, str]], ...] = (
    (re.compile(r'(?:^|[_.])HLS\.S30\.'), _SENTINEL2),
    (re.compile(r'(?:^|[_.])HLS\.L30\.'), _HLS_LANDSAT),
    (re.compile(r'(?:^|_)L[COT]0[89]_'), _LANDSAT8),
    (re.compile(r'(?:^|_)L[ET]0[457]_'), _LANDSAT7),
    (SENTINEL2_NAME, _SENTINEL2),
)


def named_as_wanted(
    name: str, bands: Sequence[str], wanted: Sequence[str] | None
) -> tuple[str, ...]:
    """A scene's bands by the names that are wanted.

    A wanted common name (``red``) that no band has goes to the sensor's band
    of that colour (``B04``), so that scenes of several sensors share names.
    """
    lacking = set(wanted or ()) - set(bands)
    sensors = (names for pattern, names in _BY_NAME if pattern.search(name))
    known = next(sensors, {}) if lacking else {}
    renamed = {
        known[want]: want
        for want in lacking
        # A band that is wanted by both names keeps its own.
        if want in known and known[want] not in (wanted or ())
    }
    return tuple(renamed.get(band, band) for band in bands)


def band_order(band: str) -> tuple[int, str]:
    """Band numbers in number order (B8A after B08), other names by name."""
    digits = re.search(r'\d+', band)
    return (int(digits.group()) if digits else 0, band)
