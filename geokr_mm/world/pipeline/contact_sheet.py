"""A contact sheet: what a world looks like, at a glance."""

import csv
import datetime as dt
from dataclasses import dataclass, replace
from importlib import resources

import numpy as np
from scipy import ndimage

from ..core.grid import F32, U8, Grid
from ..core.hashing import subseed
from ..land import legend as lc
from ..land.cover import Country, settle, survey
from ..land.place import make_place
from ..products.map_errors import ProductNoise, map_country
from ..sensors.camera import Shot, expose, photograph
from ..sensors.sensors import SENSORS

_YEAR = 2018
_RIM = 3  # white lines between pictures, pixels

# Colours of the common classes; the sea is a dark blue.
_PALETTE = np.full((256, 3), (0, 30, 90), np.uint8)
_PALETTE[list(lc.CODES)] = lc.PALETTE


@dataclass(frozen=True)
class Subject:
    """A picture for the sheet.

    It shows a class ``code`` at the place of a number; the month is shifted by
    half a year in the south, ``clouds`` is their share of the sky.
    """

    number: int
    gsd: float
    code: int
    month: int
    clouds: float


def _subjects() -> list[list[Subject]]:
    """The pictures of ``contact_sheet.csv``, row by row.

    Climates take turns: number modulo nine is the row of climates.csv.
    """
    text = (resources.files(__package__) / 'contact_sheet.csv').read_text()
    rows: list[list[Subject]] = [[] for _ in range(4)]
    for row, number, gsd, code, month, clouds in csv.reader(
        text.splitlines()[1:]
    ):
        rows[int(row)].append(
            Subject(
                int(number), float(gsd), int(code), int(month), float(clouds)
            )
        )
    return rows


def _aim(
    country: Country, subject: Subject, extent: float
) -> tuple[float, float]:
    """Middle of the most varied window that shows the class."""
    half, step = country.place.size / 2, 40.0
    cover = survey(country, country.place.grid(step), _YEAR).cover
    count = len(cover)
    size = max(3, int(extent / step))

    def share(code: int) -> F32:
        return np.asarray(
            ndimage.uniform_filter((cover == code).astype(np.float32), size)
        )

    variety = sum(
        np.minimum(share(code), 0.15) for code in (*lc.CODES, lc.SEA)
    )
    score = np.minimum(share(subject.code), 0.45) + 0.35 * variety
    edge = min(size // 2 + 1, count // 2 - 1)
    score[:edge] = score[-edge:] = score[:, :edge] = score[:, -edge:] = -1
    row, col = divmod(int(score.argmax()), count)
    return -half + (col + 0.5) * step, half - (row + 0.5) * step


def _picture(seed: int, subject: Subject, side: int) -> tuple[U8, U8, U8]:
    """Photograph, true map and product of a subject, each (side, side, 3)."""
    place = make_place(seed, subject.number, 'train', 6720.0)
    country = settle(place)
    extent = side * subject.gsd
    x, y = _aim(country, subject, extent)
    left, top = x - extent / 2, y + extent / 2
    month = subject.month if place.lat > 0 else (subject.month + 5) % 12 + 1
    sensor = replace(SENSORS['a02'], gsd=subject.gsd, blur=0.6, gain=0.04)
    shot = Shot(
        sensor,
        subject.gsd,
        dt.date(_YEAR, month, 12),
        subseed(seed, 'sheet', subject.number, int(subject.gsd)),
        0.15,
        subject.clouds,
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
    at = (np.arange(side) * subject.gsd / 30).astype(int)
    return (
        np.ascontiguousarray(taken.image[:3].transpose(1, 2, 0), np.uint8),
        _PALETTE[taken.cover],
        _PALETTE[product[np.ix_(at, at)]],
    )


def contact_sheet(seed: int = 0, side: int = 256) -> U8:
    """Four rows of photographs, then two rows of maps of the fourth.

    The fifth row shows the true maps of the fourth row, the sixth the product
    as it is delivered; (height, width, 3), pictures of ``side`` pixels.
    """
    drawn = [
        [_picture(seed, subject, side) for subject in row]
        for row in _subjects()
    ]
    rows = [[photo for photo, _, _ in row] for row in drawn]
    rows.append([truth for _, truth, _ in drawn[-1]])
    rows.append([product for _, _, product in drawn[-1]])
    rim = ((0, _RIM), (0, _RIM), (0, 0))
    return np.concatenate(
        [
            np.concatenate(
                [np.pad(p, rim, constant_values=255) for p in row], 1
            )
            for row in rows
        ],
        0,
    )
