"""Which of several maps fits an image best: one rule, in years.

Every map has a cost: how far its year is from the image's date, how much
coarser it is than the finest map, how much of the scene it leaves blank.
The cheapest is taken, the first given among equals. The weights put the three
in that order: a map one year nearer is worth one with cells of a quarter of
the side, or a quarter more of the scene covered.
"""

import calendar
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..landcover.fractions import Fractions

#: Cost of a year between the image and the middle of the map's year.
YEAR = 1.0
#: Cost of cells of twice the side.
DOUBLE_CELL = 0.5
#: Cost of covering nothing of the scene.
UNCOVERED = 4.0


class MapSelection(NamedTuple):
    """The best map for a scene, and those of one product around its date."""

    best: int
    around: tuple[int, int] | None


def decimal_year(iso: str) -> float:
    """A date ``YYYY-MM-DD`` in years, e.g. 2020.5 in the middle of 2020."""
    day = date.fromisoformat(iso)
    days = 366 if calendar.isleap(day.year) else 365
    return day.year + (day.timetuple().tm_yday - 0.5) / days


def years_apart(year: int, when: float | None) -> float:
    """Years between an image and the middle of a map's year; else 0."""
    return 0.0 if when is None else abs(when - (year + 0.5))


def covered_share(whole: Fractions) -> float:
    """Mean share of some footprints that a map covers, sea included."""
    return float((whole.valid + whole.sea).mean())


def map_costs(
    years: Sequence[int],
    gsds: Sequence[float],
    covered: Sequence[float],
    when: float | None,
) -> NDArray[np.float64]:
    """Cost of each map for one scene; see the module's text.

    Infinite for a map that covers nothing while another covers something.

    Args:
        years (sequence of int): Year of each map.
        gsds (sequence of float): Side of its cells in metres.
        covered (sequence of float): Share of the scene that it covers.
        when (float | None): The image's date as a decimal year.
    """
    share = np.asarray(covered, np.float64)
    apart = np.array([years_apart(y, when) for y in years])
    coarse = np.log2(np.asarray(gsds, np.float64) / min(gsds))
    cost = YEAR * apart + DOUBLE_CELL * coarse + UNCOVERED * (1 - share)
    cost[(share == 0) & (share.max() > 0)] = np.inf
    return np.asarray(cost, np.float64)


def cheapest(costs: NDArray[np.float64]) -> int:
    """The first map whose cost is the lowest, rounding aside."""
    return int(np.flatnonzero(costs <= costs.min() + 1e-9)[0])


def around(years: Sequence[int], when: float | None) -> tuple[int, int] | None:
    """Places in ``years`` of the maps of one product around an image.

    The last map whose middle is not after the image, and the first one after
    it; None where one side has none.
    """
    if when is None:
        return None
    order = sorted(range(len(years)), key=lambda n: years[n])
    before = [n for n in order if years[n] + 0.5 <= when]
    after = [n for n in order if years[n] + 0.5 > when]
    return (before[-1], after[0]) if before and after else None


def select_maps(
    products: Sequence[str],
    years: Sequence[int],
    gsds: Sequence[float],
    covered: Sequence[float],
    when: float | None,
) -> MapSelection:
    """The maps that fit one scene; see :func:`map_costs`.

    The maps before and after are those of the chosen map's product if it has
    any, else of the first product that has.
    """
    best = cheapest(map_costs(years, gsds, covered, when))
    for name in dict.fromkeys([products[best], *products]):
        own = [
            n for n, p in enumerate(products) if p == name and covered[n] > 0
        ]
        found = around([years[n] for n in own], when)
        if found is not None:
            return MapSelection(best, (own[found[0]], own[found[1]]))
    return MapSelection(best, None)
