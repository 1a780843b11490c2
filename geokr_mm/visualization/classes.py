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
    """A line of colour keys.

    Args:
        legend (Legend): Names and colours.
        shown (np.ndarray, optional): (K, ) boolean, which classes to list.
            Defaults to None, all.
    """
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
    """Class fractions as one bar; each part tells its number on hover.

    Args:
        fractions (np.ndarray): (K, ) in [0, 1]; their sum may stay below 1
            where the map does not cover the patch.
        legend (Legend): Names and colours.

    Returns:
        Element: A ``div`` that screen readers read as a sentence.
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
    said = ', '.join(
        f'{title_of(legend, k)} {percent(fractions[k])}'
        for k in largest(fractions, len(order))
    )
    return element('div', *parts, class_='bar', role='img', aria_label=said)


def largest(fractions: NDArray[Any], count: int) -> list[int]:
    """Indices of the largest fractions, largest first.

    Args:
        fractions (np.ndarray): (K, ).
        count (int): At most how many; shares below 0.5 % are left out.
    """
    order = np.argsort(-fractions, kind='stable')[:count]
    return [int(k) for k in order if fractions[k] >= 0.005]


def percent(share: float) -> str:
    """Write a share in [0, 1] as whole percent."""
    return f'{100 * share:.0f} %'


def total_variation(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Half the L1 distance of class fractions, over the last axis.

    It is the share of the area that would have to change its class.

    Args:
        one (np.ndarray): (..., K).
        other (np.ndarray): (..., K).

    Returns:
        np.ndarray: (...), in [0, 1] for fractions that sum to 1.
    """
    gap = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    return np.asarray(0.5 * np.abs(gap).sum(axis=-1))
