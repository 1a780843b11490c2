"""Places kept apart for validation: whole cells of a grid of degrees."""

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What :class:`geokr_mm.GeoKRDataset` uses where nothing is given.
VAL_SHARE = 0.1
PLACE_DEGREES = 1.0


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
