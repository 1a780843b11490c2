"""Where water runs: filled height, flow directions, catchments."""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from skimage.morphology import reconstruction

from ..core.grid import F32, I64

_STEPS = ((0, 1), (1, -1), (1, 0), (1, 1))
_CLIMB = 40.0  # metres of detour that a metre of climb is worth, per cell


def fill(height: F32) -> F32:
    """Raise every pit (n, n) to the level at which it would spill."""
    seed = height.copy()
    seed[1:-1, 1:-1] = height.max()
    return np.asarray(
        reconstruction(seed, height, method='erosion'), np.float32
    )


def drain(height: F32) -> tuple[I64, F32]:
    """Let all water reach the border by the path that climbs least.

    Shortest paths over the cells, where climbing is dear, give a tree
    without pits: a river cuts through the low ridge that closes a hollow.

    Returns:
        tuple: Flat index of the cell that each cell drains to, -1 at the
        border (n * n,), and the number of cells that drain through each
        (n, n).
    """
    rows, cols = height.shape
    index = np.arange(rows * cols).reshape(rows, cols)
    level = height.astype(np.float64)
    parts = []
    for dy, dx in _STEPS:
        here = (slice(0, rows - dy), slice(max(0, -dx), cols - max(0, dx)))
        there = (slice(dy, rows), slice(max(0, dx), cols + min(0, dx)))
        rise = level[there] - level[here]
        length = np.hypot(dy, dx)
        a, b = index[here].ravel(), index[there].ravel()
        # An edge leads from outlet to source, against the water.
        parts.append((a, b, length + _CLIMB * np.maximum(-rise, 0).ravel()))
        parts.append((b, a, length + _CLIMB * np.maximum(rise, 0).ravel()))
    start, end, cost = (
        np.concatenate(each) for each in zip(*parts, strict=True)
    )
    graph = coo_matrix((cost, (start, end)), (rows * cols,) * 2).tocsr()
    border = np.r_[index[0], index[-1], index[1:-1, 0], index[1:-1, -1]]
    far, before, _ = dijkstra(
        graph, indices=border, min_only=True, return_predecessors=True
    )
    target = np.where(before < 0, -1, before).astype(np.int64)
    to = target.tolist()
    run = [1.0] * (rows * cols)
    for cell in np.argsort(-far, kind='stable').tolist():
        if to[cell] >= 0:
            run[to[cell]] += run[cell]
    return target, np.array(run, np.float32).reshape(rows, cols)
