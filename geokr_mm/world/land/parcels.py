"""Fields: parcels with edges, rows and a crop that changes by year."""

from dataclasses import dataclass

import numpy as np

from ..core.grid import F32, Grid, Mask
from ..core.hashing import U32, cell_hash, rehash, unit

_BLOCK = 900.0  # mean distance between farm blocks, metres


@dataclass(frozen=True, eq=False)
class Parcels:
    """The division of the land into fields, whether or not it is farmed.

    Arrays have the grid's shape (h, w).

    Args:
        ident (U32): Hash of the parcel.
        x (F32): East of the parcel's middle, metres.
        y (F32): North of it, metres.
        edge (F32): Distance to the parcel's edge, metres.
        across (F32): Coordinate across the rows, metres.
        along (F32): Coordinate along them, metres.
        pivot (F32): Distance beyond the reach of a turning sprinkler,
            metres; negative under it, 0 where fields have none.
    """

    ident: U32
    x: F32
    y: F32
    edge: F32
    across: F32
    along: F32
    pivot: F32


def _block(grid: Grid, seed: int) -> tuple[U32, F32, F32]:
    """Nearest jittered farm block: its hash and centre."""
    x, y = grid.x, grid.y
    ci = np.floor(x / _BLOCK).astype(np.int32)
    cj = np.floor(y / _BLOCK).astype(np.int32)
    best: F32 = np.full(grid.shape, np.inf, np.float32)
    ident: U32 = np.zeros(grid.shape, np.uint32)
    bx: F32 = np.zeros(grid.shape, np.float32)
    by: F32 = np.zeros(grid.shape, np.float32)
    # Cells are looked up in a small table; hashing per sample is slower.
    i0, j0 = ci.min() - 1, cj.min() - 1
    span_i = np.arange(i0, ci.max() + 2)
    span_j = np.arange(j0, cj.max() + 2)
    table = cell_hash(span_i[None, :], span_j[:, None], seed)
    tx = (span_i[None, :] + unit(rehash(table, 1))) * np.float32(_BLOCK)
    ty = (span_j[:, None] + unit(rehash(table, 2))) * np.float32(_BLOCK)
    tx, ty = tx.astype(np.float32), ty.astype(np.float32)
    for dj in (-1, 0, 1):
        for di in (-1, 0, 1):
            at = (cj + (dj - j0)) * len(span_i) + (ci + (di - i0))
            px, py = tx.ravel()[at], ty.ravel()[at]
            dist = (x - px) ** 2 + (y - py) ** 2
            closer = dist < best
            best = np.where(closer, dist, best)
            ident = np.where(closer, table.ravel()[at], ident)
            bx = np.where(closer, px, bx)
            by = np.where(closer, py, by)
    return ident, bx, by


def divide(grid: Grid, seed: int, style: str) -> Parcels:
    """Divide the land of a window into parcels.

    The style is 'small', 'large' or 'pivot' (square fields watered by a
    sprinkler that turns about their middle).
    """
    ident, bx, by = _block(grid, seed)
    turn = unit(rehash(ident, 3)) * np.float32(np.pi)
    cos, sin = np.cos(turn), np.sin(turn)
    scale = np.float32(1.0 if style == 'small' else 2.2)
    long = (120 + 180 * unit(rehash(ident, 4))) * scale
    wide = (35 + 75 * unit(rehash(ident, 5))) * scale
    round_: Mask = np.zeros(grid.shape, bool)
    if style == 'pivot':
        round_ = unit(rehash(ident, 6)) < 0.65
        turn = np.where(round_, 0, turn)
        cos, sin = np.cos(turn), np.sin(turn)
        long = np.where(round_, 400, long)
        wide = np.where(round_, 400, wide)
    dx, dy = grid.x - bx, grid.y - by
    u, v = dx * cos + dy * sin, dy * cos - dx * sin
    j = np.floor(v / wide)
    # Each strip starts its parcels somewhere else, like brickwork.
    start = unit(cell_hash(j, j, seed + 5)) * long * ~round_
    i = np.floor((u + start) / long)
    pu, pv = u + start - i * long, v - j * wide
    edge = np.minimum(np.minimum(pu, long - pu), np.minimum(pv, wide - pv))
    cu, cv = (i + 0.5) * long - start, (j + 0.5) * wide
    ring = np.hypot(pu - long / 2, pv - wide / 2) - np.minimum(
        long, wide
    ) * np.float32(0.48)
    return Parcels(
        ident=cell_hash(i, j, seed + 6) ^ ident,
        x=bx + cu * cos - cv * sin,
        y=by + cu * sin + cv * cos,
        edge=edge,
        across=v,
        along=u,
        pivot=np.where(round_, ring, 0).astype(np.float32),
    )
