"""Which windows of a tile to decode for which footprints.

Every touched block should be decoded once, and no other. Footprints are
grouped by the chunk (a square of whole blocks) that their box starts in; a
group gets one window where its boxes fill much of it, of which only the runs
of touched blocks are decoded, else each box its own, in an order that lets
GDAL's block cache serve the neighbours.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

#: Column, row, width and height.
Area = tuple[int, int, int, int]
# Cells along a chunk: 4 MiB of codes, decoded in some 20 ms.
CHUNK = 2048
# A window is decoded whole where at least this share of it is touched: a few
# blocks more cost less than many calls.
WHOLE = 0.9
# One window pays when the boxes need at least this share of it.
DENSE = 0.5


def chunk_size(
    size: tuple[int, int], block: tuple[int, int]
) -> tuple[int, int]:
    """Rows and columns of a chunk of a raster (rows, columns) in blocks."""
    width = size[1]
    if block[1] >= width:
        # Strips: keep the decoded area, not the shape, near one chunk.
        strips = max(1, CHUNK * CHUNK // (width * block[0]))
        return strips * block[0], width
    rows = max(block[0], CHUNK // block[0] * block[0])
    cols = max(block[1], CHUNK // block[1] * block[1])
    return rows, cols


def plan_reads(
    boxes: NDArray[np.int64],
    size: tuple[int, int],
    block: tuple[int, int],
) -> Iterator[tuple[NDArray[np.int64], Area, list[Area]]]:
    """Groups of footprints and what to decode for each.

    Args:
        boxes (int64 array (N, 4)): First column, first row, end column, end
            row of each footprint in cells; may reach outside.
        size (tuple[int, int]): Height and width of the raster.
        block (tuple[int, int]): Rows and columns of a stored block.

    Yields:
        tuple: Footprint numbers, a window around them, and the parts of it
        that they touch.
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
            window = (low[0], low[1], *(high - low))
            runs = block_runs(inside[group], window, block)
            if sum(w * h for _, _, w, h in runs) >= WHOLE * area:
                runs = [window]
            yield group, window, runs
            continue
        for n in group:
            low, high = inside[n, :2], inside[n, 2:]
            window = (low[0], low[1], *(high - low))
            yield np.array([n]), window, [window]


def block_runs(
    boxes: NDArray[np.int64], window: Area, block: tuple[int, int]
) -> list[Area]:
    """Parts of a window made of the blocks that boxes touch.

    Args:
        boxes (int64 array (N, 4)): First column, first row, end column, end
            row; inside the window.
        window (tuple): Around them.
        block (tuple[int, int]): Rows and columns of a stored block.

    Returns:
        list: The window itself where all its blocks are touched, else runs
        of neighbours in one row of blocks.
    """
    step = np.array([block[1], block[0]])
    start = np.array(window[:2])
    end = start + window[2:]
    first = start // step
    count = -(-end // step) - first
    low = boxes[:, :2] // step - first
    high = -(-boxes[:, 2:] // step) - first
    # Corners of each box, summed up twice: how many boxes touch a block.
    marks = np.zeros((count[1] + 1, count[0] + 1), np.int64)
    for (x, y), sign in (
        (low.T, 1), (high.T, 1),
        ((high[:, 0], low[:, 1]), -1), ((low[:, 0], high[:, 1]), -1),
    ):  # fmt: skip
        np.add.at(marks, (y, x), sign)
    touched = marks.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0
    if touched.all():
        return [window]
    edge = np.zeros((len(touched), 1), np.int8)
    steps = np.diff(touched.astype(np.int8), axis=1, prepend=edge, append=edge)
    row, left = np.nonzero(steps == 1)
    _, right = np.nonzero(steps == -1)
    corner = np.stack([left, row], axis=1) + first
    far = np.stack([right, row + 1], axis=1) + first
    corner = np.maximum(corner * step, start)
    sides = np.minimum(far * step, end) - corner
    return [
        (int(x), int(y), int(w), int(h))
        for (x, y), (w, h) in zip(corner, sides, strict=True)
    ]


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
