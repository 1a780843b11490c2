"""Labelled pictures for the four tasks, in the layouts trainers read."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from skimage.io import imsave

from ..core.grid import F32
from ..land import legend as lc
from ..land.cover import Land, settle
from ..land.place import Place
from ..sensors.camera import PAD, Draw, Picture, Shot, expose, photograph
from ..sensors.sensors import SENSORS
from ..sensors.sun import date_of
from ..surface.spectra import spectrum
from .candidates import LABEL_YEAR, Spot
from .coco import annotations
from .objects import Thing, draw_things, place_things

# Class code to mask value; the sea is water, as the eye sees it.
_INDEX = np.full(256, 255, np.uint8)
_INDEX[list(lc.CODES)] = np.arange(len(lc.CODES))
_INDEX[lc.SEA] = lc.CODES.index(lc.WATER)


@dataclass(frozen=True)
class Item:
    """One labelled picture to be made; ``number`` counts in its split."""

    task: str
    split: str
    spot: Spot
    number: int
    side: int


def _shot(place: Place, item: Item) -> Shot:
    """Draw date and weather."""
    spot = item.spot
    rng = np.random.default_rng(spot.seed)
    day = int(np.clip(rng.normal(200, 50), 20, 345))
    if item.spot.kind == 'snow':
        day = int(rng.integers(20, 345))
    date = date_of(LABEL_YEAR, day, place.lat)
    clouds = 0.0
    if item.task == 'cloud':
        clouds = float(
            rng.choice([0.0, 0.15, 0.3, 0.45], p=[0.1, 0.3, 0.4, 0.2])
        )
    sensor = replace(
        SENSORS['e04'], gsd=spot.gsd, blur=float(rng.uniform(0.4, 0.7))
    )
    return Shot(
        sensor, spot.gsd, date, spot.seed, float(rng.beta(1.2, 3)), clouds
    )


def _yard(
    kind: str, things: list[Thing], shot: Shot, rho: F32, tall: F32
) -> None:
    """Clear and pave the ground that aircraft and tanks stand on."""
    if kind == 'ship':
        return
    rows, cols = np.indices(tall.shape)
    name = 'concrete' if kind == 'aircraft' else 'soil_grey'
    near = np.zeros(tall.shape, bool)
    for thing in things:
        along, across = thing.turned(cols, rows)
        reach = np.maximum(np.abs(along), np.abs(across))
        near |= reach < 0.85 * thing.length
    paving = spectrum(name, shot.sensor.bands)
    grey = rho[:, near].mean(0, keepdims=True)
    rho[:, near] = paving * (0.85 + 0.5 * np.clip(grey, 0, 0.3))
    tall[near] = 0


def _objects(item: Item, shot: Shot, things: list[Thing]) -> Draw:
    """A function that draws this picture's objects and notes them."""

    def draw(rho: F32, tall: F32, land: Land) -> None:
        rng = np.random.default_rng(item.spot.seed + 5)
        wet = np.isin(land.cover, (lc.WATER, lc.SEA))
        kinds = (
            ['ship']
            if item.spot.kind == 'harbour'
            else ['aircraft', 'storage_tank']
        )
        kind = kinds[item.number % len(kinds)]
        room = (wet & (land.bank < -8)) | (land.cover == lc.SEA)
        if kind != 'ship':
            room = ~wet
        inner = np.zeros(room.shape, bool)
        edge = PAD + 6
        inner[edge:-edge, edge:-edge] = room[edge:-edge, edge:-edge]
        # Installations fill a corner of the picture, not all of it.
        if kind != 'ship' and inner.any():
            row, col = divmod(
                int(rng.choice(np.flatnonzero(inner))), inner.shape[1]
            )
            rows, cols = np.indices(inner.shape)
            inner &= np.hypot(rows - row, cols - col) < 0.38 * item.side
        found = place_things(
            kind, inner, shot.gsd, rng, int(rng.integers(3, 10))
        )
        _yard(kind, found, shot, rho, tall)
        draw_things(rho, tall, found, rng)
        things.extend(found)

    return draw


def _take(place: Place, item: Item, things: list[Thing]) -> Picture:
    spot, side = item.spot, item.side
    country, shot = settle(place), _shot(place, item)
    extent = side * spot.gsd
    left, top = spot.x - extent / 2, spot.y + extent / 2
    # Cameras are set for the country around, not for one small window.
    wide = max(4 * extent, 1800.0)
    white = expose(country, shot, spot.x - wide / 2, spot.y + wide / 2, wide)
    if item.task == 'cloud':
        white = tuple(max(level, 0.45) for level in white)
    shot = replace(shot, white=white)
    draw = None
    if item.task == 'detection':
        draw = _objects(item, shot, things)
    return photograph(country, shot, left, top, side, side, draw)


def make_item(root: Path, place: Place, item: Item) -> dict[str, Any]:
    """Render and write a labelled picture.

    Returns:
        dict: ``files`` written, relative to ``root``; for detection also
        ``image`` and ``annotations``.
    """
    things: list[Thing] = []
    picture = _take(place, item, things)
    image = np.ascontiguousarray(picture.image.transpose(1, 2, 0))
    stem = f'{place.name}_{item.number:05d}'
    if item.task == 'classification':
        files = [f'classification/{item.split}/{item.spot.kind}/{stem}.png']
        arrays: list[npt.NDArray[Any]] = [image]
    elif item.task == 'detection':
        files = [f'detection/images/{item.split}_{stem}.png']
        arrays = [image]
    else:
        folder = f'{item.task}/{{}}/{item.split}/{stem}.png'
        files = [folder.format('images'), folder.format('masks')]
        if item.task == 'segmentation':
            mask = _INDEX[picture.cover]
        else:
            mask = picture.cloud * np.uint8(1) + picture.snow * np.uint8(2)
        arrays = [image, mask]
    for name, array in zip(files, arrays, strict=True):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        imsave(path, array, check_contrast=False)
    result: dict[str, Any] = {'files': files}
    if item.task == 'detection':
        result['image'] = {
            'file_name': Path(files[0]).name,
            'width': item.side,
            'height': item.side,
            'split': item.split,
        }
        result['annotations'] = annotations(things, item.side, PAD)
    return result
