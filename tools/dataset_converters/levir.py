"""Prepare LEVIR, aerial images with airplanes, ships and oil pots."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from geokr_mm.errors import InputError, run_tool
from geokr_mm.zoo.boxes import Box, Boxed, write_boxes
from geokr_mm.zoo.convert import Job, Prepared, link_images, run_converter

TRAINING = 0.8


def read_boxes(path: Path, classes: int) -> list[Box]:
    """Lines of class from 1, left, upper, right and lower edge.

    Raises:
        InputError: If the file is missing, or a line has another form.
    """
    boxes: list[Box] = []
    try:
        for line in path.read_text().splitlines():
            label, left, upper, right, lower = map(float, line.split())
            if not 1 <= label <= classes:
                raise ValueError
            box = (left, upper, right - left, lower - upper, int(label) - 1)
            boxes.append(box)
    except (OSError, ValueError):
        raise InputError(
            f'{path}: is missing, or its lines are not class (1 to '
            f'{classes}), left, upper, right and lower edge; get it again'
        ) from None
    return boxes


def images(job: Job) -> Iterator[Boxed]:
    """Images divided at random."""
    paths = [path for path in job.files if path.suffix == '.jpg']
    for path in job.files:
        image = path.with_suffix('.jpg')
        if not image.is_file():
            raise InputError(f'{image}: is missing, {path} is there')
    drawn = np.random.default_rng(job.seed).permutation(len(paths))
    chosen = {*drawn[: round(TRAINING * len(paths))]}
    for number, path in enumerate(paths):
        boxes = read_boxes(path.with_suffix('.txt'), len(job.card.classes))
        with Image.open(path) as file:
            size = file.size
        name = path.relative_to(job.root).as_posix()
        part = 'train' if number in chosen else 'test'
        yield Boxed(name, part, size, boxes)


def prepare(job: Job) -> Prepared:
    """Images with objects only."""
    link_images(job)
    return write_boxes(job, images(job))


def main() -> None:
    run_converter('levir', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
