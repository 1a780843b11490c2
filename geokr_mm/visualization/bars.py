"""Bar charts of counts, as inline SVG."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geokr_mm.geo.maps.legend import Legend

from .chart import WIDTH
from .classes import colour, title_of
from .markup import Child, Element, element

# Of a single bar, in SVG units.
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
    """Standing bars side by side.

    Args:
        title (str): Written above.
        note (str): Muted text after it.
        counts (Sequence[float]): Height of each bar.
        ticks (Sequence[tuple[float, str]]): Place, in bars from the left
            edge, and text of marks below.
        names (Sequence[str]): What each bar stands for, told on hover.
        fill (str, optional): Colour. Defaults to None, the page's accent.
        height (float): Of the drawing. Defaults to 120.

    Returns:
        Element: A ``figure``.
    """
    bottom, top = 18.0, 4.0
    step = min(WIDTH / max(len(counts), 1), WIDEST)
    most = max([float(c) for c in counts] + [1.0])
    parts = []
    for place, (count, name) in enumerate(zip(counts, names, strict=True)):
        size = float(count) / most * (height - bottom - top)
        parts.append(
            element(
                'rect',
                element('title', f'{name}: {counted(float(count))}'),
                class_='column',
                x=place * step + 0.5,
                y=height - bottom - size,
                width=max(step - 1.0, 0.8),
                height=size,
                style=f'fill:{fill}' if fill else None,
            )
        )
    base = height - bottom
    parts.append(
        element('line', class_='grid', x1=0, x2=WIDTH, y1=base, y2=base)
    )
    for mark, text in ticks:
        at = mark * step
        kind = 'middle'
        if at < 12:
            kind = 'start'
        elif at > WIDTH - 12:
            kind = 'end'
        parts.append(
            element('text', text, class_=f'tick {kind}', x=at, y=height - 4.0)
        )
    peak = int(np.argmax(counts)) if len(counts) else 0
    said = f'{title}, {note}'
    if len(counts):
        said += f'; most at {names[peak]}'
    return _figure(title, note, parts, height, said)


def before_and_after(
    before: NDArray[Any], after: NDArray[Any], legend: Legend
) -> Element:
    """Share of each class in all patches and in the kept ones.

    Args:
        before (np.ndarray): (K, ) mean fractions of all patches.
        after (np.ndarray): (K, ) of those that no filter rejects.
        legend (Legend): Names and colours.

    Returns:
        Element: A ``figure``.
    """
    longest = max(len(name) for name in legend.names)
    left, right, line = 10.0 + 7.2 * longest, 96.0, 27.0
    order = np.argsort(-after, kind='stable')
    most = max(float(before.max()), float(after.max()), 1e-9)
    parts = []
    for place, k in enumerate(int(k) for k in order):
        top = 2 + line * place
        length = [
            max(float(v) / most * (WIDTH - left - right), 0.6)
            for v in (before[k], after[k])
        ]
        name = title_of(legend, k)
        parts += [
            element(
                'text', name, class_='label end', x=left - 8, y=top + 16.0
            ),
            element(
                'rect', element('title', f'{name}: kept patches'),
                class_='share', x=left, y=top + 3.0, width=length[1],
                height=13.0, rx=2, style=f'fill:{colour(legend, k)}',
            ),
            element(
                'rect', element('title', f'{name}: all patches'),
                class_='before', x=left, y=top + 17.0, width=length[0],
                height=4.0,
            ),
            element(
                'text',
                f'{100 * after[k]:.1f} %',
                element('tspan', f'  was {100 * before[k]:.1f}',
                        class_='tick'),
                class_='label', x=left + max(length) + 7, y=top + 15.0,
            ),
        ]  # fmt: skip
    said = ', '.join(
        f'{title_of(legend, int(k))} {100 * after[k]:.1f} %' for k in order
    )
    return _figure(
        'Share of the area',
        'kept patches; thin bar: all patches',
        parts,
        line * len(order) + 6,
        said,
    )


def _figure(
    title: str, note: str, parts: Sequence[Child], height: float, said: str
) -> Element:
    return element(
        'figure',
        element(
            'figcaption', element('b', title), element('small', note)
        ),
        element(
            'svg', *parts, viewBox=f'0 0 {WIDTH:g} {height:g}', role='img',
            aria_label=said,
        ),
        class_='chart',
    )  # fmt: skip
