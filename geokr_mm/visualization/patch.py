"""A patch as a card: image, maps, and what each source reads in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geokr_mm.geo.maps.legend import Legend

from .classes import fraction_bar, largest, percent, title_of, total_variation
from .markup import Element, element
from .png import picture

# Classes named in words below a card's bars.
WORDS = 3


@dataclass(frozen=True)
class PatchView:
    """What is shown of one patch.

    Args:
        title (str): Heading of the card.
        note (str): One line below it, such as scene and position.
        image (np.ndarray): (H, W, 3) uint8.
        maps (Sequence[tuple[str, np.ndarray]]): Label and class indices
            (h, w) of each map, 255 where there is none.
        bars (Sequence[tuple[str, np.ndarray]]): Label and fractions (K, ).
            The first is what the others are compared with.
    """

    title: str
    note: str
    image: NDArray[Any]
    maps: Sequence[tuple[str, NDArray[Any]]]
    bars: Sequence[tuple[str, NDArray[Any]]]


def patch_card(view: PatchView, legend: Legend) -> Element:
    """Draw a patch as an ``article``."""
    pictures = [picture(view.image, 'image')]
    pictures += [
        picture(indices, label, legend.palette) for label, indices in view.maps
    ]
    reference = view.bars[0][1]
    rows = []
    for number, (label, fractions) in enumerate(view.bars):
        gap = element('span', class_='gap')
        if number:
            distance = float(total_variation(fractions, reference))
            gap = element(
                'span',
                f'{percent(distance)} apart',
                class_='gap',
                title=f'share of the area that {label} gives to other '
                f'classes than {view.bars[0][0]}',
            )
        rows.append(
            element(
                'div',
                element('span', label, class_='who'),
                fraction_bar(fractions, legend),
                gap,
                class_='row',
            )
        )
    return element(
        'article',
        element('h3', view.title),
        element('p', view.note, class_='note'),
        element('div', *pictures, class_='pictures'),
        element('div', *rows, class_='rows'),
        _numbers(view, legend),
        class_='card',
    )


def _numbers(view: PatchView, legend: Legend) -> Element:
    """The main classes as a small table, for those who want the numbers."""
    mean = np.mean([fractions for _, fractions in view.bars], axis=0)
    head = element(
        'tr',
        element('th', 'share of'),
        *(element('th', label) for label, _ in view.bars),
    )
    body = [
        element(
            'tr',
            element('th', title_of(legend, k)),
            *(
                element('td', percent(fractions[k]))
                for _, fractions in view.bars
            ),
        )
        for k in largest(mean, WORDS)
    ]
    return element(
        'table',
        element('thead', head),
        element('tbody', *body),
        class_='numbers',
    )
