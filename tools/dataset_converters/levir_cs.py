"""Prepare Levir_CS, 4,168 Gaofen-1 scenes with clouds and snow."""

from pathlib import Path

from geokr_mm.errors import run_tool
from geokr_mm.zoo.convert import Job, Prepared, run_converter
from geokr_mm.zoo.pairs import Pair, matched, write_pairs


def mask_of(image: Path) -> Path:
    """mss/SCENE_mss.tiff has label_0_1_2/SCENE_roiMap.tif."""
    name = image.name.replace('_mss.tiff', '_roiMap.tif')
    return image.parents[1] / 'label_0_1_2' / name


def prepare(job: Job) -> Prepared:
    """The official lists are the folders train and test."""
    images = sorted(job.root.glob('*/mss/*_mss.tiff'))
    return write_pairs(
        job,
        (
            Pair(f'{part}/{image.stem}', part, image, mask)
            for image, mask in matched(images, mask_of)
            for part in [image.parents[1].name]
        ),
    )


def main() -> None:
    run_converter('levir_cs', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
