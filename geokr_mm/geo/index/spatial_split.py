"""Places kept apart for validation: whole cells of a grid of degrees."""

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What :class:`geokr_mm.GeoKRDataset` uses where nothing is given.
VAL_SHARE = 0.1
PLACE_DEGREES = 1.0
# Edges that :func:`place_size` tries.
SIZES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)


def held_out(
    lonlat: NDArray[np.float64],
    share: float = VAL_SHARE,
    degrees: float = PLACE_DEGREES,
) -> NDArray[np.bool_]:
    """Which points lie in a place that is held out.

    A hash of the place itself decides, so that more scenes move no point to
    the other side.

    ``lonlat`` are degrees, (N, 2), ``degrees`` the edge of a place.
    """
    corners = np.floor(lonlat / degrees).astype(np.int64)
    places, place = np.unique(corners, axis=0, return_inverse=True)
    drawn: NDArray[Any] = np.array(
        [zlib.crc32(f'{lon} {lat}'.encode()) / 2**32 for lon, lat in places]
    )
    return np.asarray((drawn < share)[place.reshape(-1)], np.bool_)


def place_size(lonlat: NDArray[np.float64], share: float = VAL_SHARE) -> float:
    """Edge of the places that suit the extent of an index.

    The largest at which the held-out places have between half and twice the
    share of the points, else the one that comes nearest.

    Args:
        lonlat (ndarray): Longitudes and latitudes in degrees, (N, 2).
        share (float): Share of places held out, 0 to 1.

    Returns:
        float: Degrees.
    """
    parts = [held_out(lonlat, share, size).mean() for size in SIZES]
    for size, part in zip(SIZES, parts, strict=True):
        if share / 2 <= part <= 2 * share:
            return size
    # Places that hold out nothing, or all, are no split.
    distances = [
        abs(part - share) if 0 < part < 1 else np.inf for part in parts
    ]
    return SIZES[int(np.argmin(distances))]
