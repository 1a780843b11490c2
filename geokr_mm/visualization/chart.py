"""Charts as inline SVG; colours come from the page's style sheet."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .markup import Child, Element, element, grid_line, rect, svg, text

# Drawn in this width and scaled by the page; small enough that the text is
# still readable on a phone.
WIDTH = 360.0


def figure(
    title: str, note: str, parts: Sequence[Child], height: float, label: str
) -> Element:
    """A drawing with a title and a muted note above."""
    caption = element(
        'figcaption', element('b', title), element('small', note)
    )
    drawing = svg(f'0 0 {WIDTH:g} {height:g}', label, *parts)
    return element('figure', caption, drawing, class_='chart')


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round numbers that span a range in about ``count`` steps.

    Returns:
        list[float]: Multiples of 1, 2 or 5 times a power of ten; the first
        is not above ``low`` and the last not below ``high``.
    """
    span = high - low
    if span <= 0:
        span = abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / count))
    step = next(
        s * power for s in (1, 2, 5, 10) if s * power * count >= span * 0.999
    )
    first, last = math.floor(low / step), math.ceil(high / step)
    return [i * step for i in range(first, max(last, first + 1) + 1)]


def line_chart(
    title: str,
    x: NDArray[Any],
    y: NDArray[Any],
    x_label: str,
    band: NDArray[Any] | None = None,
) -> Element:
    """One curve (N,) over ascending ``x`` (N,), with its axis.

    ``band`` (N,) is drawn faintly behind, for instance the curve before it
    was smoothed.
    """
    height, left, right, top, bottom = 170.0, 38.0, 8.0, 10.0, 30.0
    first, last = float(x.min()), float(x.max())
    drawn = y if band is None else np.concatenate([y, band])
    marks = ticks(float(drawn.min()), float(drawn.max()))
    span = max(last - first, 1e-9)

    def place(a: float, b: float) -> tuple[float, float]:
        share = (b - marks[0]) / (marks[-1] - marks[0])
        return (
            left + (a - first) / span * (WIDTH - left - right),
            height - bottom - share * (height - top - bottom),
        )

    def path(values: NDArray[Any], class_: str) -> Element:
        points = (
            place(float(a), float(b)) for a, b in zip(x, values, strict=True)
        )
        line = 'L'.join(f'{a:.1f} {b:.1f}' for a, b in points)
        return element('path', class_=class_, d=f'M{line}')

    parts = []
    for mark in marks:
        _, at = place(first, mark)
        shown = f'{mark:g}' if abs(mark) >= 1e-9 else '0'
        parts.append(grid_line(left, WIDTH - right, at, at))
        parts.append(text(shown, 'tick end', left - 5, at + 3.5))
    for mark in ticks(first, last):
        if first <= mark <= last:
            at, _ = place(mark, marks[0])
            parts.append(
                text(f'{mark:g}', 'tick middle', at, height - bottom + 14)
            )
    parts.append(text(x_label, 'tick end', WIDTH - right, height - 3))
    if band is not None:
        parts.append(path(band, 'faint'))
    parts.append(path(y, 'curve'))
    label = f'{title}: from {y[0]:.3g} to {y[-1]:.3g}'
    cx, cy = place(float(x[-1]), float(y[-1]))
    parts.append(
        element(
            'circle', element('title', label), class_='dot', cx=cx, cy=cy, r=3
        )
    )
    return figure(title, f'{y[0]:.3g} → {y[-1]:.3g}', parts, height, label)


def twin_chart(
    title: str, unit: str, rows: Sequence[tuple[str, Sequence[float], str]]
) -> Element:
    """Means as bars, single runs as dots on them.

    Rows are a label, one value for each run, and a CSS class.
    """
    left, right, line = 78.0, 92.0, 34.0
    marks = ticks(0.0, max(max(values) for _, values, _ in rows))
    height = line * len(rows) + 22

    def place(value: float) -> float:
        return left + value / marks[-1] * (WIDTH - left - right)

    parts = []
    for mark in marks:
        at = place(mark)
        parts.append(grid_line(at, at, 2.0, height - 18))
        parts.append(text(f'{mark:g}', 'tick middle', at, height - 4))
    labels = []
    for number, (label, values, kind) in enumerate(rows):
        middle = 2 + line * number + line / 2
        spread = mean_and_spread(values)
        labels.append(f'{label} {spread} {unit}')
        parts.append(text(label, 'label end', left - 8, middle + 4))
        width = place(float(np.mean(values))) - left
        parts.append(rect(f'mean {kind}', left, middle - 9, width, 18.0, rx=3))
        parts += [
            element(
                'circle', element('title', f'{value:.1f} {unit}'),
                class_='run', cx=place(value), cy=middle, r=3.5,
            )
            for value in values
        ]  # fmt: skip
        parts.append(text(spread, 'label', place(max(values)) + 9, middle + 4))
    return figure(title, unit, parts, height, '; '.join(labels))


def mean_and_spread(values: Sequence[float], digits: int = 1) -> str:
    """Mean and sample standard deviation, as ``61.3 ± 1.2``."""
    mean = f'{np.mean(values):.{digits}f}'
    if len(values) < 2:
        return mean
    return f'{mean} ± {np.std(values, ddof=1):.{digits}f}'
