"""Which windows of a tile to decode for which footprints.

Every touched block should be decoded once. Footprints are grouped by the
chunk (a square of whole blocks) that their box starts in; a group is read
as one window where its boxes fill most of it, else box by box, in an order
that lets GDAL's block cache serve the neighbours.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

# Cells along a chunk: 4 MiB of codes, decoded in some 20 ms.
CHUNK = 2048
# One window pays when the boxes need at least this share of it.
DENSE = 0.5


def chunk_size(
    size: tuple[int, int], block: tuple[int, int]
) -> tuple[int, int]:
    """Rows and columns of a chunk.

    Args:
        size (tuple[int, int]): Height and width of the raster.
        block (tuple[int, int]): Rows and columns of a stored block.
    """
    width = size[1]
    if block[1] >= width:
        # Strips: keep the decoded area, not the shape, near one chunk.
        strips = max(1, CHUNK * CHUNK // (width * block[0]))
        return strips * block[0], width
    rows = max(block[0], CHUNK // block[0] * block[0])
    cols = max(block[1], CHUNK // block[1] * block[1])
    return rows, cols


def plan(
    boxes: NDArray[np.int64],
    size: tuple[int, int],
    block: tuple[int, int],
) -> Iterator[tuple[NDArray[np.int64], tuple[int, int, int, int]]]:
    """Groups of footprints and the window to decode for each.

    Args:
        boxes (int64 array (N, 4)): First column, first row, end column, end
            row of each footprint in cells; may reach outside.
        size (tuple[int, int]): Height and width of the raster.
        block (tuple[int, int]): Rows and columns of a stored block.

    Yields:
        tuple: Footprint numbers, and column, row, width, height to read.
    """
    height, width = size
    rows, cols = chunk_size(size, block)
    limits = np.array([width, height, width, height])
    inside = np.clip(boxes, 0, limits)
    sides = inside[:, 2:] - inside[:, :2]
    touching = np.flatnonzero((sides > 0).all(axis=1))
    key = np.stack([inside[touching, 1] // rows, inside[touching, 0] // cols])
    order = np.lexsort(
        (
            inside[touching, 0] // block[1],
            inside[touching, 1] // block[0],
            key[1],
            key[0],
        )
    )
    touching, key = touching[order], key[:, order]
    breaks = np.flatnonzero((np.diff(key, axis=1) != 0).any(axis=0)) + 1
    for group in np.split(touching, breaks):
        if not len(group):
            continue
        low = inside[group, :2].min(axis=0)
        high = inside[group, 2:].max(axis=0)
        if block[1] >= width:
            low[0], high[0] = 0, width
        area = int(np.prod(high - low))
        needed = int(_in_blocks(inside[group], block, limits).sum())
        if needed >= DENSE * area:
            yield group, (low[0], low[1], *(high - low))
            continue
        for n in group:
            low, high = inside[n, :2], inside[n, 2:]
            yield np.array([n]), (low[0], low[1], *(high - low))


def _in_blocks(
    boxes: NDArray[np.int64],
    block: tuple[int, int],
    limits: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Cells that decoding each box really takes: whole blocks."""
    step = np.array([block[1], block[0]])
    low = boxes[:, :2] // step * step
    high = np.minimum(-(-boxes[:, 2:] // step) * step, limits[2:])
    return np.asarray(np.prod(high - low, axis=1), np.int64)
