"""Footprints of four corners, and their division into cells."""

import numpy as np
from numpy.typing import NDArray

from .polygons import Polygons, corner_turns
from .rings import Points, Rings


def four_cornered(polygons: Polygons, upright: bool = False) -> Polygons:
    """The same, as footprints that can be divided into cells.

    Those that are not convex, or have not exactly four corners, become
    faults. ``upright`` brings the others' corners into the order of
    :func:`upright_corners`.
    """
    owner, sizes = polygons.owners(), np.diff(polygons.rings.starts)
    corners = np.zeros(polygons.count, np.int64)
    np.add.at(corners, owner, sizes)
    faults = {
        int(n): f'has {corners[n]} corners, a grid needs exactly four corners'
        for n in np.unique(owner[(sizes != 4) | polygons.divided()])
    }
    polygons = polygons.without(faults)
    quads = polygons.rings.points.reshape(-1, 4, 2)
    turns = corner_turns(quads)
    bent = (turns < 0).any(axis=1) & (turns > 0).any(axis=1)
    if bent.any():
        owner = polygons.owners()
        polygons = polygons.without(
            {
                int(owner[n]): 'is not convex, a grid needs convex footprints'
                for n in np.flatnonzero(bent)
            }
        )
        quads = polygons.rings.points.reshape(-1, 4, 2)
    if not upright:
        return polygons
    points = np.ascontiguousarray(upright_corners(quads).reshape(-1, 2))
    rings = Rings(points, polygons.rings.starts)
    return Polygons(rings, polygons.owner, polygons.count, polygons.faults)


def upright_corners(corners: Points) -> Points:
    """Quadrilaterals with the upper left corner first, then clockwise.

    Files keep polygons in any turn from any corner; cells of a grid are
    counted from the upper left one. ``corners`` has the shape (N, 4, 2).
    """
    turn = corner_turns(corners).sum(axis=1)
    corners = np.where((turn > 0)[:, None, None], corners[:, ::-1], corners)
    first = (corners[..., 1] - corners[..., 0]).argmax(axis=1)
    index = (first[:, None] + np.arange(4)) % 4
    return np.take_along_axis(corners, index[..., None], axis=1)


def cell_polygons(polygons: Polygons, grid: int) -> Polygons:
    """The grid * grid cells of each four-cornered footprint, row by row."""
    cells = grid * grid
    quads = polygons.rings.points.reshape(-1, 4, 2)
    points = split_cells(quads, grid).reshape(-1, 2)
    starts = np.arange(len(quads) * cells + 1, dtype=np.int64) * 4
    owner: NDArray[np.int64] | None = None
    if polygons.owner is not None:
        number = polygons.owner[:, None] * cells + np.arange(cells)
        owner = number.ravel()
    rings = Rings(np.ascontiguousarray(points), starts)
    return Polygons(rings, owner, polygons.count * cells)


def split_cells(corners: Points, grid: int) -> Points:
    """Cells (N, grid * grid, 4, 2) of upright quadrilaterals, row by row."""
    t = np.linspace(0.0, 1.0, grid + 1)
    v, u = (a[..., None] for a in np.meshgrid(t, t, indexing='ij'))
    ul, ur, lr, ll = (corners[:, i, None, None, :] for i in range(4))
    nodes = (1 - v) * ((1 - u) * ul + u * ur) + v * ((1 - u) * ll + u * lr)
    upper = nodes[:, :-1, :-1], nodes[:, :-1, 1:]
    lower = nodes[:, 1:, 1:], nodes[:, 1:, :-1]
    cells = np.stack([*upper, *lower], axis=3)
    return cells.reshape(len(corners), grid * grid, 4, 2)
