"""Prepare 24 pairs of Sentinel-2 scenes with clouds and snow."""

from geokr_mm.errors import run_tool
from geokr_mm.zoo.convert import Job, Prepared, run_converter
from geokr_mm.zoo.pairs import Pair, matched, write_pairs


def prepare(job: Job) -> Prepared:
    """By name every third pair is for testing."""
    images = sorted(job.root.glob('img/*.png'))
    files = matched(images, lambda path: job.root / 'mask' / path.name)
    return write_pairs(
        job,
        (
            Pair(
                image.stem, 'train' if number % 3 < 2 else 'test', image, mask
            )
            for number, (image, mask) in enumerate(files)
        ),
    )


def main() -> None:
    run_converter('snow_pairs', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
