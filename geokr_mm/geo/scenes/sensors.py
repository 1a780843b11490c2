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
SENTINEL2_COMMON = dict(zip(_SENTINEL2_NAMES, SENTINEL2, strict=True))
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
# Central wavelengths in micrometres: Sentinel-2A (Sentinel-2 spectral response
# functions, ESA), OLI and TIRS (Barsi et al. 2014, Remote Sens. 6, 10232),
# TM and ETM+ (middle of the ranges that the USGS gives).
# fmt: off
_SENTINEL2_UM = dict(
    B01=0.443, B02=0.492, B03=0.560, B04=0.665, B05=0.704, B06=0.741,
    B07=0.783, B08=0.833, B8A=0.865, B09=0.945, B10=1.374, B11=1.614,
    B12=2.202,
)
_LANDSAT8_UM = dict(
    B1=0.443, B2=0.482, B3=0.561, B4=0.655, B5=0.865, B6=1.609, B7=2.201,
    B8=0.590, B9=1.373, B10=10.895, B11=12.005,
)
_LANDSAT7_UM = dict(
    B1=0.485, B2=0.560, B3=0.660, B4=0.835, B5=1.650, B7=2.220, B8=0.710,
)
# fmt: on
_HLS_LANDSAT_UM = {
    f'B{int(band[1:]):02}': value
    for band, value in _LANDSAT8_UM.items()
    if band != 'B8'
}
#: Common name to band, and band to wavelength.
Sensor = tuple[Mapping[str, str], Mapping[str, float]]
_NONE: Sensor = ({}, {})
_BY_NAME: tuple[tuple[re.Pattern[str], Sensor], ...] = (
    (re.compile(r'(?:^|[_.])HLS\.S30\.'), (SENTINEL2_COMMON, _SENTINEL2_UM)),
    (re.compile(r'(?:^|[_.])HLS\.L30\.'), (_HLS_LANDSAT, _HLS_LANDSAT_UM)),
    (re.compile(r'(?:^|_)L[COT]0[89]_'), (_LANDSAT8, _LANDSAT8_UM)),
    (re.compile(r'(?:^|_)L[ET]0[457]_'), (_LANDSAT7, _LANDSAT7_UM)),
    (SENTINEL2_NAME, (SENTINEL2_COMMON, _SENTINEL2_UM)),
)


def common_names(name: str) -> Mapping[str, str]:
    """Common name to band of the sensor in a scene's name, if any."""
    return _sensor(name)[0]


def _sensor(name: str) -> Sensor:
    return next((s for pattern, s in _BY_NAME if pattern.search(name)), _NONE)


def wavelengths(name: str, bands: Sequence[str]) -> tuple[float | None, ...]:
    """Central wavelength of each band in micrometres, None if unknown.

    Args:
        name (str): Of the scene, which shows its sensor; Sentinel-2 shows
            by its band ``B8A`` as well.
        bands (sequence of str): The sensor's names or common ones.
    """
    names, known = _sensor(name)
    if not known and 'B8A' in bands:
        names, known = SENTINEL2_COMMON, _SENTINEL2_UM
    return tuple(known.get(names.get(band, band)) for band in bands)


def named_as_wanted(
    name: str, bands: Sequence[str], wanted: Sequence[str] | None
) -> tuple[str, ...]:
    """A scene's bands by the names that are wanted.

    A wanted common name (``red``) that no band has goes to the sensor's band
    of that colour (``B04``), so that scenes of several sensors share names.
    """
    lacking = set(wanted or ()) - set(bands)
    known = common_names(name) if lacking else {}
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
