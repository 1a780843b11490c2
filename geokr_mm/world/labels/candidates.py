"""Finding places for labelled images: where each kind of thing is."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..core.grid import F32, Mask
from ..core.hashing import subseed
from ..land import legend as lc
from ..land.cover import Land, settle, survey
from ..land.place import Place
from ..land.towns import FLATS, HOUSES, INDUSTRY, PARKING, STREET

SCENE_CLASSES = (
    'field',
    'forest',
    'grass',
    'industry',
    'parking',
    'resident',
    'river_lake',
)
SPLITS = ('train', 'val', 'test')
LABEL_YEAR = 2018
_STEP = 12.0


@dataclass(frozen=True)
class Spot:
    """A candidate window for a scene class or task at a label place.

    Its centre is metres from the place's centre, ``gsd`` metres a pixel.
    """

    kind: str
    place: int
    x: float
    y: float
    gsd: float
    seed: int


def _share(mask: Mask, size: int) -> F32:
    share: F32 = ndimage.uniform_filter(mask.astype(np.float32), size)
    return share


def _scores(land: Land, size: int) -> dict[str, Mask]:
    """Where a window of ``size`` cells shows each scene class."""
    cover, use = land.cover, land.fabric.use
    lived = np.isin(use, (HOUSES, FLATS)) | (use == STREET)
    works = (use == INDUSTRY) | (use == STREET)
    water = np.isin(cover, (lc.WATER, lc.SEA))
    wet = _share(water, size)
    return {
        'field': _share(cover == lc.CROP, size) > 0.9,
        'forest': _share(cover == lc.FOREST, size) > 0.9,
        'grass': _share(cover == lc.GRASS, size) > 0.85,
        'industry': (_share(works, size) > 0.75)
        & (_share(use == INDUSTRY, size) > 0.5),
        'parking': _share(use == PARKING, size) > 0.42,
        'resident': (_share(lived, size) > 0.85)
        & (_share(use == STREET, size) < 0.5),
        'river_lake': (wet > 0.3) & (wet < 0.9),
    }


def find_spots(
    place: Place, number: int, side: int, dense_side: int, want: int
) -> list[Spot]:
    """List candidates of every kind at a label place.

    ``side`` is that of classification images, ``dense_side`` that of the
    others, in pixels; ``want`` limits the candidates of a kind. They come in
    random order, no two of a kind closer than half a window.
    """
    grid = place.grid(_STEP)
    count = len(grid.xs)
    land = survey(settle(place), grid, LABEL_YEAR)
    rng = np.random.default_rng(subseed(place.seed, 'spots'))
    spots: list[Spot] = []

    def draw(
        kind: str, mask: Mask, pixels: int, gsds: tuple[float, float]
    ) -> None:
        margin = int(np.ceil(pixels * gsds[1] / 2 / _STEP))
        inner = np.zeros(mask.shape, bool)
        inner[margin:-margin, margin:-margin] = mask[
            margin:-margin, margin:-margin
        ]
        at = np.flatnonzero(inner)
        rng.shuffle(at)
        apart = pixels * gsds[0] / 2
        taken: list[tuple[float, float]] = []
        for index in at[: 40 * want].tolist():
            row, col = divmod(index, count)
            x, y = float(grid.xs[col]), float(grid.ys[row])
            if any(
                abs(x - a) < apart and abs(y - b) < apart for a, b in taken
            ):
                continue
            taken.append((x, y))
            gsd = float(np.round(rng.uniform(*gsds), 2))
            spots.append(
                Spot(
                    kind,
                    number,
                    x,
                    y,
                    gsd,
                    subseed(place.seed, kind, len(taken)),
                )
            )
            if len(taken) == want:
                break

    size = max(1, round(side * 2.2 / _STEP))
    for kind, mask in _scores(land, size).items():
        draw(kind, mask, side, (1.6, 2.6))
    size = max(3, round(dense_side * 4 / _STEP))
    kinds = sum(
        (_share(land.cover == code, size) > 0.06).astype(int)
        for code in lc.CODES
    )
    draw('segmentation', np.asarray(kinds) >= 3, dense_side, (3.0, 5.0))
    draw('segmentation_any', np.asarray(kinds) == 2, dense_side, (3.0, 5.0))
    cold = place.climate.temperature < 13
    snowy = _share(land.cover == lc.SNOW, size) > 0.1
    draw(
        'snow',
        snowy if snowy.any() else np.full(snowy.shape, cold),
        dense_side,
        (6.0, 12.0),
    )
    draw('cloud', np.ones(snowy.shape, bool), dense_side, (6.0, 12.0))
    flat = land.cover != lc.SNOW
    wet = np.isin(land.cover, (lc.WATER, lc.SEA))
    draw('ground', flat & ~wet, dense_side, (1.6, 2.4))
    draw('harbour', (_share(wet, size // 2) > 0.4), dense_side, (1.6, 2.4))
    return spots
