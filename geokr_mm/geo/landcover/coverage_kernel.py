"""Exact coverage of raster cells by polygons, compiled with numba.

Every polygon edge is cut at the row and column lines it crosses. A piece in
cell ``(row, col)`` adds its height to that row's running *cover* (all cells
to the right of it) and the trapezoid to its right to the cell's own *area*:
the signed-area accumulation that font rasterisers use. Only crossed cells
need it; the run between two crossed cells has one constant coverage, so its
cells are merely counted. The result is exact up to rounding, for any simple
polygon and either orientation.
"""

import math

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled
from .kernel_rows import count_cells, count_run, merge_row, sort_row

# Running covers within this of 0 or 1 are rounding, not slivers: the sums
# have at most a few thousand terms of size one.
SNAP = 1e-9
# Rows with more crossed pieces than this are ordered by a dense sweep.
SORT_LIMIT = 24


@compiled
def _piece_count(ring: NDArray[np.float64]) -> int:
    """Upper bound of the pieces that the grid cuts a ring into."""
    total = 0
    for i in range(len(ring)):
        j = (i + 1) % len(ring)
        total += int(abs(ring[j, 0] - ring[i, 0])) + 4
        total += int(abs(ring[j, 1] - ring[i, 1]))
    return total


@compiled
def _cut_edges(
    ring: NDArray[np.float64],
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    cover: NDArray[np.float64],
    area: NDArray[np.float64],
) -> int:
    """Cut all edges at grid lines; returns the number of pieces."""
    n = 0
    for i in range(len(ring)):
        j = (i + 1) % len(ring)
        x0, y0 = ring[i, 0], ring[i, 1]
        x1, y1 = ring[j, 0], ring[j, 1]
        if y0 == y1:
            continue
        sign = 1.0
        if y1 < y0:
            x0, y0, x1, y1 = x1, y1, x0, y0
            sign = -1.0
        slope = (x1 - x0) / (y1 - y0)
        row = int(math.floor(y0))
        ya, xa = y0, x0
        while ya < y1:
            if row + 1.0 < y1:
                yb = row + 1.0
                xb = x0 + (yb - y0) * slope
            else:
                yb, xb = y1, x1
            height = yb - ya
            left, right = min(xa, xb), max(xa, xb)
            col = int(math.floor(left))
            last = int(math.floor(right))
            if col == last:
                middle = 0.5 * (left + right) - col
                rows[n], cols[n] = row, col
                cover[n] = sign * height
                area[n] = sign * height * (1.0 - middle)
                n += 1
            else:
                rate = height / (right - left)
                rest = height
                lo = left
                while col < last:
                    part = rate * (col + 1.0 - lo)
                    rows[n], cols[n] = row, col
                    cover[n] = sign * part
                    area[n] = sign * part * 0.5 * (col + 1.0 - lo)
                    n += 1
                    rest -= part
                    col += 1
                    lo = float(col)
                rows[n], cols[n] = row, last
                cover[n] = sign * rest
                area[n] = sign * rest * (1.0 - 0.5 * (right - last))
                n += 1
            ya, xa = yb, xb
            row += 1
    return n


@compiled
def polygon_areas(
    cells: NDArray[np.uint8],
    col_off: int,
    row_off: int,
    points: NDArray[np.float64],
    starts: NDArray[np.int64],
    row_weights: NDArray[np.float64],
    row_first: int,
    lookup: NDArray[np.int64],
    out: NDArray[np.float64],
    outside: int,
) -> None:
    """Weighted area of each class inside each polygon.

    Args:
        cells (uint8 array (H, W)): Decoded window of the raster.
        col_off (int): Column of the window's first cell in the raster.
        row_off (int): Row of the window's first cell in the raster.
        points (float64 array (P, 2)): All polygons' vertices, raster pixel
            coordinates (x right, y down, 0 at the outer corner).
        starts (int64 array (N + 1)): Polygon n is
            ``points[starts[n]:starts[n + 1]]``, not closed.
        row_weights (float64 array (R,)): Area of one cell of row
            ``row_first + r``; one entry means the same for all rows.
        row_first (int): Raster row of the first weight.
        lookup (int64 array (256,)): Column of ``out`` for each code.
        out (float64 array (N, B)): Areas are added here.
        outside (int): Column of ``out`` for area outside the window.
    """
    height, width = cells.shape
    most = 0
    for p in range(len(starts) - 1):
        count = _piece_count(points[starts[p] : starts[p + 1]])
        most = max(most, count)
    rows = np.empty(most, np.int64)
    raw_cols = np.empty(most, np.int64)
    raw_cover = np.empty(most, np.float64)
    raw_area = np.empty(most, np.float64)
    cols = np.empty(most, np.int64)
    cover = np.empty(most, np.float64)
    area = np.empty(most, np.float64)
    bins = np.zeros((256, 4))
    # Where all cells weigh the same, those wholly inside are only counted.
    alike = len(row_weights) == 1
    counts = np.zeros((256, 8), np.int64)
    for p in range(len(starts) - 1):
        ring = points[starts[p] : starts[p + 1]]
        n = _cut_edges(ring, rows, raw_cols, raw_cover, raw_area)
        if n == 0:
            continue
        low, high, turn = ring[0, 1], ring[0, 1], 0.0
        for i in range(len(ring)):
            j = (i + 1) % len(ring)
            low, high = min(low, ring[i, 1]), max(high, ring[i, 1])
            turn += (ring[j, 1] - ring[i, 1]) * (
                0.5 * (ring[i, 0] + ring[j, 0]) - ring[0, 0]
            )
        top, bottom = int(math.floor(low)), int(math.ceil(high)) - 1
        sign = 1.0 if turn <= 0 else -1.0
        ends = np.zeros(bottom - top + 2, np.int64)
        for i in range(n):
            ends[rows[i] - top + 1] += 1
        for r in range(bottom - top + 1):
            ends[r + 1] += ends[r]
        place = ends[:-1].copy()
        for i in range(n):
            k = place[rows[i] - top]
            place[rows[i] - top] += 1
            cols[k] = raw_cols[i]
            cover[k] = sign * raw_cover[i]
            area[k] = sign * raw_area[i]
        missing = 0.0
        for r in range(bottom - top + 1):
            lo, hi = ends[r], ends[r + 1]
            if lo == hi:
                continue
            if hi - lo <= SORT_LIMIT:
                sort_row(cols, cover, area, lo, hi)
            else:
                hi = merge_row(cols, cover, area, lo, hi)
            weight = row_weights[0]
            if len(row_weights) > 1:
                weight = row_weights[r + top - row_first]
            y = r + top - row_off
            in_rows = 0 <= y < height
            running = 0.0
            i = lo
            while i < hi:
                c = cols[i]
                share = running
                while i < hi and cols[i] == c:
                    share += area[i]
                    running += cover[i]
                    i += 1
                x = c - col_off
                if in_rows and 0 <= x < width:
                    bins[cells[y, x], 0] += share * weight
                else:
                    missing += share * weight
                if i == hi or abs(running) < SNAP:
                    continue
                run = running
                if abs(run - 1.0) < SNAP:
                    run = 1.0
                c0, c1 = x + 1, cols[i] - col_off
                if not in_rows:
                    missing += (c1 - c0) * run * weight
                    continue
                k0, k1 = max(c0, 0), min(c1, width)
                if k1 > k0:
                    if alike and run == 1.0:
                        count_cells(cells[y], k0, k1, counts)
                    else:
                        count_run(cells[y], k0, k1, run * weight, bins)
                    missing += (c1 - c0 - k1 + k0) * run * weight
                else:
                    missing += (c1 - c0) * run * weight
        for code in range(256):
            amount = (
                bins[code, 0] + bins[code, 1] + bins[code, 2] + bins[code, 3]
            )
            whole = 0
            for lane in range(8):
                whole += counts[code, lane]
            if whole:
                amount += whole * row_weights[0]
                counts[code] = 0
            if amount != 0.0:
                out[p, lookup[code]] += amount
                bins[code] = 0.0
        out[p, outside] += missing
