"""Bringing published sets into the layout that configs read."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from geokr_mm.errors import InputError
from geokr_mm.files import folder_written_whole
from geokr_mm.geo.index.segmentation_export import write_image

# Patches by number. Both halves have forest and field; impervious surfaces
# are rare in all of them.
CHESAPEAKE_VAL = (1, 2, 4, 7)
# Land-cover code of channel 8 to mask value.
CHESAPEAKE_CODES = {1: 0, 2: 1, 3: 2, 4: 3, 5: 3, 6: 3}


def prepare_chesapeake(data: str | Path, out: str | Path) -> None:
    """Write images and masks of the Chesapeake patches, whole or not at all.

    Images are RGB in ``images/`` and, for backbones of four bands, blue,
    green, red and near infrared in ``bands/``.

    Args:
        data (str | Path): Folder that holds ``chesapeake/train_patches``,
            ``.npz`` files of shape (1, 29, 256, 256): channels 0-3 are red,
            green, blue and near infrared in 0..255, channel 8 is land cover.
        out (str | Path): New folder.

    Raises:
        InputError: If patches are missing, damaged or of another shape.
    """
    folder = Path(data) / 'chesapeake' / 'train_patches'
    files = sorted(folder.glob('*.npz'))
    if not files:
        raise InputError(
            f'{folder}: holds no .npz patches; give the folder '
            'that holds chesapeake/'
        )

    with folder_written_whole(out) as draft:
        for number, path in enumerate(files):
            split = 'val' if number in CHESAPEAKE_VAL else 'train'
            patch = _read_patch(path)
            codes = patch[8].astype(np.int64)
            mask = np.full(codes.shape, 255, dtype=np.uint8)
            for code, value in CHESAPEAKE_CODES.items():
                mask[codes == code] = value
            bands = patch[:4].clip(0, 255).astype(np.uint8)
            for kind in ('images', 'masks', 'bands'):
                (draft / kind / split).mkdir(parents=True, exist_ok=True)
            name = f'{split}/{path.stem}'
            Image.fromarray(bands[:3].transpose(1, 2, 0)).save(
                draft / f'images/{name}.png'
            )
            Image.fromarray(mask).save(draft / f'masks/{name}.png')
            write_image(
                draft / f'bands/{name}.tif',
                bands[[2, 1, 0, 3]],
                ('blue', 'green', 'red', 'nir'),
            )
    print(f'{out}: {len(files)} patches')


def prepare_nwpu_vhr10(data: str | Path, out: str | Path) -> None:
    """Split NWPU VHR-10 by image, every third one to ``val.json``.

    Args:
        data (str | Path): Folder that holds ``nwpu_vhr10/``, with COCO
            annotations in ``train.json`` and files in ``images/``.
        out (str | Path): Written whole or not at all.

    Raises:
        InputError: If annotations or an image are missing or damaged.
    """
    source = Path(data) / 'nwpu_vhr10'
    try:
        coco = json.loads((source / 'train.json').read_text())
        images = sorted(coco['images'], key=lambda row: row['file_name'])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            f'{source / "train.json"}: is missing or no COCO '
            'file; give the folder that holds nwpu_vhr10/'
        ) from None
    parts = dict(
        train=[row for i, row in enumerate(images) if i % 3 != 2],
        val=[row for i, row in enumerate(images) if i % 3 == 2],
    )

    with folder_written_whole(out) as draft:
        (draft / 'images').mkdir()
        for row in images:
            file = source / 'images' / row['file_name']
            if not file.is_file():
                raise InputError(
                    f'{file}: is annotated but missing; copy the images again'
                )
            shutil.copyfile(file, draft / 'images' / row['file_name'])
        for name, rows in parts.items():
            chosen = {row['id'] for row in rows}
            subset = dict(
                coco,
                images=rows,
                annotations=[
                    a for a in coco['annotations'] if a['image_id'] in chosen
                ],
            )
            (draft / f'{name}.json').write_text(json.dumps(subset))
    print(f'{out}: ' + ', '.join(f'{len(r)} {n}' for n, r in parts.items()))


def _read_patch(path: Path) -> NDArray[np.float32]:
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
    return np.asarray(patch[0], dtype=np.float32)
