"""Prepare ISPRS Potsdam, 38 aerial images of six classes, as tiles."""

from pathlib import Path

from geokr_mm.errors import run_tool
from geokr_mm.zoo.convert import Job, Prepared, run_converter
from geokr_mm.zoo.isprs import isprs_tiles

VAL = [
    *('2_13', '2_14', '3_13', '3_14', '4_13', '4_14', '4_15'),
    *('5_13', '5_14', '5_15', '6_13', '6_14', '6_15', '7_13'),
]


def name_of(image: Path) -> str:
    """top_potsdam_2_10_RGB.tif is 2_10."""
    return '_'.join(image.stem.split('_')[2:4])


def prepare(job: Job) -> Prepared:
    """Images are named by row and column, masks have no boundaries."""
    ending = '_label_noBoundary.tif'
    masks = {name_of(path): path for path in job.root.rglob('*' + ending)}

    def mask_of(image: Path) -> Path:
        absent = image.with_name(image.name.replace('_RGB.tif', ending))
        return masks.get(name_of(image), absent)

    images = sorted(job.root.rglob('top_potsdam_*_RGB.tif'))
    return isprs_tiles(job, images, name_of, mask_of, VAL)


def main() -> None:
    run_converter('potsdam', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
