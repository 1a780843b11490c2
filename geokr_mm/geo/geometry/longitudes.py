"""Longitudes on the circle: ranges that may run over the antimeridian."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def turned(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Differences of longitudes, brought to -180 to 180."""
    with np.errstate(invalid='ignore'):
        return (degrees + 180.0) % 360.0 - 180.0


def narrowest_range(lon: NDArray[Any]) -> tuple[float, float]:
    """West and east of the narrowest range around longitudes (N,), N > 0.

    East lies beyond 180 where the range runs over the antimeridian.
    """
    places = np.unique(np.asarray(lon, np.float64))
    gaps = np.diff(places)
    around = 360.0 - (places[-1] - places[0])
    if not len(gaps) or gaps.max() <= around:
        return float(places[0]), float(places[-1])
    widest = int(gaps.argmax())
    return float(places[widest + 1]), float(places[widest]) + 360.0


def eastward(lon: NDArray[Any], west: float) -> NDArray[np.float64]:
    """Longitudes as degrees east of a meridian, 0 to 360."""
    return np.asarray(np.mod(np.asarray(lon, np.float64) - west, 360.0))


def wrapped(lon: float) -> float:
    """A longitude brought to -180 to 180."""
    return lon - 360.0 if lon > 180.0 else lon
