"""Prepare GF12MS-WHU, Gaofen-1 and -2 blocks of 250 pixels with clouds."""

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

PROTOCOLS = {'gf1': 'GF1MS-WHU', 'gf2': 'GF2MS-WHU'}
PARTS = {'train': 'TrainBlock250', 'test': 'TestBlock250'}
LABELS = {0: 0, 1: 1, 255: 1}


def mask_of(image: Path) -> Path:
    """NAME.tiff has NAME_Mask.tif."""
    return image.with_name(f'{image.stem}_Mask.tif')


def prepare(job: Job) -> Prepared:
    """Each satellite is a protocol; parts are folders."""
    return write_pairs(
        job,
        (
            Pair(
                name=f'{protocol}/{part}/{image.stem}',
                part=part,
                image=image,
                mask=by_code(read_pixels(mask)[0], LABELS),
                protocol=protocol,
            )
            for protocol, satellite in PROTOCOLS.items()
            for part, folder in PARTS.items()
            for image, mask in matched(
                sorted((job.root / satellite / folder).glob('*.tiff')), mask_of
            )
        ),
    )


def main() -> None:
    run_converter('gf12ms_whu', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
