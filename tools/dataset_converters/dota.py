"""Prepare DOTA v1.0, large aerial images with 15 classes, as tiles."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from geokr_mm.errors import InputError, run_tool
from geokr_mm.zoo.boxes import Box, Boxed, write_boxes
from geokr_mm.zoo.convert import Job, Prepared, run_converter
from geokr_mm.zoo.pairs import Pixels, read_pixels, starts

SIDE, OVERLAP = 1024, 200
# Share of an object's box that a tile must hold.
LEAST = 0.7


@dataclass(frozen=True)
class Objects:
    """Corners (N, 4, 2), and name and difficulty of each object."""

    corners: Pixels
    names: list[str]
    difficult: list[str]


def read_objects(path: Path, classes: list[str]) -> Objects:
    """Lines of four corners, class and difficulty, after two of a head.

    Raises:
        InputError: If the file is missing, or a line has another form.
    """
    try:
        rows = [line.split() for line in path.read_text().splitlines()]
        rows = [row for row in rows if row and ':' not in row[0]]
        corners = np.array([row[:8] for row in rows], np.float64)
        names = [row[8] for row in rows]
        difficult = [row[9] for row in rows]
        if not {*names} <= {*classes}:
            raise ValueError
    except (OSError, ValueError, IndexError):
        raise InputError(
            f'{path}: is missing, or its lines are not four corners, a class '
            'of DOTA v1.0 and its difficulty; get it again'
        ) from None
    return Objects(corners.reshape(-1, 4, 2), names, difficult)


def inside(
    found: Objects, corner: tuple[int, int], size: tuple[int, int]
) -> tuple[Pixels, Pixels]:
    """Objects that lie in a tile, by number, and their boxes within it.

    Returns:
        tuple: Numbers (M,), and left, upper, right and lower edges (M, 4).
    """
    low = found.corners.min(axis=1) - corner
    high = found.corners.max(axis=1) - corner
    edges = np.concatenate([low.clip(0, size), high.clip(0, size)], axis=1)
    area = np.prod(high - low, axis=1).clip(1e-9)
    share = np.prod(edges[:, 2:] - edges[:, :2], axis=1) / area
    numbers = np.flatnonzero(share >= LEAST)
    return numbers, edges[numbers]


def tiles(job: Job, part: str) -> Iterator[Boxed]:
    """Write tiles of a part, and lines of their objects for mmrotate."""
    classes = list(job.card.classes)
    for path in sorted((job.root / part).rglob('P????.png')):
        labels = [*(job.root / part).rglob(f'labelTxt*/{path.stem}.txt')]
        absent = path.with_suffix('.txt')
        found = read_objects(labels[0] if labels else absent, classes)
        pixels = read_pixels(path)[:3]
        for y in starts(pixels.shape[1], SIDE, OVERLAP):
            for x in starts(pixels.shape[2], SIDE, OVERLAP):
                tile = pixels[:, y : y + SIDE, x : x + SIDE]
                size = (tile.shape[2], tile.shape[1])
                numbers, edges = inside(found, (x, y), size)
                if part == 'train' and not len(numbers):
                    continue
                name = f'{part}/{path.stem}_{x}_{y}'
                lines = []
                boxes: list[Box] = []
                for number, (left, upper, right, lower) in zip(
                    numbers, edges.tolist(), strict=True
                ):
                    label = classes.index(found.names[number])
                    boxes.append(
                        (left, upper, right - left, lower - upper, label)
                    )
                    corners = (found.corners[number] - (x, y)).ravel()
                    lines.append(
                        f'{" ".join(f"{c:.1f}" for c in corners)} '
                        f'{found.names[number]} {found.difficult[number]}\n'
                    )
                image = job.draft / f'images/{name}.png'
                text = job.draft / f'annfiles/{name}.txt'
                for file in (image, text):
                    file.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(tile.transpose(1, 2, 0)).save(image)
                text.write_text(''.join(lines))
                yield Boxed(f'{name}.png', part, size, boxes)


def prepare(job: Job) -> Prepared:
    """Tiles with 0.7 of an object hold it, as in mmrotate."""
    return write_boxes(
        job, (tile for part in ('train', 'val') for tile in tiles(job, part))
    )


def main() -> None:
    run_converter('dota', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
