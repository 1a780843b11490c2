"""Prepare LoveDA, 4,191 labelled aerial images of seven classes."""

from pathlib import Path

from geokr_mm.errors import run_tool
from geokr_mm.zoo.convert import Job, Prepared, run_converter
from geokr_mm.zoo.pairs import Pair, matched, write_pairs


def mask_of(image: Path) -> Path:
    """The folder beside that of the images."""
    return image.parents[1] / 'masks_png' / image.name


def prepare(job: Job) -> Prepared:
    """Urban and rural images together."""
    images = sorted(job.root.glob('*/*/images_png/*.png'))
    # Labels of the part Test are not published.
    images = [image for image in images if image.parents[2].name != 'Test']
    return write_pairs(
        job,
        (
            Pair(
                name='/'.join([*image.parts[-4:-2], image.stem]),
                part=image.parents[2].name.lower(),
                image=image,
                mask=mask,
            )
            for image, mask in matched(images, mask_of)
        ),
    )


def main() -> None:
    run_converter('loveda', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
