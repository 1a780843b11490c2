"""Charts as inline SVG; colours come from the page's style sheet."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geokr_mm.geo.maps.legend import Legend

from .classes import colour, percent, title_of
from .markup import Element, element

# Drawn in this width and scaled by the page; small enough that the text is
# still readable on a phone.
WIDTH = 360.0


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round numbers that span a range.

    Args:
        low (float): Smallest value.
        high (float): Largest value.
        count (int): About how many steps. Defaults to 4.

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
    """One curve with its axis.

    Args:
        title (str): Written above.
        x (np.ndarray): (N, ), ascending.
        y (np.ndarray): (N, ).
        x_label (str): What runs along the axis.
        band (np.ndarray, optional): (N, ) values drawn faintly behind, for
            instance the curve before it was smoothed.

    Returns:
        Element: A ``figure``.
    """
    height, left, right, top, bottom = 170.0, 38.0, 8.0, 10.0, 30.0
    finite = y if band is None else np.concatenate([y, band])
    marks = ticks(float(finite.min()), float(finite.max()))
    steps = ticks(float(x.min()), float(x.max()), 4)
    steps = [s for s in steps if x.min() <= s <= x.max()]
    x_span = max(float(x.max() - x.min()), 1e-9)

    def place(a: float, b: float) -> tuple[float, float]:
        share = (b - marks[0]) / (marks[-1] - marks[0])
        return (
            left + (a - float(x.min())) / x_span * (WIDTH - left - right),
            height - bottom - share * (height - top - bottom),
        )

    def path(values: NDArray[Any]) -> str:
        points = (
            place(float(a), float(b)) for a, b in zip(x, values, strict=True)
        )
        return 'M' + 'L'.join(f'{a:.1f} {b:.1f}' for a, b in points)

    parts = []
    for mark in marks:
        _, at = place(float(x.min()), mark)
        parts += [
            element(
                'line', class_='grid', x1=left, x2=WIDTH - right, y1=at, y2=at
            ),
            element(
                'text',
                f'{mark:g}' if abs(mark) >= 1e-9 else '0',
                class_='tick end',
                x=left - 5,
                y=at + 3.5,
            ),
        ]
    for step in steps:
        at, _ = place(step, marks[0])
        parts.append(
            element(
                'text',
                f'{step:g}',
                class_='tick middle',
                x=at,
                y=height - bottom + 14,
            )
        )
    parts.append(
        element(
            'text', x_label, class_='tick end', x=WIDTH - right, y=height - 3
        )
    )
    if band is not None:
        parts.append(element('path', class_='faint', d=path(band)))
    parts.append(element('path', class_='curve', d=path(y)))
    said = f'{title}: from {y[0]:.3g} to {y[-1]:.3g}'
    last_x, last_y = place(float(x[-1]), float(y[-1]))
    parts.append(
        element(
            'circle',
            element('title', said),
            class_='dot',
            cx=last_x,
            cy=last_y,
            r=3,
        )
    )
    return element(
        'figure',
        element(
            'figcaption',
            element('b', title),
            element('small', f'{y[0]:.3g} → {y[-1]:.3g}'),
        ),
        _svg(parts, height, said),
        class_='chart',
    )


def twin_chart(
    title: str, unit: str, rows: Sequence[tuple[str, Sequence[float], str]]
) -> Element:
    """Means as bars, single runs as dots on them.

    Args:
        title (str): Written above.
        unit (str): Written after the numbers.
        rows (Sequence[tuple]): Label, one value for each run, CSS class.

    Returns:
        Element: A ``figure``.
    """
    left, right, line = 78.0, 92.0, 34.0
    top_value = max(max(values) for _, values, _ in rows)
    marks = ticks(0.0, top_value)
    height = line * len(rows) + 22

    def place(value: float) -> float:
        return left + value / marks[-1] * (WIDTH - left - right)

    parts = []
    for mark in marks:
        at = place(mark)
        parts += [
            element(
                'line', class_='grid', x1=at, x2=at, y1=2.0, y2=height - 18
            ),
            element(
                'text', f'{mark:g}', class_='tick middle', x=at, y=height - 4
            ),
        ]
    for number, (label, values, kind) in enumerate(rows):
        middle = 2 + line * number + line / 2
        mean = float(np.mean(values))
        parts += [
            element(
                'text', label, class_='label end', x=left - 8, y=middle + 4
            ),
            element(
                'rect',
                class_=f'mean {kind}',
                x=left,
                y=middle - 9,
                width=place(mean) - left,
                height=18.0,
                rx=3,
            ),
            *(
                element(
                    'circle',
                    element('title', f'{value:.1f} {unit}'),
                    class_='run',
                    cx=place(value),
                    cy=middle,
                    r=3.5,
                )
                for value in values
            ),
            element(
                'text',
                mean_and_spread(values),
                class_='label',
                x=place(max(values)) + 9,
                y=middle + 4,
            ),
        ]
    said = '; '.join(
        f'{label} {mean_and_spread(values)} {unit}'
        for label, values, _ in rows
    )
    return element(
        'figure',
        element('figcaption', element('b', title), element('small', unit)),
        _svg(parts, height, said),
        class_='chart',
    )


def balance_chart(
    shares: NDArray[Any], present: NDArray[Any], legend: Legend
) -> Element:
    """Share of each class in the whole area.

    Args:
        shares (np.ndarray): (K, ) share of the area, summing to 1.
        present (np.ndarray): (K, ) share of patches that hold the class.
        legend (Legend): Names and colours.

    Returns:
        Element: A ``figure``.
    """
    left, right, line = 84.0, 112.0, 21.0
    order = np.argsort(-shares, kind='stable')
    height = line * len(order) + 4
    top_value = max(float(shares.max()), 1e-9)
    parts = []
    for number, k in enumerate(int(k) for k in order):
        middle = 2 + line * number + line / 2
        length = shares[k] / top_value * (WIDTH - left - right)
        parts += [
            element(
                'text',
                title_of(legend, k),
                class_='label end',
                x=left - 8,
                y=middle + 4,
            ),
            element(
                'rect',
                class_='share',
                x=left,
                y=middle - 7,
                width=max(float(length), 0.6),
                height=14.0,
                rx=2,
                style=f'fill:{colour(legend, k)}',
            ),
            element(
                'text',
                f'{100 * shares[k]:.1f} %',
                element('tspan', f'  in {percent(present[k])}', class_='tick'),
                class_='label',
                x=left + float(length) + 7,
                y=middle + 4,
            ),
        ]
    said = ', '.join(
        f'{title_of(legend, int(k))} {100 * shares[k]:.1f} %' for k in order
    )
    return element(
        'figure',
        element(
            'figcaption',
            element('b', 'Share of the area'),
            element('small', 'and in how many patches it occurs'),
        ),
        _svg(parts, height, said),
        class_='chart',
    )


def mean_and_spread(values: Sequence[float], digits: int = 1) -> str:
    """Mean and sample standard deviation, as ``61.3 ± 1.2``."""
    mean = f'{np.mean(values):.{digits}f}'
    if len(values) < 2:
        return mean
    return f'{mean} ± {np.std(values, ddof=1):.{digits}f}'


def _svg(parts: Sequence[Element], height: float, said: str) -> Element:
    return element(
        'svg',
        *parts,
        viewBox=f'0 0 {WIDTH:g} {height:g}',
        role='img',
        aria_label=said,
    )
