"""Patch filters: figures measured once, named thresholds.

Figures are taken on the mean over bands (0..255), of the pixels that hold
data in any band:

* ``image_nodata``: share of all pixels that are empty in every band;
* ``dark``: share below 20;
* ``bright``: share above 230;
* ``contrast``: distance of the 1st and 99th percentile over 255.

Each is taken after the stretch of the index, and on one scale for all scenes
(see :class:`.radiometry.Stretches`): a stretch makes the darkest of any scene
black, and one over clear and overcast scenes makes clear ones dark. ``bright``
is that of the common scale; ``dark`` and ``contrast`` are those of the scale
on which the patch is less dark and less flat.

A mask of clouds, where there is one, takes the place of ``bright``: see
:mod:`.cloud_mask`.

Thresholds of ``dark``, ``cloud`` and ``low_contrast`` are those of the
released GeoKR code (tool/crop_images.py; its contrast test is scikit-image's
``is_low_contrast`` with 0.05).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

DARK_LEVEL = 20
BRIGHT_LEVEL = 230


@dataclass(frozen=True)
class Quality:
    """Figures of one patch, each 0..1; ``peak`` is its brightest mean.

    ``cloud`` and ``shadow`` are shares by a mask, None where there is none.
    """

    image_nodata: float
    dark: float
    bright: float
    contrast: float
    peak: float
    cloud: float | None = None
    shadow: float | None = None


#: Filters and their parameters; a patch is rejected beyond them.
FILTERS: dict[str, dict[str, float]] = {
    'nodata': {'most': 0.1},
    'dark': {'most': 0.1, 'level': DARK_LEVEL},
    'low_contrast': {'least': 0.05},
    'cloud': {'most': 0.5, 'level': BRIGHT_LEVEL, 'most_masked': 0.2},
    'shadow': {'most_masked': 0.2},
    'sea': {},
    'uncovered': {'min_valid': 0.3},
}


def choose_filters(
    chosen: Iterable[str] | None,
    without: Iterable[str] = (),
    min_valid: float | None = None,
    most_masked: float | None = None,
) -> dict[str, dict[str, float]]:
    """The filters of a run.

    Raises:
        InputError: A name that is no filter.
    """
    names = list(FILTERS if chosen is None else chosen)
    for name in [*names, *without]:
        if name not in FILTERS:
            raise InputError(
                f'unknown filter {name!r}: choose from {", ".join(FILTERS)}'
            )
    wanted = set(names) - set(without)
    kept = {n: dict(values) for n, values in FILTERS.items() if n in wanted}
    if min_valid is not None and 'uncovered' in kept:
        kept['uncovered']['min_valid'] = min_valid
    if most_masked is not None:
        for name in {'cloud', 'shadow'} & set(kept):
            kept[name]['most_masked'] = most_masked
    return kept


def measure(
    image: NDArray[np.uint8],
    valid: NDArray[np.bool_] | None = None,
    fixed: NDArray[np.uint8] | None = None,
) -> Quality:
    """Quality figures of a patch.

    Args:
        image (uint8 array (C, h, w)): Stretched pixels.
        valid (bool array (C, h, w)): Which hold data; all by default.
        fixed (uint8 array (C, h, w)): The pixels on the scale of all scenes;
            ``image`` by default.
    """
    mean, empty = _band_mean(image, valid)
    if not mean.size:
        return Quality(empty, 0.0, 0.0, 0.0, 0.0)
    means = [mean]
    if fixed is not None:
        means.append(_band_mean(fixed, valid)[0])
    ends = [np.percentile(m.astype(np.uint8), (1, 99)) for m in means]
    return Quality(
        image_nodata=empty,
        dark=min(float((m < DARK_LEVEL).mean()) for m in means),
        bright=float((means[-1] > BRIGHT_LEVEL).mean()),
        contrast=max(float((high - low) / 255.0) for low, high in ends),
        peak=max(float(m.max()) for m in means),
    )


def _band_mean(
    image: NDArray[np.uint8], valid: NDArray[np.bool_] | None
) -> tuple[NDArray[np.float32], float]:
    """Mean over valid bands of pixels that have any, and the others' share."""
    if valid is None:
        return image.mean(axis=0, dtype=np.float32).ravel(), 0.0
    count = valid.sum(axis=0)
    some = count > 0
    total = np.where(valid, image, 0).sum(axis=0, dtype=np.float32)
    return total[some] / count[some], float(1.0 - some.mean())


def rejections(
    quality: Quality,
    valid: float,
    sea: float,
    filters: Mapping[str, Mapping[str, float]],
) -> list[str]:
    """Names of the filters that reject a patch."""
    least = filters.get('uncovered', FILTERS['uncovered'])['min_valid']
    # Too little land because it is sea, not because the map is blank.
    at_sea = valid < least and (valid + sea) >= least
    tests: dict[str, Callable[[Mapping[str, float]], bool]] = {
        'nodata': lambda f: quality.image_nodata > f['most'],
        'dark': lambda f: (
            quality.dark > f['most'] or quality.peak < f['level']
        ),
        'low_contrast': lambda f: quality.contrast < f['least'],
        'cloud': lambda f: (
            quality.bright > f['most']
            if quality.cloud is None
            else quality.cloud > f['most_masked']
        ),
        'shadow': lambda f: (quality.shadow or 0.0) > f['most_masked'],
        'sea': lambda f: at_sea,
        'uncovered': lambda f: valid < f['min_valid'] and not at_sea,
    }
    rejected = [
        name for name, values in filters.items() if tests[name](values)
    ]
    if valid <= 0 and not {'sea', 'uncovered'} & set(rejected):
        # Without any class there is nothing to learn.
        rejected.append('sea' if at_sea else 'uncovered')
    return rejected
