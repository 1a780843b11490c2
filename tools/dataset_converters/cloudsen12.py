"""Prepare CloudSEN12, 10,000 Sentinel-2 patches with clouds and shadows."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from geokr_mm.errors import InputError, run_tool
from geokr_mm.zoo.convert import Job, Prepared, run_converter
from geokr_mm.zoo.pairs import Pair, Pixels, write_pairs

BANDS = (
    *('B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B8A'),
    *('B9', 'B10', 'B11', 'B12'),
)
SIDE = 512


def read_patches(path: Path, dtype: type[np.generic]) -> Pixels:
    """Patches one after another in a file without a header, (N, H, W).

    Raises:
        InputError: If the file is missing, or ends within a patch.
    """
    if not path.is_file():
        raise InputError(f'{path}: is missing; get it again')
    patch = SIDE**2 * np.dtype(dtype).itemsize
    size = path.stat().st_size
    if not size or size % patch:
        raise InputError(
            f'{path}: {size:,} bytes are not a number of patches of '
            f'{patch:,}; copy it again'
        )
    return np.memmap(path, dtype, 'r').reshape(-1, SIDE, SIDE)


def pairs(job: Job) -> Iterator[Pair]:
    """The first N patches of each file belong together."""
    for part in ('train', 'val', 'test'):
        masks = read_patches(job.root / part / 'LABEL_manual_hq.dat', np.uint8)
        bands = []
        for band in BANDS:
            path = job.root / part / f'L1C_{band}.dat'
            bands.append(read_patches(path, np.int16))
            if len(bands[-1]) != len(masks):
                raise InputError(
                    f'{path}: {len(bands[-1])} patches, there are '
                    f'{len(masks)} masks; copy it again'
                )
        for number, mask in enumerate(masks):
            image = np.stack([band[number] for band in bands])
            yield Pair(f'{part}/{number:05d}', part, image, np.array(mask))


def prepare(job: Job) -> Prepared:
    """Level 1C with the labels by hand."""
    return write_pairs(job, pairs(job))


def main() -> None:
    run_converter('cloudsen12', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
