"""Prepare ISPRS Vaihingen, 33 aerial images of six classes, as tiles."""

from pathlib import Path

from geokr_mm.errors import run_tool
from geokr_mm.zoo.convert import Job, Prepared, run_converter
from geokr_mm.zoo.isprs import isprs_tiles

VAL = [
    f'area{number}'
    for number in (
        *(2, 4, 6, 8, 10, 12, 14, 16, 20),
        *(22, 24, 27, 29, 31, 33, 35, 38),
    )
]


def name_of(image: Path) -> str:
    """top_mosaic_09cm_area1.tif is area1."""
    return image.stem.split('_')[3]


def prepare(job: Job) -> Prepared:
    """Masks have no boundaries."""
    ending = '_noBoundary.tif'
    masks = {name_of(path): path for path in job.root.rglob('*' + ending)}

    def mask_of(image: Path) -> Path:
        absent = image.with_name(image.stem + ending)
        return masks.get(name_of(image), absent)

    images = sorted(job.root.rglob('top/top_mosaic_09cm_area*.tif'))
    return isprs_tiles(job, images, name_of, mask_of, VAL)


def main() -> None:
    run_converter('vaihingen', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
