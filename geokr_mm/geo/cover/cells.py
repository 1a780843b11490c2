"""Windows over a scene, the cells that they give, and their blending.

A scene is divided into square cells of whole pixels. A network reads windows
of several cells that overlap; each cell is the weighted mean of all windows
over it, and a window weighs most in its middle.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from ...errors import InputError

# Pixels along a block, and windows along it at least: windows at its edge
# are read again for the next one.
BLOCK, BLOCK_WINDOWS = 1024, 8
Array = NDArray[np.float32]


class Span(NamedTuple):
    """A rectangle of cells; ends are not part of it."""

    row: int
    col: int
    row_end: int
    col_end: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.row_end - self.row, self.col_end - self.col


@dataclass(frozen=True)
class CellGrid:
    """Cells and windows of a scene.

    Attributes:
        width, height (int): Of the scene, pixels.
        cell, window, stride (int): Pixels; stride is from window to window.
        coarse (int): Cells along one of the coarser cells that a product is
            compared in.
    """

    width: int
    height: int
    cell: int
    window: int
    stride: int
    coarse: int = 1

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells; the last may reach over the scene."""
        return -(-self.height // self.cell), -(-self.width // self.cell)

    @property
    def across(self) -> int:
        """Cells along a window."""
        return self.window // self.cell

    @cached_property
    def blocks(self) -> list[Span]:
        """Parts of the scene that are read one at a time."""
        pixels = max(BLOCK, BLOCK_WINDOWS * self.window)
        step = max(1, pixels // self.cell // self.coarse) * self.coarse
        rows, cols = self.shape
        return [
            Span(r, c, min(r + step, rows), min(c + step, cols))
            for r in range(0, rows, step)
            for c in range(0, cols, step)
        ]

    def corners(self, span: Span) -> Iterator[tuple[int, int]]:
        """First row and column of all windows that touch a block."""
        rows, cols = (
            [
                at
                for at in self._starts(count)
                if at < end and at + self.across > begin
            ]
            for count, begin, end in zip(
                self.shape, span[:2], span[2:], strict=True
            )
        )
        return ((r, c) for r in rows for c in cols)

    def around(self, span: Span) -> Span:
        """All cells of the windows that touch a block."""
        rows, cols = zip(*self.corners(span), strict=True)
        return Span(
            min(rows),
            min(cols),
            max(rows) + self.across,
            max(cols) + self.across,
        )

    def _starts(self, count: int) -> list[int]:
        """First cell of each window in a row of cells."""
        last = max(0, count - self.across)
        return [*range(0, last, self.stride // self.cell), last]


def cell_transform(transform: Affine, side: int) -> Affine:
    """Cells of ``side`` pixels to ground, from that of pixels."""
    t = transform
    return Affine(t.a * side, t.b * side, t.c, t.d * side, t.e * side, t.f)


def moved(transform: Affine, points: NDArray[Any]) -> NDArray[np.float64]:
    """Points (N, 2) after a transform."""
    t, (x, y) = transform, np.asarray(points, np.float64).T
    ground = [t.a * x + t.b * y + t.c, t.d * x + t.e * y + t.f]
    return np.stack(ground, axis=1)


def make_grid(
    width: int, height: int, window: int, grid: int, stride: int | None
) -> CellGrid:
    """The cells that a network gives.

    A head with ``grid`` cells along a window gives these, and windows overlap
    by half. The others give one cell, so their windows slide by a quarter,
    which then is the cell.

    Raises:
        InputError: If the stride does not suit the window.
    """
    cell = window // grid
    if grid == 1:
        usual = max(
            n for n in range(1, window // 4 + 1 or 2) if window % n == 0
        )
        stride = cell = usual if stride is None else stride
        fits = 0 < cell <= window and window % cell == 0
        cure = f'give a divisor of {window}, the pixels along a window'
    else:
        stride = cell * max(1, grid // 2) if stride is None else stride
        fits = 0 < stride <= window and stride % cell == 0
        cure = f'give a multiple of {cell}, a cell of the head, up to {window}'
    if not fits:
        raise InputError(f'--stride {stride}: {cure}')
    return CellGrid(width, height, cell, window, stride)


class Blend:
    """Adds up windows to the cells of a block."""

    def __init__(self, grid: CellGrid, span: Span, classes: int) -> None:
        self.grid, self.span = grid, span
        size = grid.across
        edge = np.minimum(np.arange(size) + 0.5, size - np.arange(size) - 0.5)
        self.weight = np.outer(edge, edge).astype(np.float32)[..., None]
        self.sums = np.zeros((*span.shape, classes), np.float32)
        self.weights = np.zeros((*span.shape, 1), np.float32)

    def add(self, row: int, col: int, values: Array) -> None:
        """Add a window (n, n, K) that begins at a cell of the scene.

        Of a window with fewer cells (1, 1, K) all get the same.
        """
        span, size = self.span, self.grid.across
        top, left = max(row, span.row), max(col, span.col)
        bottom = min(row + size, span.row_end)
        right = min(col + size, span.col_end)
        inside = slice(top - row, bottom - row), slice(left - col, right - col)
        there = (
            slice(top - span.row, bottom - span.row),
            slice(left - span.col, right - span.col),
        )
        weight = self.weight[inside]
        full = np.broadcast_to(values, (size, size, values.shape[-1]))
        self.sums[there] += weight * full[inside]
        self.weights[there] += weight

    def mean(self) -> Array:
        """Weighted means (rows, columns, K); NaN where nothing was added."""
        with np.errstate(invalid='ignore'):
            return np.asarray(self.sums / self.weights, np.float32)


def gathered(values: Array, weights: Array, cells: int) -> tuple[Array, Array]:
    """Weighted means over squares of cells.

    Args:
        values (ndarray): (h, w, K).
        weights (ndarray): (h, w); cells without weight may be NaN.
        cells (int): Along a square; those at the edge may be smaller.

    Returns:
        tuple: Means (H, W, K), NaN where nothing has weight, and the mean
        weight (H, W).
    """
    rows, cols = (np.arange(0, n, cells) for n in values.shape[:2])

    def total(part: Array) -> Array:
        down = np.add.reduceat(part, rows, axis=0)
        return np.asarray(np.add.reduceat(down, cols, axis=1))

    held = np.where(weights[..., None] > 0, values, 0) * weights[..., None]
    known = total(weights)
    with np.errstate(invalid='ignore', divide='ignore'):
        mean = total(held) / known[..., None]
    return mean, known / total(np.ones_like(weights))
