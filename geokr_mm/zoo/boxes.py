"""Images with boxes, as mmdetection's CocoDataset reads them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .convert import Job, Prepared

#: Left, upper, width and height in pixels, and the number of the class.
Box = tuple[float, float, float, float, int]


@dataclass(frozen=True)
class Boxed:
    """An image and its boxes.

    Attributes:
        name (str): Path below ``images/``.
        part (str): Part of the set that it is in.
        size (tuple[int, int]): Width and height in pixels.
        boxes (list[Box]): Horizontal ones.
    """

    name: str
    part: str
    size: tuple[int, int]
    boxes: list[Box]


def write_boxes(job: Job, images: Iterable[Boxed]) -> Prepared:
    """Write a COCO file ``PART_PROTOCOL.json`` for each part.

    Training images without a box are left out.
    """
    (protocol, about), *_ = job.card.protocols.items()
    training = about.parts[0]
    lines: list[str] = []
    parts: dict[str, list[int]] = {part: [] for part in about.parts}
    content: dict[str, list[Boxed]] = {part: [] for part in about.parts}
    for image in images:
        if image.part == training and not image.boxes:
            continue
        parts[image.part].append(len(lines))
        content[image.part].append(image)
        lines.append(image.name)
    for part, members in content.items():
        coco = _coco(list(job.card.classes), members)
        (job.draft / f'{part}_{protocol}.json').write_text(json.dumps(coco))
    indices = {part: np.array(r, np.int64) for part, r in parts.items()}
    return Prepared(lines, None, {protocol: indices})


def _coco(classes: list[str], images: list[Boxed]) -> dict[str, Any]:
    """What a COCO file holds."""
    boxes = [
        (number, box)
        for number, image in enumerate(images)
        for box in image.boxes
    ]
    return dict(
        images=[
            dict(
                id=number,
                file_name=image.name,
                width=image.size[0],
                height=image.size[1],
            )
            for number, image in enumerate(images)
        ],
        annotations=[
            dict(
                id=number,
                image_id=image,
                category_id=label + 1,
                bbox=[x, y, width, height],
                area=width * height,
                iscrowd=0,
            )
            for number, (image, (x, y, width, height, label)) in enumerate(
                boxes, 1
            )
        ],
        categories=[
            dict(id=number, name=name)
            for number, name in enumerate(classes, 1)
        ],
    )
