"""Patch filters: figures measured once, verdicts by named thresholds.

Figures are taken on the mean over bands of the stretched patch (0..255):

* ``image_nodata``: share of pixels empty in any band;
* ``dark``: share of pixels below 20;
* ``bright``: share of pixels above 230;
* ``contrast``: distance of the 1st and 99th percentile over 255.

Thresholds of ``dark``, ``cloud`` and ``low_contrast`` are those of the
released GeoKR code (tool/crop_images.py; its contrast test is scikit-image's
``is_low_contrast`` with 0.05).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

DARK_LEVEL = 20
BRIGHT_LEVEL = 230


@dataclass(frozen=True)
class Quality:
    """Figures of one patch, each 0..1; ``peak`` is its brightest mean."""

    image_nodata: float
    dark: float
    bright: float
    contrast: float
    peak: float


#: Filters and their parameters; a patch is rejected beyond them.
FILTERS: dict[str, dict[str, float]] = {
    'nodata': {'most': 0.1},
    'dark': {'most': 0.1, 'level': DARK_LEVEL},
    'low_contrast': {'least': 0.05},
    'cloud': {'most': 0.5, 'level': BRIGHT_LEVEL},
    'sea': {},
    'uncovered': {'min_valid': 0.3},
}


def choose_filters(
    chosen: Iterable[str] | None,
    without: Iterable[str] = (),
    min_valid: float | None = None,
) -> dict[str, dict[str, float]]:
    """The filters of a run.

    Args:
        chosen (iterable of str): Names; all by default.
        without (iterable of str): Names to switch off.
        min_valid (float): Least valid share of the land cover.

    Raises:
        InputError: A name that is no filter.
    """
    names = list(FILTERS) if chosen is None else list(chosen)
    for name in [*names, *without]:
        if name not in FILTERS:
            raise InputError(
                f'unknown filter {name!r}: choose from {", ".join(FILTERS)}'
            )
    kept = {
        name: dict(FILTERS[name])
        for name in FILTERS
        if name in names and name not in set(without)
    }
    if min_valid is not None and 'uncovered' in kept:
        kept['uncovered']['min_valid'] = min_valid
    return kept


def measure(image: NDArray[np.uint8], empty: NDArray[np.bool_]) -> Quality:
    """Quality figures of a patch.

    Args:
        image (uint8 array (C, h, w)): Stretched pixels.
        empty (bool array (h, w)): Pixels without data in any band.
    """
    mean = image.mean(axis=0, dtype=np.float32)
    low, high = np.percentile(mean.astype(np.uint8), (1, 99))
    return Quality(
        image_nodata=float(empty.mean()),
        dark=float((mean < DARK_LEVEL).mean()),
        bright=float((mean > BRIGHT_LEVEL).mean()),
        contrast=float((high - low) / 255.0),
        peak=float(mean.max()),
    )


def verdicts(
    quality: Quality,
    valid: float,
    sea: float,
    filters: Mapping[str, Mapping[str, float]],
) -> list[str]:
    """Names of the filters that reject a patch.

    Args:
        quality (Quality): Its figures.
        valid, sea (float): Shares of its footprint that the land cover
            knows, and that are sea.
        filters (mapping): As :func:`choose_filters` returns them.
    """
    least = filters.get('uncovered', FILTERS['uncovered'])['min_valid']
    # Too little land because it is sea, not because the map is blank.
    at_sea = valid < least and (valid + sea) >= least
    tests: dict[str, Callable[[Mapping[str, float]], bool]] = {
        'nodata': lambda f: quality.image_nodata > f['most'],
        'dark': lambda f: (
            quality.dark > f['most'] or quality.peak < f['level']
        ),
        'low_contrast': lambda f: quality.contrast < f['least'],
        'cloud': lambda f: quality.bright > f['most'],
        'sea': lambda f: at_sea,
        'uncovered': lambda f: valid < f['min_valid'] and not at_sea,
    }
    rejected = [
        name for name, values in filters.items() if tests[name](values)
    ]
    if valid <= 0 and not {'sea', 'uncovered'} & set(rejected):
        # Without any knowledge a patch has nothing to teach.
        rejected.append('sea' if at_sea else 'uncovered')
    return rejected
