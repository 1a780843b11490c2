"""Prepare DIOR, 23,463 aerial images with objects of 20 classes."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from geokr_mm.errors import InputError, run_tool
from geokr_mm.zoo.boxes import Box, Boxed, write_boxes
from geokr_mm.zoo.convert import Job, Prepared, link_images, run_converter

FOLDERS = {'trainval': 'JPEGImages-trainval', 'test': 'JPEGImages-test'}
LABELS = 'Annotations/Horizontal Bounding Boxes'
WIDTH_HEIGHT = ('width', 'height')
CORNERS = ('xmin', 'ymin', 'xmax', 'ymax')


def read_xml(
    path: Path, classes: list[str]
) -> tuple[tuple[int, int], list[Box]]:
    """Size and boxes of an image, in the form of Pascal VOC.

    Raises:
        InputError: If the file is missing or damaged, or names another class.
    """
    numbers = {name.lower(): number for number, name in enumerate(classes)}
    boxes: list[Box] = []
    try:
        root = ElementTree.parse(path).getroot()
        size = [int(root.findtext(f'size/{k}', '')) for k in WIDTH_HEIGHT]
        for found in root.iter('object'):
            left, upper, right, lower = (
                float(found.findtext(f'bndbox/{key}', '')) for key in CORNERS
            )
            name = found.findtext('name', '').lower()
            boxes.append(
                (left, upper, right - left, lower - upper, numbers[name])
            )
    except KeyError as error:
        raise InputError(f'{path}: {error} is no class of DIOR') from None
    except (OSError, ValueError, ElementTree.ParseError):
        raise InputError(
            f'{path}: is missing or damaged; get it again'
        ) from None
    return (size[0], size[1]), boxes


def images(job: Job) -> Iterator[Boxed]:
    """Images of both parts."""
    classes = list(job.card.classes)
    for part, folder in FOLDERS.items():
        for path in sorted((job.root / folder).glob('*.jpg')):
            labels = job.root / LABELS / f'{path.stem}.xml'
            size, boxes = read_xml(labels, classes)
            yield Boxed(f'{folder}/{path.name}', part, size, boxes)


def prepare(job: Job) -> Prepared:
    """Training and validation images together are for training."""
    link_images(job)
    return write_boxes(job, images(job))


def main() -> None:
    run_converter('dior', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
