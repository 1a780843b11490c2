"""Prepare iSAID, DOTA's images with masks of 15 classes, as tiles."""

from pathlib import Path

from geokr_mm.errors import run_tool
from geokr_mm.zoo.convert import Job, Prepared, run_converter
from geokr_mm.zoo.pairs import (
    Pair,
    by_colour,
    matched,
    read_pixels,
    tiles,
    write_pairs,
)

# Of the masks, in the order of the classes.
COLOURS = (
    (0, 0, 0),
    (0, 0, 63),
    (0, 63, 63),
    (0, 63, 0),
    (0, 63, 127),
    (0, 63, 191),
    (0, 63, 255),
    (0, 127, 63),
    (0, 127, 127),
    (0, 0, 127),
    (0, 0, 191),
    (0, 0, 255),
    (0, 191, 127),
    (0, 127, 191),
    (0, 127, 255),
    (0, 100, 155),
)
ENDING = '_instance_color_RGB.png'


def prepare(job: Job) -> Prepared:
    """Tiles of 896 pixels that overlap by 384, as mmsegmentation's."""
    masks = {path.name: path for path in job.root.rglob('*' + ENDING)}

    def mask_of(image: Path) -> Path:
        absent = image.with_name(image.stem + ENDING)
        return masks.get(absent.name, absent)

    pairs = (
        Pair(
            name=image.stem,
            part=part,
            image=read_pixels(image)[:3],
            mask=by_colour(read_pixels(mask), COLOURS),
        )
        for part in ('train', 'val')
        for image, mask in matched(
            sorted((job.root / part).rglob('P????.png')), mask_of
        )
    )
    return write_pairs(job, tiles(pairs, side=896, overlap=384))


def main() -> None:
    run_converter('isaid', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
