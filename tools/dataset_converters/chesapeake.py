"""Prepare eight Chesapeake patches, NAIP with land cover at 1 m."""

import zipfile
from pathlib import Path

import numpy as np

from geokr_mm.errors import InputError, run_tool
from geokr_mm.zoo.convert import Job, Prepared, run_converter
from geokr_mm.zoo.pairs import Pair, Pixels, by_code, write_pairs

# Last digits of patches' names. Both halves have forest and field; impervious
# surfaces are rare in all of them.
VAL = '1247'
# Water, forest, field, impervious.
LABELS = {1: 0, 2: 1, 3: 2, 4: 3, 5: 3, 6: 3}


def prepare(job: Job) -> Prepared:
    """Images of blue, green, red and near infrared; bytes."""
    return write_pairs(
        job,
        (
            Pair(
                name=path.stem,
                part='val' if path.stem[-1] in VAL else 'train',
                image=patch[[2, 1, 0, 3]].clip(0, 255).astype(np.uint8),
                mask=by_code(patch[8], LABELS),
            )
            for path in job.files
            for patch in [read_patch(path)]
        ),
    )


def read_patch(path: Path) -> Pixels:
    """Channels 0-3 are red, green, blue, near infrared; 8 is land cover."""
    try:
        with np.load(path) as content:
            patch = content[content.files[0]]
    except (OSError, EOFError, ValueError, IndexError, zipfile.BadZipFile):
        raise InputError(
            f'{path}: is damaged or no .npz file; copy it again'
        ) from None
    if patch.ndim != 4 or patch.shape[:2] != (1, 29):
        raise InputError(
            f'{path}: has shape {patch.shape}, expected (1, 29, height, width)'
        )
    return np.asarray(patch[0])


def main() -> None:
    run_converter('chesapeake', prepare, __doc__)


if __name__ == '__main__':
    run_tool(main)
