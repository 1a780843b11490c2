"""Classes on a page: colour keys, bars of fractions, numbers in words."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geokr_mm.geo.maps.legend import Legend

from .markup import Element, element


def colour(legend: Legend, k: int) -> str:
    """Colour of a class as ``#rrggbb``."""
    return '#' + bytes(legend.classes[k].color).hex()


def title_of(legend: Legend, k: int) -> str:
    """Name of a class for people: ``snow_ice`` becomes "snow ice"."""
    return legend.names[k].replace('_', ' ')


def chips(legend: Legend, shown: NDArray[Any] | None = None) -> Element:
    """Colour keys of all classes, or of those marked in ``shown`` (K, )."""
    items = [
        element('li', swatch(colour(legend, k)), title_of(legend, k))
        for k in range(len(legend.names))
        if shown is None or shown[k]
    ]
    return element('ul', *items, class_='legend')


def swatch(colour: str) -> Element:
    """A small square of a colour."""
    return element('i', class_='swatch', style=f'background:{colour}')


def fraction_bar(fractions: NDArray[Any], legend: Legend) -> Element:
    """Class fractions as one bar; each part shows its number on hover.

    Their sum may stay below 1 where the map does not cover the patch. Screen
    readers read the bar as a sentence.
    """
    order = [k for k in range(len(fractions)) if fractions[k] >= 0.005]
    parts = [
        element(
            'i',
            style=f'width:{100 * fractions[k]:.1f}%;'
            f'background:{colour(legend, k)}',
            title=f'{title_of(legend, k)} {percent(fractions[k])}',
        )
        for k in order
    ]
    label = ', '.join(
        f'{title_of(legend, k)} {percent(fractions[k])}'
        for k in largest(fractions, len(order))
    )
    return element('div', *parts, class_='bar', role='img', aria_label=label)


def largest(fractions: NDArray[Any], count: int) -> list[int]:
    """Indices of the largest fractions; shares below 0.5 % are left out."""
    order = np.argsort(-fractions, kind='stable')[:count]
    return [int(k) for k in order if fractions[k] >= 0.005]


def degrees(value: float, ends: str, digits: int = 2) -> str:
    """A longitude or latitude for people; ``ends`` is 'EW' or 'NS'."""
    end = ends[0] if value > 0 else ends[1]
    return f'{abs(value):.{digits}f}° {end}'


def percent(share: float) -> str:
    """Write a share in [0, 1] as whole percent."""
    return f'{100 * share:.0f} %'


def total_variation(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Half the L1 distance of class fractions, over the last axis.

    It is the share of the area that would have to change its class.
    """
    gap = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    return np.asarray(0.5 * np.abs(gap).sum(axis=-1))
