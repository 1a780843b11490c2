"""Country roads between settlements."""

import numpy as np
from scipy import ndimage
from scipy.sparse.csgraph import minimum_spanning_tree
from skimage.graph import MCP_Geometric

from ..core.grid import F32
from .lines import FAR, FINE, Line, distance, meander, smooth
from .terrain import CELL, Terrain
from .towns import Town

_STRIDE = 4  # roads are planned on every fourth coarse cell


def _links(towns: list[Town]) -> list[tuple[int, int]]:
    """Pairs to connect: a spanning tree and some short extra links."""
    x = np.array([t.x for t in towns])
    y = np.array([t.y for t in towns])
    far = np.hypot(x[:, None] - x, y[:, None] - y)
    tree = minimum_spanning_tree(far).toarray() > 0
    near = np.argsort(far, axis=1, kind='stable')[:, 1:3]
    pairs = {tuple(sorted(p)) for p in np.argwhere(tree).tolist()}
    for a, row in enumerate(near.tolist()):
        pairs |= {(min(a, b), max(a, b)) for b in row}
    return sorted((int(a), int(b)) for a, b in pairs)


def build_roads(terrain: Terrain, towns: list[Town]) -> F32:
    """Raster of the distance to the nearest country road.

    Roads connect the towns and avoid slopes and water; see :func:`distance`.
    """
    edge = terrain.edge
    if len(towns) < 2:
        count = int(round(2 * edge / FINE))
        return np.full((count, count), FAR, np.float32)
    ratio = int(CELL / FINE) * _STRIDE
    bank = ndimage.minimum_filter(terrain.river, ratio)[::ratio, ::ratio]
    steep = terrain.slope[::_STRIDE, ::_STRIDE]
    low = terrain.height[::_STRIDE, ::_STRIDE] < 1
    deep = terrain.basin[::_STRIDE, ::_STRIDE] > 0.5
    cost = 1 + 60 * steep**2 + 5 * (bank < 0) + 90 * (deep | low)
    step = CELL * _STRIDE
    bend = meander(terrain.place.seed + 9, 520, 26)
    lines: list[Line] = []

    def cell(town: Town) -> tuple[int, int]:
        return (int((edge - town.y) / step), int((town.x + edge) / step))

    links = _links(towns)
    for start in sorted({a for a, _ in links}):
        search = MCP_Geometric(cost)
        ends = [b for a, b in links if a == start]
        search.find_costs([cell(towns[start])], [cell(towns[b]) for b in ends])
        for end in ends:
            path = np.array(search.traceback(cell(towns[end])), np.float64)
            x = (path[:, 1] + 0.5) * step - edge
            y = edge - (path[:, 0] + 0.5) * step
            big = towns[start].radius + towns[end].radius > 900
            half = np.full(len(x), 5.0 if big else 3.2)
            lines.append(smooth(x, y, half, 1.6, bend))
    return distance(lines, edge)
