"""Steps of the coverage kernel along one row, compiled with numba.

The kernel is kept compiled with these functions in it: after a change here
touch ``coverage_kernel.py`` too, or numba runs the old ones.
"""

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled


@compiled
def sort_row(
    cols: NDArray[np.int64],
    cover: NDArray[np.float64],
    area: NDArray[np.float64],
    lo: int,
    hi: int,
) -> None:
    """Order one row's pieces by column (insertion sort; rows are short)."""
    for i in range(lo + 1, hi):
        c, v, a = cols[i], cover[i], area[i]
        j = i - 1
        while j >= lo and cols[j] > c:
            cols[j + 1] = cols[j]
            cover[j + 1] = cover[j]
            area[j + 1] = area[j]
            j -= 1
        cols[j + 1], cover[j + 1], area[j + 1] = c, v, a


@compiled
def merge_row(
    cols: NDArray[np.int64],
    cover: NDArray[np.float64],
    area: NDArray[np.float64],
    lo: int,
    hi: int,
) -> int:
    """Sum a long row's pieces per column; returns the new end."""
    first, last = cols[lo], cols[lo]
    for i in range(lo, hi):
        first, last = min(first, cols[i]), max(last, cols[i])
    width = last - first + 1
    dense_cover = np.zeros(width)
    dense_area = np.zeros(width)
    hit = np.zeros(width, np.bool_)
    for i in range(lo, hi):
        c = cols[i] - first
        dense_cover[c] += cover[i]
        dense_area[c] += area[i]
        hit[c] = True
    n = lo
    for c in range(width):
        if hit[c]:
            cols[n] = c + first
            cover[n], area[n] = dense_cover[c], dense_area[c]
            n += 1
    return n


@compiled
def count_run(
    line: NDArray[np.uint8],
    c0: int,
    c1: int,
    weight: float,
    bins: NDArray[np.float64],
) -> None:
    """Add ``weight`` per cell of a run; four bins hide the add latency."""
    # Unsigned, so that no index is checked for being negative.
    c, end = np.uint64(c0), np.uint64(c1)
    while c + np.uint64(4) <= end:
        for lane in range(4):
            at = np.uint64(lane)
            bins[line[c + at], at] += weight
        c += np.uint64(4)
    while c < end:
        bins[line[c], 0] += weight
        c += np.uint64(1)


@compiled
def count_cells(
    line: NDArray[np.uint8], c0: int, c1: int, counts: NDArray[np.int64]
) -> None:
    """Count the cells of a run, in turn in eight lanes as above."""
    c, end = np.uint64(c0), np.uint64(c1)
    while c + np.uint64(8) <= end:
        for lane in range(8):
            at = np.uint64(lane)
            counts[line[c + at], at] += 1
        c += np.uint64(8)
    while c < end:
        counts[line[c], 0] += 1
        c += np.uint64(1)
