"""Polygons without holes: what the exact kernel measures."""

import numpy as np
import shapely
from numpy.typing import NDArray

# A hole narrower than this many steps of its coordinates has no area that
# could be told from rounding, and no line runs through it.
NARROWEST = 8


def solid_parts(shape: shapely.Geometry) -> list[NDArray[np.float64]]:
    """Outlines of a geometry's polygons, cut until none has a hole.

    Cuts run north to south through the middle of the holes' centres, so that
    many holes take few cuts each. The parts together are the geometry, up to
    rounding.

    Args:
        shape (shapely.Geometry): Any valid geometry; only its polygons count.

    Returns:
        list of float64 arrays (V, 2): Simple rings, not closed.
    """
    if shape.geom_type == 'Polygon' and not len(shape.interiors):
        return [shapely.get_coordinates(shape)[:-1]] if shape.area else []
    found: list[NDArray[np.float64]] = []
    for part in shapely.get_parts(shape):
        if part.geom_type != 'Polygon' or part.area == 0:
            continue
        cut = _cut(part)
        if cut is None:
            found.append(shapely.get_coordinates(part.exterior)[:-1])
            continue
        left, bottom, right, top = part.bounds
        for half in ((left, bottom, cut, top), (cut, bottom, right, top)):
            found += solid_parts(
                shapely.intersection(part, shapely.box(*half))
            )
    return found


def _cut(polygon: shapely.Polygon) -> float | None:
    """X of a line through about half of the holes; None without holes."""
    rings = shapely.get_rings(polygon)[1:]
    left, _, right, _ = shapely.bounds(rings).reshape(-1, 4).T
    wide = right - left > NARROWEST * np.spacing(np.maximum(-left, right))
    if not wide.any():
        return None
    middles = np.sort(0.5 * (left + right)[wide])
    return float(middles[len(middles) // 2])
