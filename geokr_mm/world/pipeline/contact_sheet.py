"""A contact sheet: what a world looks like, at a glance."""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ..core.grid import Grid
from ..core.hashing import subseed
from ..land import legend as lc
from ..land.cover import Country, settle, survey
from ..land.place import make_place
from ..products.map_errors import ProductNoise, map_country
from ..sensors.camera import Shot, expose, photograph
from ..sensors.sensors import SENSORS

U8 = npt.NDArray[np.uint8]
_YEAR = 2018
_RIM = 3  # white lines between pictures, pixels

# Colours of the common classes, in the order of their codes: those of the
# released GeoKR code; the sea is a dark blue.
PALETTE = np.array(
    [
        [249, 160, 255],
        [0, 99, 0],
        [99, 255, 0],
        [0, 255, 199],
        [0, 99, 255],
        [0, 0, 255],
        [99, 99, 51],
        [255, 0, 0],
        [191, 191, 191],
        [198, 239, 255],
        [0, 30, 90],
    ],
    np.uint8,
)


@dataclass(frozen=True)
class Wish:
    """A picture for the sheet.

    Args:
        number (int): Of the place.
        gsd (float): Pixel size, metres.
        code (int): Class to be seen.
        month (int): Of the date; shifted by half a year in the south.
        clouds (float): Share of the sky.
    """

    number: int
    gsd: float
    code: int
    month: int
    clouds: float = 0.0


# Climates take turns: number modulo nine is the row of climates.py.
_WISHES = (
    (
        Wish(0, 2, 80, 6),
        Wish(0, 8, 10, 7),
        Wish(2, 8, 100, 8),
        Wish(3, 4, 10, 6),
        Wish(4, 4, 20, 7),
        Wish(5, 8, 10, 8),
    ),
    (
        Wish(1, 4, 80, 9),
        Wish(1, 2, 10, 6),
        Wish(11, 16, 100, 7),
        Wish(3, 16, 255, 6),
        Wish(4, 8, 60, 9),
        Wish(8, 4, 20, 5),
    ),
    (
        Wish(6, 8, 70, 8),
        Wish(7, 4, 80, 7),
        Wish(7, 16, 255, 7),
        Wish(12, 8, 50, 6, 0.15),
        Wish(13, 2, 60, 10),
        Wish(17, 8, 255, 6),
    ),
    (
        Wish(9, 16, 10, 7),
        Wish(2, 4, 90, 9),
        Wish(14, 4, 30, 8),
        Wish(6, 16, 70, 5),
        Wish(10, 8, 60, 6, 0.2),
        Wish(8, 2, 80, 6),
    ),
)


def _aim(country: Country, wish: Wish, extent: float) -> tuple[float, float]:
    """Middle of the most varied window that shows the class."""
    half = country.place.size / 2
    step = 40.0
    count = int(2 * half / step)
    cover = survey(
        country, Grid.window(-half, half, step, count, count), _YEAR
    ).cover
    size = max(3, int(extent / step))

    def share(code: int) -> npt.NDArray[np.float32]:
        return np.asarray(
            ndimage.uniform_filter((cover == code).astype(np.float32), size)
        )

    variety = sum(
        np.minimum(share(code), 0.15) for code in (*lc.CODES, lc.SEA)
    )
    score = np.minimum(share(wish.code), 0.45) + 0.35 * variety
    edge = min(size // 2 + 1, count // 2 - 1)
    score[:edge] = score[-edge:] = score[:, :edge] = score[:, -edge:] = -1
    row, col = divmod(int(score.argmax()), count)
    return -half + (col + 0.5) * step, half - (row + 0.5) * step


def _colour(cover: U8) -> U8:
    index = np.full(256, len(PALETTE) - 1)
    index[list(lc.CODES)] = np.arange(len(lc.CODES))
    return np.asarray(PALETTE[index[cover]], np.uint8)


def _picture(seed: int, wish: Wish, side: int) -> tuple[U8, U8, U8]:
    """Photograph, true map and product of a wish, each (side, side, 3)."""
    place = make_place(seed, wish.number, 'train', 6720.0)
    country = settle(place)
    extent = side * wish.gsd
    x, y = _aim(country, wish, extent)
    left, top = x - extent / 2, y + extent / 2
    month = wish.month if place.lat > 0 else (wish.month + 5) % 12 + 1
    sensor = replace(SENSORS['a02'], gsd=wish.gsd, blur=0.6, gain=0.04)
    shot = Shot(
        sensor,
        wish.gsd,
        dt.date(_YEAR, month, 12),
        subseed(seed, 'sheet', wish.number, int(wish.gsd)),
        0.15,
        wish.clouds,
    )
    clear = replace(shot, clouds=0.0)
    shot = replace(shot, white=expose(country, clear, left, top, extent))
    taken = photograph(country, shot, left, top, side, side)
    cells = int(np.ceil(extent / 30)) + 1
    product = map_country(
        country,
        Grid.window(left, top, 30.0, cells, cells),
        _YEAR - 8,
        ProductNoise(),
        seed,
    )
    at = (np.arange(side) * wish.gsd / 30).astype(int)
    return (
        np.ascontiguousarray(taken.image[:3].transpose(1, 2, 0), np.uint8),
        _colour(taken.cover),
        _colour(product[np.ix_(at, at)]),
    )


def contact_sheet(seed: int = 0, side: int = 256) -> U8:
    """Four rows of photographs, then two rows of maps of the fourth.

    Args:
        seed (int): Which world.
        side (int): Of a picture, pixels.

    Returns:
        U8: (height, width, 3). The fifth row shows the true maps of the
        fourth row, the sixth the product as it is delivered.
    """
    rows: list[list[U8]] = []
    maps: tuple[list[U8], list[U8]] = ([], [])
    for number, wishes in enumerate(_WISHES):
        rows.append([])
        for wish in wishes:
            photo, truth, product = _picture(seed, wish, side)
            rows[-1].append(photo)
            if number == 1:
                maps[0].append(truth)
                maps[1].append(product)
    rows = [rows[0], rows[2], rows[3], rows[1], *maps]

    def frame(picture: U8) -> U8:
        return np.pad(
            picture, ((0, _RIM), (0, _RIM), (0, 0)), constant_values=255
        )

    return np.concatenate(
        [np.concatenate([frame(p) for p in row], 1) for row in rows], 0
    )
