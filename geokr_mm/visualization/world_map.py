"""Where the patches lie on the globe, whatever their number."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geokr_mm.geo.geometry.longitudes import wrapped
from geokr_mm.geo.index.statistics import Overview
from geokr_mm.geo.maps.legend import Legend

from .bars import counted
from .classes import degrees, swatch
from .markup import Element, element, grid_line, png_uri, rect, svg, text

NONE = 255
# Patches a cell, from few to many; readable on light and dark paper.
DENSITY = ('#9fd8c3', '#58b395', '#2c8d70', '#176550', '#0b3f33')
# A few places are hard to see on a whole world: rings are drawn around them.
FEW_PLACES = 60
VISIBLE_DEGREES = 4.0
# Sets less wide than this also get a map of their own place.
LOCAL_DEGREES = 60.0


def density(counts: NDArray[Any]) -> tuple[NDArray[np.uint8], list[int]]:
    """Counts (h, w) as steps of :data:`DENSITY`.

    Returns:
        tuple: (h, w) uint8 step, 255 where there is none; and the smallest
        count of each step, one for each colour.
    """
    most = max(int(counts.max()), 1)
    limits = np.unique(
        np.floor(np.geomspace(1, most + 1, len(DENSITY) + 1)[:-1])
    ).astype(int)
    steps = np.searchsorted(limits, counts, side='right') - 1
    shown = np.where(counts > 0, steps, NONE).astype(np.uint8)
    return shown, limits.tolist()


def maps(found: Overview, legend: Legend) -> Element:
    """Maps of the world, and of the place where all patches are close."""
    west, south, east, north = found.bounds
    side = _patch_degrees(found)
    world = _coarser(found.world, side)
    figures = [_map('World: patches', world, (-180, -90, 180, 90))]
    if east - west < LOCAL_DEGREES and north - south < LOCAL_DEGREES:
        figures += [
            _map('Their place: patches', found.near, found.bounds),
            _map(
                'Their place: largest class',
                found.near,
                found.bounds,
                found.near_classes,
                legend,
            ),
        ]
    else:
        figures.append(
            _map(
                'World: largest class of the kept patches',
                world,
                (-180, -90, 180, 90),
                _coarser(found.world_classes, side),
                legend,
            )
        )
    return element('div', *figures, class_=f'maps n{len(figures)}')


def _patch_degrees(found: Overview) -> int:
    """Whole degrees that the patches are apart, a divisor of 180."""
    meta = found.metadata
    metres = meta.stride * max(found.gsd)
    wanted = metres / 111_195.0
    if np.count_nonzero(found.world[..., 0]) <= FEW_PLACES:
        wanted = max(wanted, VISIBLE_DEGREES)
    return next((s for s in (1, 2, 3, 4, 5, 6, 9, 10) if s >= wanted), 10)


def _coarser(cells: NDArray[Any], side: int) -> NDArray[Any]:
    """Sums over squares of cells."""
    rows, cols, depth = cells.shape
    return np.asarray(
        cells.reshape(rows // side, side, cols // side, side, depth).sum(
            axis=(1, 3)
        )
    )


def _map(
    title: str,
    counts: NDArray[Any],
    bounds: tuple[float, float, float, float],
    classes: NDArray[Any] | None = None,
    legend: Legend | None = None,
) -> Element:
    west, south, east, north = bounds
    # Half a cell beyond the outermost centres, and never nothing.
    wide, high = max(east - west, 1e-6), max(north - south, 1e-6)
    shrink = math.cos(math.radians((south + north) / 2))
    ratio = min(max(wide * shrink / high, 0.5), 2.5) if wide < 300 else 2.0
    width, height = 360.0, 360.0 / ratio
    total, kept = counts[..., 0], counts[..., 1]
    key: list[Element] = []
    if classes is not None and legend is not None:
        shown = np.where(kept > 0, classes.argmax(axis=2), NONE)
        picture = png_uri(shown.astype(np.uint8), legend.palette)
    else:
        steps, limits = density(total)
        palette = [tuple(bytes.fromhex(c[1:])) for c in DENSITY]
        picture = png_uri(steps, np.array(palette, np.uint8))
        for place, least in enumerate(limits):
            ends = [*limits[1:], int(total.max()) + 1]
            limit = counted(least)
            if ends[place] - 1 > least:
                limit += f' to {counted(ends[place] - 1)}'
            key.append(element('li', swatch(DENSITY[place]), limit))
    lines: list[Element] = []
    for lon, degree in _grid(west, east, 'EW'):
        x = (lon - west) / wide * width
        lines.append(grid_line(x, x, 0, height))
        if 8 < x < width - 8:
            lines.append(text(degree, 'tick middle small', x, height + 11))
    for lat, degree in _grid(south, north, 'NS'):
        y = (north - lat) / high * height
        lines.append(grid_line(0, width, y, y))
        if 6 < y < height - 4:
            lines.append(text(degree, 'tick end small', -4.0, y + 3.0))
    rings = []
    rows, cols = np.nonzero(total)
    if wide > 300 and len(rows) <= FEW_PLACES:
        rings = [
            element(
                'circle', class_='place',
                cx=(c + 0.5) / total.shape[1] * width,
                cy=(r + 0.5) / total.shape[0] * height, r=8,
            )
            for r, c in _apart(rows, cols)
        ]  # fmt: skip
    label = (
        f'{title}: {counted(int(total.sum()))} patches between '
        f'{_degrees(south, "NS", 2)} and {_degrees(north, "NS", 2)}, '
        f'{_degrees(west, "EW", 2)} and {_degrees(east, "EW", 2)}'
    )
    drawing = svg(
        f'-30 -2 {width + 34:g} {height + 16:g}',
        label,
        rect('ground', 0, 0, width, height),
        *lines,
        element(
            'image', href=picture, x=0, y=0, width=width, height=height,
            preserveAspectRatio='none', class_='cells',
        ),
        *rings,
    )  # fmt: skip
    return element(
        'figure',
        element('figcaption', element('b', title)),
        drawing,
        element('ul', *key, class_='legend') if key else None,
    )


def _apart(rows: NDArray[Any], cols: NDArray[Any]) -> list[tuple[int, int]]:
    """Cells, of neighbours only the first."""
    found: list[tuple[int, int]] = []
    for r, c in zip(rows.tolist(), cols.tolist(), strict=True):
        if all(max(abs(r - a), abs(c - b)) > 2 for a, b in found):
            found.append((r, c))
    return found


def _grid(low: float, high: float, ends: str) -> list[tuple[float, str]]:
    """Round degrees in a range, about five of them, with their text."""
    steps = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
    span = high - low
    step = next((s for s in steps if span / s <= 6), 30.0)
    if span > 300:
        step = 60.0
    digits = 2 if step < 0.1 else 1 if step < 1 else 0
    numbers = np.arange(math.ceil(low / step), high / step + 1e-9)
    values = [float(number * step) for number in numbers]
    return [(value, _degrees(value, ends, digits)) for value in values]


def _degrees(value: float, ends: str, digits: int) -> str:
    """A longitude, also beyond 180, or latitude for people."""
    value = wrapped(value)
    return '0°' if abs(value) < 1e-9 else degrees(value, ends, digits)
