"""Patches of an index put together as maps of the Earth."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from geokr_mm.visualization.patch import NONE

# West, south, east and north in degrees.
Extent = tuple[float, float, float, float]
WORLD: Extent = (-180, -90, 180, 90)
# Levels of what no patch covers, from dark sea to bright land; bluish, since
# grey is the colour of bare land.
LEVELS = np.linspace([208, 222, 236], [244, 248, 252], 32).astype(np.uint8)
LINE = np.array([[20, 24, 22]], np.uint8)
# Smallest distance of each step of the map of distances, and its colour.
STEPS = (0.0, 0.15, 0.3, 0.45, 0.6)
HEAT = np.array(
    [
        [255, 247, 210],
        [254, 217, 118],
        [253, 141, 60],
        [227, 40, 30],
        [110, 0, 40],
    ],
    np.uint8,
)


def mosaic(
    bounds: NDArray[Any], pictures: Sequence[NDArray[Any]], extent: Extent
) -> NDArray[np.uint8]:
    """Put pictures of square places where they lie.

    Args:
        bounds (np.ndarray): (N, 4) west, south, east and north of places of
            one size, in degrees, which tile the extent.
        pictures (Sequence[np.ndarray]): N arrays (c, c) or (c, c, 3) uint8.
        extent (Extent): Of the map.

    Returns:
        np.ndarray: The map, (h, w) or (h, w, 3); 255 where no place lies.
    """
    cells = len(pictures[0])
    scale = cells / (bounds[0, 2] - bounds[0, 0])
    west, south, east, north = extent
    shape = round((north - south) * scale), round((east - west) * scale)
    found = np.full((*shape, *pictures[0].shape[2:]), NONE, np.uint8)
    for (left, _, _, top), picture in zip(bounds, pictures, strict=True):
        y, x = round((north - top) * scale), round((left - west) * scale)
        found[y : y + cells, x : x + cells] = picture
    return found


def world_map(
    bounds: NDArray[Any],
    values: NDArray[Any],
    palette: NDArray[Any],
    photograph: Path,
    line: float,
    width: int = 900,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw one class of each place over a pale picture of the Earth.

    Args:
        bounds (np.ndarray): (N, 4), see :func:`mosaic`.
        values (np.ndarray): (N,) class numbers.
        palette (np.ndarray): (K, 3) uint8, colours of the classes.
        photograph (Path): Image of 360 x 180 degrees.
        line (float): Longitude of a black line from pole to pole.
        width (int): Pixels, a multiple of the places around the globe.

    Returns:
        tuple: Indices (width / 2, width) and their palette.
    """
    cells = [np.full((1, 1), value, np.uint8) for value in values]
    found = mosaic(bounds, cells, WORLD)
    times = width // found.shape[1]
    found = found.repeat(times, axis=0).repeat(times, axis=1)
    height, width = found.shape
    with Image.open(photograph) as image:
        grey = np.asarray(image.convert('L').resize((width, height)))
    level = grey.astype(int) * len(LEVELS) // 256
    shown = np.where(found == NONE, len(palette) + level, found)
    colours = np.concatenate([palette, LEVELS, LINE])
    shown[:, round((line + 180) / 360 * width)] = len(colours) - 1
    return shown.astype(np.uint8), colours.astype(np.uint8)


def steps(distances: NDArray[Any]) -> NDArray[np.int64]:
    """Number of the step of :data:`STEPS` of each distance."""
    return np.searchsorted(STEPS, distances, side='right') - 1
