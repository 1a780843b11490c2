"""Where the patches lie, scene by scene, as inline SVG."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geokr_mm.geo.geometry.longitudes import eastward, narrowest_range, wrapped
from geokr_mm.geo.maps.legend import Legend

from .classes import colour, degrees, title_of
from .markup import Element, element, svg

# Side of one scene's drawing, in SVG units.
SIDE = 150.0
# Latitude from which a scene is drawn as seen from above its pole.
POLAR = 85.0
LEFT_OUT = 'left out by the quality filters'


def footprint_maps(
    scenes: Sequence[str],
    footprints: Sequence[BaseGeometry],
    fractions: NDArray[Any],
    keep: NDArray[Any],
    legend: Legend,
    most: int = 20,
) -> Element:
    """Draw each scene's patches in the colour of their largest class.

    Scenes of one index may lie continents apart, so each has its own
    drawing, north up, with the degrees of its middle written below. Of more
    than ``most`` scenes evenly chosen ones are drawn.

    Args:
        scenes (Sequence[str]): Scene name of each of N patches.
        footprints (Sequence[Polygon]): N polygons in EPSG:4326.
        fractions (np.ndarray): (N, K) class fractions.
        keep (np.ndarray): (N,) boolean; the others are drawn hollow.
    """
    names = np.asarray(scenes)
    # In order of first appearance, as the index has them.
    wanted = list(dict.fromkeys(names.tolist()))
    steps = np.linspace(0, len(wanted) - 1, min(most, len(wanted)))
    figures = []
    for name in (wanted[round(step)] for step in steps):
        own = names == name
        shapes = [footprints[i] for i in np.flatnonzero(own)]
        figures.append(_scene(name, shapes, fractions[own], keep[own], legend))
    rest = None
    if len(wanted) > most:
        rest = element(
            'p', f'{len(wanted) - most} more scenes not drawn.', class_='note'
        )
    return element('div', *figures, rest, class_='scenes')


def _scene(
    name: str,
    footprints: Sequence[BaseGeometry],
    fractions: NDArray[Any],
    keep: NDArray[Any],
    legend: Legend,
) -> Element:
    # Those over the antimeridian have two parts, some at a pole none.
    parts = [list(shapely.get_parts(shape)) for shape in footprints]
    outlines = [
        [np.asarray(p.exterior.coords)[:-1] for p in some if not p.is_empty]
        for some in parts
    ]
    lonlat = np.concatenate(
        [ring for some in outlines for ring in some] or [np.zeros((1, 2))]
    )
    place, flat = _middle(lonlat), _projection(lonlat)
    points = flat(lonlat)
    left, top = points.min(axis=0)
    width, height = np.ptp(points, axis=0)
    scale = SIDE / max(width, height, 1e-12)
    # One path a class keeps a page of many thousand patches light.
    paths: dict[int | None, list[str]] = {}
    classes = fractions.argmax(axis=1)
    for some, k, kept in zip(outlines, classes, keep, strict=True):
        for ring in some:
            text = 'L'.join(
                f'{x:.1f} {y:.1f}'
                for x, y in (flat(ring) - [left, top]) * scale
            )
            paths.setdefault(int(k) if kept else None, []).append(f'M{text}Z')
    drawn = []
    for k, texts in sorted(paths.items(), key=lambda item: item[0] or -1):
        hover, class_, style = LEFT_OUT, 'left-out', None
        if k is not None:
            hover, class_ = title_of(legend, k), 'patch'
            style = f'fill:{colour(legend, k)}'
        drawn.append(
            element(
                'path', element('title', hover), d=''.join(texts),
                class_=class_, style=style,
            )
        )  # fmt: skip
    width, height = width * scale + 2, height * scale + 2
    label = f'footprints of {len(footprints)} patches of {name}'
    note = element('small', f'{place} · {int(keep.sum())} patches')
    return element(
        'figure',
        svg(f'-1 -1 {width:.1f} {height:.1f}', label, *drawn),
        element('figcaption', name, note),
    )


def _middle(lonlat: NDArray[Any]) -> str:
    """Latitude, and longitude if they are not all around, of some points."""
    west, east = narrowest_range(lonlat[:, 0])
    shown = degrees((lonlat[:, 1].min() + lonlat[:, 1].max()) / 2, 'NS')
    if east - west > 180.0:
        return shown
    return f'{shown} {degrees(wrapped((west + east) / 2), "EW")}'


def _projection(
    lonlat: NDArray[Any],
) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    """A drawing's projection of points (P, 2): x to the right, y down.

    Near a pole equal distances from it (azimuthal equidistant); elsewhere
    degrees, of which those of longitude shrink towards the poles.
    """
    south, north = lonlat[:, 1].min(), lonlat[:, 1].max()

    def around_a_pole(points: NDArray[Any]) -> NDArray[np.float64]:
        lon, away = np.radians(points[:, 0]), 90.0 - np.abs(points[:, 1])
        down = np.cos(lon) if north > 0 else -np.cos(lon)
        return np.stack([away * np.sin(lon), away * down], axis=1)

    west, _ = narrowest_range(lonlat[:, 0])
    wide = math.cos(math.radians((south + north) / 2))

    def elsewhere(points: NDArray[Any]) -> NDArray[np.float64]:
        x = eastward(points[:, 0], west) * wide
        return np.stack([x, -points[:, 1]], axis=1)

    at_pole = max(-south, north) > POLAR
    return around_a_pole if at_pole else elsewhere
