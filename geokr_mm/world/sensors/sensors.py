"""Sensors: bands, pixel size, sharpness, noise and number format."""

from dataclasses import dataclass
from typing import Literal

from ..surface.spectra import ALL_BANDS

RGBN = ('red', 'green', 'blue', 'nir')
RGB = ('red', 'green', 'blue')


@dataclass(frozen=True)
class Sensor:
    """A camera.

    Args:
        name (str): Part of file names.
        gsd (float): Pixel size, metres.
        bands (tuple[str, ...]): In file order.
        dtype (str): 'uint8' (stretched for the eye) or 'uint16'
            (reflectance times 10,000).
        blur (float): Standard deviation of the point spread, pixels.
        noise (float): Standard deviation at mid signal, share of it.
        gain (float): Largest departure of a band's gain from one.
        gamma (float): Exponent of the stretch; uint8 only.
    """

    name: str
    gsd: float
    bands: tuple[str, ...]
    dtype: Literal['uint8', 'uint16']
    blur: float
    noise: float
    gain: float
    gamma: float = 1.0


SENSORS: dict[str, Sensor] = {
    sensor.name: sensor
    for sensor in (
        Sensor('a02', 2, RGBN, 'uint8', 0.55, 0.012, 0.08, 1.25),
        Sensor('b04', 4, RGBN, 'uint16', 0.70, 0.015, 0.06),
        Sensor('c08', 8, RGBN, 'uint16', 0.60, 0.010, 0.05),
        Sensor('d16', 16, RGBN, 'uint16', 0.75, 0.018, 0.08),
        Sensor('e04', 4, RGB, 'uint8', 0.60, 0.015, 0.08, 1.25),
        Sensor('f10', 10, ALL_BANDS, 'uint16', 0.50, 0.008, 0.03),
    )
}
