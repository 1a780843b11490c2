"""Prepare HRC_WHU, 150 images of 0.5 to 15 m with clouds."""

from pathlib import Path

from geokr_mm.errors import run_tool
from geokr_mm.zoo.convert import Job, Prepared, run_converter
from geokr_mm.zoo.pairs import (
    Pair,
    by_code,
    matched,
    read_pixels,
    write_pairs,
)

# The makers' masks have 255 for clouds, those packed anew 1.
LABELS = {0: 0, 1: 1, 255: 1}


def mask_of(image: Path) -> Path:
    """img_dir/PART/NAME.png has ann_dir/PART/NAME.png."""
    return image.parents[2] / 'ann_dir' / image.parent.name / image.name


def prepare(job: Job) -> Prepared:
    """Parts are folders."""
    images = sorted(job.root.glob('img_dir/*/*.png'))
    return write_pairs(
        job,
        (
            Pair(
                name=f'{image.parent.name}/{image.stem}',
                part=image.parent.name,
                image=image,
                mask=by_code(read_pixels(mask)[0], LABELS),
            )
            for image, mask in matched(images, mask_of)
        ),
    )


def main() -> None:
    run_converter('hrc_whu', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
