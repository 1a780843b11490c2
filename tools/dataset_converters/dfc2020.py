"""Prepare DFC2020, Sentinel-2 patches of 13 bands with land cover."""

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

# Forest, shrubland, grassland, wetlands, croplands, urban, barren, water.
# Savanna (3) and snow (8) do not count.
LABELS = {1: 0, 2: 1, 4: 2, 5: 3, 6: 4, 7: 5, 9: 6, 10: 7}


def mask_of(image: Path) -> Path:
    """s2_0/ROIs0000_test_s2_0_p0.tif has dfc_0/ROIs0000_test_dfc_0_p0.tif."""
    folder = image.parent.name.replace('s2', 'dfc')
    name = image.name.replace('_s2_', '_dfc_')
    return image.parents[1] / folder / name


def prepare(job: Job) -> Prepared:
    """The contest's larger part is for training."""
    images = sorted(job.root.glob('ROIs0000_*/s2_*/*.tif'))
    return write_pairs(
        job,
        (
            Pair(
                name=image.stem,
                part='train' if '_test_' in image.name else 'test',
                image=image,
                mask=by_code(read_pixels(mask)[0], LABELS),
            )
            for image, mask in matched(images, mask_of)
        ),
    )


def main() -> None:
    run_converter('dfc2020', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
