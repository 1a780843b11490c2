"""BigEarthNet-S2: patches in folders of bands, each with several classes."""

import json
from pathlib import Path

import numpy as np

from ..errors import InputError
from .check import check_archive
from .convert import Job, Prepared, link_images
from .lists import first, orders

#: Share of the official training list, by protocol.
SHARES = {'10': 0.1, '100': 1.0}
#: Class of the 19 of each of CORINE's 43; the others have none.
CLASSES = {
    'Continuous urban fabric': 0,
    'Discontinuous urban fabric': 0,
    'Industrial or commercial units': 1,
    'Non-irrigated arable land': 2,
    'Permanently irrigated land': 2,
    'Rice fields': 2,
    'Vineyards': 3,
    'Fruit trees and berry plantations': 3,
    'Olive groves': 3,
    'Annual crops associated with permanent crops': 3,
    'Pastures': 4,
    'Complex cultivation patterns': 5,
    'Land principally occupied by agriculture, with significant areas of '
    'natural vegetation': 6,
    'Agro-forestry areas': 7,
    'Broad-leaved forest': 8,
    'Coniferous forest': 9,
    'Mixed forest': 10,
    'Natural grassland': 11,
    'Sparsely vegetated areas': 11,
    'Moors and heathland': 12,
    'Sclerophyllous vegetation': 12,
    'Transitional woodland/shrub': 13,
    'Beaches, dunes, sands': 14,
    'Inland marshes': 15,
    'Peatbogs': 15,
    'Salt marshes': 16,
    'Salines': 16,
    'Water courses': 17,
    'Water bodies': 17,
    'Coastal lagoons': 18,
    'Estuaries': 18,
    'Sea and ocean': 18,
}


def patches(job: Job) -> Prepared:
    """Patches of the official lists, a random share of those for training.

    Raises:
        InputError: If a list is missing or another, or a patch lacks a band;
            unless a piece is taken, if a patch is missing.
    """
    link_images(job)
    present = {path.parent.name for path in job.files}
    names: list[str] = []
    rows = {}
    for part in ('train', 'val', 'test'):
        listed = _listed(job, part)
        absent = [name for name in listed if name not in present]
        if absent and not job.piece:
            raise InputError(
                f'{job.root / absent[0]}: no such patch, {part}.csv has it; '
                'unpack the archive again'
            )
        kept = [name for name in listed if name in present]
        rows[part] = np.arange(len(names), len(names) + len(kept))
        names += kept
    parts = {}
    for protocol, share in SHARES.items():
        order = orders(np.zeros(len(rows['train']), np.int64), job.seed)
        # They lie first in the lines.
        parts[protocol] = dict(rows, train=first(order, share))
    lines = [f'{name} {_labels(job, name)}' for name in names]
    # The rest of a name is row and column in the tile of one overpass.
    tiles = [name.rsplit('_', 2)[0] for name in names]
    return Prepared(lines, None, parts, tiles)


def _listed(job: Job, part: str) -> list[str]:
    """Names of patches in an official list."""
    path = job.root / f'{part}.csv'
    if not path.is_file():
        path = job.root.parent / path.name
    if not path.is_file():
        raise InputError(f'{path}: no such list of patches. {job.card.note}')
    if not job.piece:
        check_archive(job.card, path)
    return [line.split(',')[0] for line in path.read_text().split()]


def _labels(job: Job, name: str) -> str:
    """Numbers of a patch's classes, with commas."""
    folder = job.root / name
    bands = len(list(folder.glob('*_B??.tif')))
    if bands != job.card.bands:
        raise InputError(
            f'{folder}: {bands} bands, a patch has {job.card.bands}; unpack '
            'the archive again'
        )
    return ','.join(
        map(str, _classes(folder / f'{name}_labels_metadata.json'))
    )


def _classes(path: Path) -> list[int]:
    try:
        labels = json.loads(path.read_text())['labels']
    except (OSError, ValueError, KeyError):
        raise InputError(
            f'{path}: is damaged; unpack the archive again'
        ) from None
    return sorted({CLASSES[name] for name in labels if name in CLASSES})
