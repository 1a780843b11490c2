"""Where the patches lie, scene by scene, as inline SVG."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geokr_mm.geo.legend import Legend

from .classes import colour, title_of
from .markup import Element, element

# Side of one scene's drawing, in SVG units.
SIDE = 150.0


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
    drawing, north up, with the degrees of its middle written below.

    Args:
        scenes (Sequence[str]): Scene name of each of N patches.
        footprints (Sequence[Polygon]): N polygons in EPSG:4326.
        fractions (np.ndarray): (N, K) class fractions.
        keep (np.ndarray): (N, ) boolean; the others are drawn hollow.
        legend (Legend): Names and colours.
        most (int): Largest number of scenes to draw; of more, evenly chosen
            ones. Defaults to 20.

    Returns:
        Element: A ``div`` of figures.
    """
    names = np.asarray(scenes)
    # In order of first appearance, as the index has them.
    wanted = list(dict.fromkeys(names.tolist()))
    steps = np.linspace(0, len(wanted) - 1, min(most, len(wanted)))
    drawn = [wanted[round(step)] for step in steps]
    figures = [
        _scene(
            name,
            [footprints[i] for i in np.flatnonzero(names == name)],
            fractions[names == name],
            keep[names == name],
            legend,
        )
        for name in drawn
    ]
    rest = None
    if len(wanted) > len(drawn):
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
    bounds = np.array([shape.bounds for shape in footprints])
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    lat = (south + north) / 2
    # Degrees of longitude shrink towards the poles.
    wide = math.cos(math.radians(lat))
    scale = SIDE / max((east - west) * wide, north - south, 1e-12)
    # One path a class keeps a page of many thousand patches light.
    paths: dict[int | None, list[str]] = {}
    classes = fractions.argmax(axis=1)
    for shape, k, kept in zip(footprints, classes, keep, strict=True):
        ring = np.asarray(shape.exterior.coords)[:-1]
        x = (ring[:, 0] - west) * wide * scale
        y = (north - ring[:, 1]) * scale
        text = (
            'M'
            + 'L'.join(f'{a:.1f} {b:.1f}' for a, b in zip(x, y, strict=True))
            + 'Z'
        )
        paths.setdefault(int(k) if kept else None, []).append(text)
    drawn = [
        element(
            'path',
            element(
                'title',
                'left out by the quality filters'
                if k is None
                else title_of(legend, k),
            ),
            d=''.join(texts),
            class_='left-out' if k is None else 'patch',
            style=None if k is None else f'fill:{colour(legend, k)}',
        )
        for k, texts in sorted(paths.items(), key=lambda item: item[0] or -1)
    ]
    lon = (west + east) / 2
    place = (
        f'{abs(lat):.2f}° {"N" if lat >= 0 else "S"} '
        f'{abs(lon):.2f}° {"E" if lon >= 0 else "W"}'
    )
    width, height = (east - west) * wide * scale, (north - south) * scale
    return element(
        'figure',
        element(
            'svg',
            *drawn,
            viewBox=f'-1 -1 {width + 2:.1f} {height + 2:.1f}',
            role='img',
            aria_label=f'footprints of {len(footprints)} patches of {name}',
        ),
        element(
            'figcaption',
            name,
            element('small', f'{place} · {int(keep.sum())} patches'),
        ),
    )
