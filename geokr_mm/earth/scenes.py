"""A picture of the whole globe as georeferenced scenes."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import rasterio
from affine import Affine
from rasterio.errors import NotGeoreferencedWarning
from rasterio.windows import Window

from ..files import folder_written_whole

#: Side of a scene in degrees. A scene of Blue Marble has 300 x 300 pixels.
SIDE = 20
#: Parts of the world, each a folder of scenes.
AMERICAS, ELSEWHERE, ANTARCTICA = 'americas', 'elsewhere', 'antarctica'


def part_of(north: int, west: int) -> str:
    """Part of the world of a scene, by its north-west corner in degrees.

    The Americas, with Greenland and the east of Chukotka, lie west of 20
    degrees west; Antarctica south of 70 degrees south. A scene lies in one
    part, so that no patch of one reaches into another.
    """
    if north <= -70:
        return ANTARCTICA
    return AMERICAS if west < -20 else ELSEWHERE


def write_scenes(picture: Path, folder: Path, side: int = SIDE) -> int:
    """Cut a plate carree picture of the globe into scenes.

    Args:
        picture (Path): An image of 360 x 180 degrees, north up, from the
            antimeridian eastwards.
        folder (Path): Takes ``elsewhere/blue_marble_N50E020.tif`` and so
            on, by :func:`part_of` and named by the north-west corner: tiled
            GeoTIFF files in EPSG:4326. A folder that is there already stays
            as it is.
        side (int): Degrees of a scene, which divide 180.

    Returns:
        int: Number of scenes in the folder.
    """
    if not folder.is_dir():
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', NotGeoreferencedWarning)
            with (
                rasterio.open(picture) as source,
                folder_written_whole(folder) as draft,
            ):
                for north, west in _corners(side):
                    part = draft / part_of(north, west)
                    part.mkdir(exist_ok=True)
                    _write(source, part, north, west, side)
    return len(list(folder.glob('*/*.tif')))


def _corners(side: int) -> Iterator[tuple[int, int]]:
    for north in range(90, -90, -side):
        for west in range(-180, 180, side):
            yield north, west


def _write(
    source: rasterio.DatasetReader,
    folder: Path,
    north: int,
    west: int,
    side: int,
) -> None:
    cell = 360 / source.width
    pixels = round(side / cell)
    window = Window(
        round((west + 180) / cell), round((90 - north) / cell), pixels, pixels
    )
    name = (
        f'blue_marble_{"NS"[north < 0]}{abs(north):02d}'
        f'{"EW"[west < 0]}{abs(west):03d}.tif'
    )
    with rasterio.open(
        folder / name,
        'w',
        driver='GTiff',
        dtype='uint8',
        count=3,
        width=pixels,
        height=pixels,
        crs='EPSG:4326',
        transform=Affine(cell, 0, west, 0, -cell, north),
        tiled=True,
        blockxsize=256,
        blockysize=256,
        compress='deflate',
        photometric='rgb',
    ) as target:
        target.write(source.read(window=window))
        target.descriptions = ('red', 'green', 'blue')
