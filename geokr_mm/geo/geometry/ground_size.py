"""Sizes on the ground: of pixels in any CRS, and of rings on the sphere."""

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from ..core.crs import parse_crs, transformer
from .rings import Rings

# IUGG mean radius of GRS 80 in metres; fractions do not depend on it.
EARTH_RADIUS = 6371008.8
# Metres of a CRS within this share of ground metres count as such: UTM is
# within 0.04 % in its zone and sensors are named by their nominal pixel.
NOMINAL = 0.005


def pixel_sizes(
    crs: str, transform: Affine, places: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Side of a square as large as a pixel, in ground metres, array (N,).

    The two sides of a pixel are measured along geodesics of the CRS's
    ellipsoid; their product and the angle between them give its area.
    ``places`` (N, 2) are the pixels' ground coordinates.
    """
    described = parse_crs(crs)
    geodesic = described.get_geod() or parse_crs('EPSG:4326').get_geod()
    assert geodesic is not None
    steps = np.array([[transform.a, transform.d], [transform.b, transform.e]])
    move = transformer(crs, 'EPSG:4326')
    ends = np.stack([places, places + steps[0], places + steps[1]])
    lon, lat = move.transform(ends[..., 0], ends[..., 1])
    azimuth, _, length = geodesic.inv(
        np.broadcast_to(lon[0], lon[1:].shape),
        np.broadcast_to(lat[0], lat[1:].shape),
        lon[1:],
        lat[1:],
    )
    turn = np.radians(azimuth[1] - azimuth[0])
    sizes = np.sqrt(length[0] * length[1] * np.abs(np.sin(turn)))
    if described.is_geographic:
        return np.asarray(sizes, np.float64)
    unit = described.axis_info[0].unit_conversion_factor
    nominal = abs(transform.determinant) ** 0.5 * unit
    close = ~(np.abs(sizes / nominal - 1.0) > NOMINAL)
    return np.where(close, nominal, sizes)


def sphere_areas(rings: Rings) -> NDArray[np.float64]:
    """Area of lon/lat rings on the sphere, square metres.

    Green's theorem with edges straight in longitude and latitude: the
    integral of sin(lat) over an edge is its longitude step times the mean
    of sin(lat) along it, sin(middle) * sin(h) / h with h half the rise.
    """
    if not len(rings):
        return np.zeros(0)
    lon, lat = np.radians(rings.points).T
    after, first = rings.following(), rings.starts[:-1]
    with np.errstate(invalid='ignore'):
        step = lon[after] - lon
        half = 0.5 * (lat[after] - lat)
        mean = np.sin(lat + half) * np.sinc(half / np.pi)
        # The steps add up to nothing, so any constant may be taken off: small
        # rings would drown in the rounding of their coordinates.
        base = np.repeat(np.sin(lat[first]), np.diff(rings.starts))
        total = np.add.reduceat(step * (mean - base), first)
    total[~np.isfinite(total)] = 0.0
    return np.asarray(EARTH_RADIUS**2 * np.abs(total), np.float64)
