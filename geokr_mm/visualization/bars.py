"""Bar charts of counts and of class fractions, as inline SVG."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geokr_mm.geo.maps.legend import Legend

from .chart import WIDTH, figure
from .classes import colour, title_of
from .markup import Element, element, grid_line, rect, text

# Of a single standing bar, in SVG units.
WIDEST = 60.0


def counted(number: float) -> str:
    """A count as people read it: 12 345 or 1.43 M."""
    if number >= 1e6:
        return f'{number / 1e6:.2f} M'
    # Narrow spaces that do not break a line.
    return f'{round(number):,}'.replace(',', '\u202f')


def columns(
    title: str,
    note: str,
    counts: Sequence[float] | NDArray[Any],
    ticks: Sequence[tuple[float, str]],
    names: Sequence[str],
    fill: str | None = None,
    height: float = 120.0,
) -> Element:
    """Standing bars side by side, in a colour or the page's accent.

    Ticks are the place, in bars from the left edge, and text of marks below;
    names are shown on hover.
    """
    base, top = height - 18.0, 4.0
    step = min(WIDTH / max(len(counts), 1), WIDEST)
    most = max([float(c) for c in counts] + [1.0])
    parts = []
    for place, (count, name) in enumerate(zip(counts, names, strict=True)):
        size = float(count) / most * (base - top)
        hover = element('title', f'{name}: {counted(float(count))}')
        left, width = place * step + 0.5, max(step - 1.0, 0.8)
        style = f'fill:{fill}' if fill else None
        parts.append(
            rect('column', left, base - size, width, size, hover, style=style)
        )
    parts.append(grid_line(0, WIDTH, base, base))
    for mark, shown in ticks:
        at = mark * step
        kind = 'middle'
        if at < 12:
            kind = 'start'
        elif at > WIDTH - 12:
            kind = 'end'
        parts.append(text(shown, f'tick {kind}', at, height - 4.0))
    label = f'{title}, {note}'
    if len(counts):
        label += f'; most at {names[int(np.argmax(counts))]}'
    return figure(title, note, parts, height, label)


def class_chart(
    shares: NDArray[Any],
    beside: Sequence[str],
    legend: Legend,
    note: str,
    thin: NDArray[Any] | None = None,
) -> Element:
    """Share of each class in an area (K,) as lying bars, the largest first.

    A text stands ``beside`` each number; other shares (K,) are drawn as
    ``thin`` bars below.
    """
    left = 10.0 + 7.2 * max(len(name) for name in legend.names)
    line = 21.0 if thin is None else 27.0
    most = max(float(v.max()) for v in (shares, thin) if v is not None)
    scale = (WIDTH - left - 112.0) / max(most, 1e-9)
    order = [int(k) for k in np.argsort(-shares, kind='stable')]
    parts, labels = [], []
    for place, k in enumerate(order):
        top = 5.0 + line * place
        lengths = [max(float(shares[k]) * scale, 0.6)]
        number = f'{100 * shares[k]:.1f} %'
        labels.append(f'{title_of(legend, k)} {number}')
        parts.append(
            text(title_of(legend, k), 'label end', left - 8, top + 11)
        )
        style = f'fill:{colour(legend, k)}'
        parts.append(
            rect('share', left, top, lengths[0], 13.0, rx=2, style=style)
        )
        if thin is not None:
            lengths.append(max(float(thin[k]) * scale, 0.6))
            parts.append(rect('before', left, top + 14.0, lengths[1], 4.0))
        shown = text(number, 'label', left + max(lengths) + 7, top + 11)
        shown.append(element('tspan', f'  {beside[k]}', class_='tick'))
        parts.append(shown)
    height = line * len(order) + 6
    return figure('Share of the area', note, parts, height, ', '.join(labels))
