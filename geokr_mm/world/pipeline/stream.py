"""Patches without a disk: rendered on the way to a trainer."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..core.grid import F32, U8
from ..core.hashing import subseed
from ..land import legend as lc
from ..land.cover import settle
from ..land.place import Place, make_place
from ..products.product_maps import product_maps
from ..sensors.camera import Digits, photograph
from ..sensors.scenes import circumstances
from .build import scene_orders
from .presets import LAST_YEAR, Preset


@dataclass(frozen=True, eq=False)
class StreamPatch:
    """A patch with class fractions (10,) of a product and of the truth.

    The image is (bands, h, w) of the sensor's type, ``gsd`` metres a pixel;
    fractions are zeros where there is only sea.
    """

    image: Digits
    product: F32
    truth: F32
    gsd: float
    place: str


def fractions(codes: U8) -> F32:
    """Class fractions of codes over land, (10,)."""
    counts = np.bincount(codes.ravel(), minlength=256)[list(lc.CODES)]
    return np.asarray(counts / max(counts.sum(), 1), np.float32)


def _patches(
    preset: Preset, place: Place, number: int, seed: int, reuse: int
) -> Iterator[StreamPatch]:
    """All patches of a place, scene by scene."""
    codes = product_maps(preset.noise, LAST_YEAR, seed)[0].draw(place)
    country, side = settle(place), preset.patch
    half, count = place.size / 2, len(codes)
    for scene in scene_orders(replace(preset, extras=False), number, place):
        shot, left, top = circumstances(scene)
        rng = np.random.default_rng(subseed(shot.seed, 'stream'))
        # A block of four by four patches is rendered at once; crops
        # anywhere in it give ``reuse`` times as many patches.
        wide = 4 * side
        for _ in range(max((scene.side // wide) ** 2, 1)):
            room = scene.side - wide
            row, col = rng.integers(0, max(room, 0) + 1, 2)
            x, y = left + col * shot.gsd, top - row * shot.gsd
            block = photograph(country, shot, x, y, wide, wide)
            for _ in range(16 * reuse):
                r, c = rng.integers(0, wide - side + 1, 2)
                at = np.arange(side) + 0.5
                px = ((x + (c + at) * shot.gsd + half) / 30).astype(int)
                py = ((half - y + (r + at) * shot.gsd) / 30).astype(int)
                cut = np.ix_(py.clip(0, count - 1), px.clip(0, count - 1))
                yield StreamPatch(
                    image=block.image[:, r : r + side, c : c + side],
                    product=fractions(codes[cut]),
                    truth=fractions(block.cover[r : r + side, c : c + side]),
                    gsd=shot.gsd,
                    place=place.name,
                )


def stream_patches(
    preset: Preset,
    seed: int = 0,
    rank: int = 0,
    ranks: int = 1,
    reuse: int = 4,
) -> Iterator[StreamPatch]:
    """Patches without end, place after place.

    Give every loader process its own ``rank`` of ``ranks``: together they go
    through all places, and no two ever render the same one. Every patch of
    ground is rendered once and cropped ``reuse`` times at random. The same
    arguments give the same patches in the same order.
    """
    number = preset.first_place + rank
    while True:
        place = make_place(seed, number, 'train', preset.place_size)
        yield from _patches(preset, place, number, seed, reuse)
        number += ranks
