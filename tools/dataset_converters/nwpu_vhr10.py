"""Prepare NWPU VHR-10, 650 aerial images with objects of ten classes."""

import json

from geokr_mm.errors import InputError, run_tool
from geokr_mm.zoo.boxes import Boxed, write_boxes
from geokr_mm.zoo.convert import Job, Prepared, link_images, run_converter


def prepare(job: Job) -> Prepared:
    """By name every third image is for testing."""
    *files, path = job.files
    try:
        coco = json.loads(path.read_text())
        names = [category['name'] for category in coco['categories']]
        rows = sorted(coco['images'], key=lambda row: row['file_name'])
        boxes = {row['id']: [] for row in rows}
        for found in coco['annotations']:
            label = found['category_id'] - 1
            boxes[found['image_id']].append((*found['bbox'], label))
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f'{path}: is no COCO file; get it again') from None
    if names != list(job.card.classes):
        raise InputError(
            f'{path}: has the classes {", ".join(names)}, '
            f'{job.card.title} has {", ".join(job.card.classes)}'
        )
    known = {file.name: file.relative_to(job.root) for file in files}
    images = []
    for number, row in enumerate(rows):
        name = row['file_name']
        if name not in known:
            raise InputError(
                f'{name}: {path} has it, {job.root} has not; get it again'
            )
        part = 'val' if number % 3 == 2 else 'train'
        size = (row['width'], row['height'])
        images.append(
            Boxed(known[name].as_posix(), part, size, boxes[row['id']])
        )
    link_images(job)
    return write_boxes(job, images)


def main() -> None:
    run_converter('nwpu_vhr10', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
