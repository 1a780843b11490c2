"""Prepare 38-Cloud, Landsat 8 patches of 384 pixels with clouds."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from geokr_mm.errors import InputError, run_tool
from geokr_mm.zoo.convert import Job, Prepared, run_converter
from geokr_mm.zoo.pairs import (
    IGNORED,
    Pair,
    Pixels,
    read_pixels,
    write_pairs,
)

BANDS = ('blue', 'green', 'red', 'nir')
NAME = re.compile(r'patch_\d+_(?P<row>\d+)_by_(?P<column>\d+)_(?P<scene>.+)')


def images(job: Job, part: str) -> Iterator[tuple[str, Path, Pixels]]:
    """Name, file of the first band, and the bands of each patch."""
    folder = 'training' if part == 'train' else part
    root = job.root / f'38-Cloud_{folder}'
    files = (root / f'{part}_blue').glob('*.TIF')
    # By scene, whose mask is then read once.
    for first in sorted(files, key=lambda path: place_of(path.stem)[::-1]):
        name = first.stem.removeprefix('blue_')
        bands = [root / f'{part}_{b}/{b}_{name}.TIF' for b in BANDS]
        yield name, first, read_pixels(*bands)


def pairs(job: Job) -> Iterator[Pair]:
    """Masks of training patches are files, others parts of scenes' masks."""
    for name, first, bands in images(job, 'train'):
        path = first.parents[1] / f'train_gt/gt_{name}.TIF'
        mask = (read_pixels(path)[0] > 0).astype(np.uint8)
        yield Pair(name, 'train', bands, mask)
    sizes: dict[str, tuple[int, int]] = {}
    for path in (job.root / '38-Cloud_test/test_blue').glob('*.TIF'):
        row, column, scene = place_of(path.stem)
        rows, columns = sizes.get(scene, (0, 0))
        sizes[scene] = max(rows, row), max(columns, column)
    for name, first, bands in images(job, 'test'):
        row, column, scene = place_of(name)
        side = bands.shape[1]
        rows, columns = sizes[scene]
        folder = first.parents[1] / 'Entire_scene_gts'
        whole = padded(
            folder / f'edited_corrected_gts_{scene}.TIF',
            (rows * side, columns * side),
        )
        y, x = (row - 1) * side, (column - 1) * side
        yield Pair(name, 'test', bands, whole[y : y + side, x : x + side])


def place_of(name: str) -> tuple[int, int, str]:
    """Row and column of a patch in its scene, from 1, and the scene."""
    found = NAME.search(name)
    if found is None:
        raise InputError(f'{name}: is no patch of 38-Cloud; move it away')
    return int(found['row']), int(found['column']), found['scene']


@lru_cache(maxsize=1)
def padded(path: Path, size: tuple[int, int]) -> Pixels:
    """Mask of a scene in the middle of its patches, as in evaluation.m."""
    scene = (read_pixels(path)[0] > 0).astype(np.uint8)
    height, width = scene.shape
    if height > size[0] or width > size[1]:
        raise InputError(
            f'{path}: {width} x {height} pixels, its patches have '
            f'{size[1]} x {size[0]}; get the missing patches'
        )
    mask = np.full(size, IGNORED, np.uint8)
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    mask[top : top + height, left : left + width] = scene
    return mask


def prepare(job: Job) -> Prepared:
    """Four files of one band each become one image."""
    return write_pairs(job, pairs(job))


def main() -> None:
    run_converter('cloud38', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
