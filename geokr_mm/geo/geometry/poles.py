"""Rings around a pole, which have no outline in longitude and latitude."""

import numpy as np
from numpy.typing import NDArray

from .rings import Rings, join_rings

Points = NDArray[np.float64]


def turned(degrees: Points) -> Points:
    """A difference of longitudes, brought to -180 to 180."""
    with np.errstate(invalid='ignore'):
        return (degrees + 180.0) % 360.0 - 180.0


def around_pole(
    lon: Points, following: NDArray[np.int64], starts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which rings go once around a pole.

    Args:
        lon (float64 array (P,)): Longitude of each vertex.
        following (int64 array (P,)): Each vertex's successor in its ring.
        starts (int64 array (N + 1,)): First vertex of each ring.
    """
    step = turned(lon[following] - lon)
    with np.errstate(invalid='ignore'):
        return np.abs(np.add.reduceat(step, starts[:-1])) > 180.0


def close_over_poles(rings: Rings, around: NDArray[np.bool_]) -> Rings:
    """Give rings around a pole the outline of what they enclose.

    Such a ring runs from some longitude to the same a turn further; its
    inside lies between that line and the pole, so the ring is closed along
    the pole itself, 360 degrees wide.

    Args:
        rings (Rings): In degrees, wrapped anyhow.
        around (bool array (N,)): Which of them go around a pole.
    """
    parts = []
    for number in range(len(rings)):
        ring = rings[number]
        if not around[number]:
            parts.append(ring)
            continue
        steps = turned(np.diff(ring[:, 0], append=ring[0, 0]))
        lon = ring[0, 0] + np.concatenate([[0.0], np.cumsum(steps)])
        lat = np.append(ring[:, 1], ring[0, 1])
        pole = 90.0 if lat.mean() > 0 else -90.0
        parts.append(
            np.concatenate(
                [
                    np.stack([lon, lat], axis=1),
                    [[lon[-1], pole], [lon[0], pole]],
                ]
            )
        )
    return join_rings(parts)
