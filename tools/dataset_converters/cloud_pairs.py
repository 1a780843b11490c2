"""Prepare 20 pairs of images of five sources with clouds."""

from geokr_mm.errors import run_tool
from geokr_mm.zoo.convert import Job, Prepared, run_converter
from geokr_mm.zoo.pairs import (
    Pair,
    by_code,
    matched,
    read_pixels,
    write_pairs,
)

# Thick and thin cloud, and shadow, which is clear of it.
LABELS = {0: 0, 1: 1, 2: 1, 3: 0}


def prepare(job: Job) -> Prepared:
    """Of each source the last pair by name is for testing."""
    pairs = []
    for folder in sorted(job.root.glob('*/img')):
        images = sorted(folder.glob('*.png'))
        masks = folder.with_name('mask')
        pairs += [
            Pair(
                name=f'{folder.parent.name}/{image.stem}',
                part='test' if image == images[-1] else 'train',
                image=image,
                mask=by_code(read_pixels(mask)[0], LABELS),
            )
            for image, mask in matched(
                images, lambda p, masks=masks: masks / p.name
            )
        ]
    return write_pairs(job, pairs)


def main() -> None:
    run_converter('cloud_pairs', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
