"""Rivers and roads: from cells to smooth lines to distance rasters."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..core.grid import F32, F64, I64, Mask
from ..core.hashing import subseed
from ..core.noise import interpolate

FINE = 8.0  # spacing of distance rasters, metres
FAR = 4000.0  # distance where there is nothing, metres


@dataclass(frozen=True, eq=False)
class Line:
    """A line: points and half widths, metres from the place's centre."""

    x: F64
    y: F64
    half: F64


def trace(target: I64, channel: Mask, tail: int) -> list[list[int]]:
    """Chains of cells from every spring down to a larger stream.

    Args:
        target (array): Flat index of the cell that each cell drains to, or
            -1; flat.
        channel (array): Cells that hold a stream; flat.
        tail (int): Cells that a chain runs on inside the larger stream, so
            that smoothing does not part them.

    Returns:
        list[list[int]]: Flat indices.
    """
    fed = np.zeros(len(target), bool)
    runs = channel & (target >= 0)
    fed[target[runs]] = True
    springs = np.flatnonzero(channel & ~fed).tolist()
    to, wet = target.tolist(), channel.tolist()
    seen = [False] * len(to)
    chains = []
    for cell in springs:
        chain, extra = [], 0
        while cell >= 0 and wet[cell] and extra <= tail:
            extra += seen[cell]
            seen[cell] = True
            chain.append(cell)
            cell = to[cell]
        if len(chain) > 4:
            chains.append(chain)
    return chains


def smooth(
    x: F64,
    y: F64,
    half: F64,
    sigma: float,
    bend: Callable[[F64, F64], tuple[F64, F64]],
) -> Line:
    """Take the stairs out of a chain of cells and let it meander.

    Coordinates and half widths are metres, ``sigma`` cells; ``bend`` displaces
    points. The line has a point about every 4 metres.
    """
    sx, sy, sh = (
        ndimage.gaussian_filter1d(v, sigma, mode='nearest')
        for v in (x, y, half)
    )
    length = np.r_[0, np.cumsum(np.hypot(np.diff(sx), np.diff(sy)))]
    count = max(2, int(length[-1] / 4))
    at = np.linspace(0, length[-1], count)
    px, py = np.interp(at, length, sx), np.interp(at, length, sy)
    dx, dy = bend(px, py)
    return Line(px + dx, py + dy, np.interp(at, length, sh))


def meander(
    seed: int, wavelength: float, amplitude: float
) -> Callable[[F64, F64], tuple[F64, F64]]:
    """A field of smooth displacements, the same for all lines it moves."""
    rng = np.random.default_rng(subseed(seed, 'meander'))
    size = 128
    fields = rng.uniform(-1, 1, (2, size, size)).astype(np.float32)

    def bend(x: F64, y: F64) -> tuple[F64, F64]:
        cols = (x / wavelength + size / 2)[None, :]
        rows = (y / wavelength + size / 2)[None, :]
        dx, dy = (
            interpolate(f, cols, rows)[0].astype(np.float64) for f in fields
        )
        return dx * 3.6 * amplitude, dy * 3.6 * amplitude

    return bend


def distance(lines: list[Line], edge: float) -> F32:
    """Distance to the nearest line's border, negative inside, metres.

    A square raster, ``FINE`` metres apart, that reaches ``edge`` metres from
    the centre.
    """
    count = int(round(2 * edge / FINE))
    half = np.zeros((count, count), np.float32)
    for line in lines:
        col = np.floor((line.x + edge) / FINE).astype(np.intp)
        row = np.floor((edge - line.y) / FINE).astype(np.intp)
        ok = (col >= 0) & (col < count) & (row >= 0) & (row < count)
        np.maximum.at(
            half, (row[ok], col[ok]), line.half[ok].astype(np.float32)
        )
    on = half > 0
    if not on.any():
        return np.full((count, count), FAR, np.float32)
    dist, index = ndimage.distance_transform_edt(~on, return_indices=True)
    width = half[index[0], index[1]]
    field = np.minimum(dist * FINE, FAR) - width
    # Narrow lines sit on single cells; a light blur rounds their stairs
    # and lifts the middle by about 0.7 of a cell.
    blurred = ndimage.gaussian_filter(field, 0.9) - 0.72 * FINE
    return np.asarray(blurred, np.float32)
