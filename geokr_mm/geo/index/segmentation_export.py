"""Patches of an index as images and masks, for dense tasks on its map."""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning

from ...errors import InputError
from ...files import folder_written_whole
from ..core.crs import transformer
from ..core.progress import Progress
from ..landcover.landcover import LandCover
from ..scenes.patch import PatchRecord, footprint, read_patch
from ..scenes.radiometry import stretch
from .knowledge_index import KnowledgeIndex
from .spatial_split import PLACE_DEGREES, VAL_SHARE, held_out

#: Name of the file beside images and masks that describes them.
ABOUT = 'about.json'


def write_masks(
    index: KnowledgeIndex,
    cover: LandCover,
    out: str | Path,
    val_share: float = VAL_SHARE,
    place_degrees: float = PLACE_DEGREES,
    quiet: bool = False,
) -> dict[str, int]:
    """Write images and masks of the patches in use.

    Images have the bands and the stretch of the index, uint8 GeoTIFFs; masks
    have one pixel for each of theirs, the class with the largest share of
    it. Training and validation places are those of
    :class:`geokr_mm.GeoKRDataset` with the same settings. Validation patches
    nearer than half a patch to a training place are left out, so that no
    training patch of this size reaches into them.

    Args:
        index (KnowledgeIndex): The patches.
        cover (LandCover): The map; its legend numbers the classes.
        out (str | Path): Written whole or not at all:
            ``{images,masks}/{train,val}`` and :data:`ABOUT`.
        val_share, place_degrees (float): See :func:`.held_out`.

    Returns:
        dict: Number of patches of ``train`` and ``val``.

    Raises:
        InputError: If one side is empty, patches are not square, or ``out``
            exists.
    """
    index = index.kept()
    records = [index.record(row) for row in range(len(index))]
    for record in records:
        if record.window.width != record.window.height:
            raise InputError(
                f'{record.patch_id}: {record.window.width} x '
                f'{record.window.height} pixels; masks are written for '
                'square patches'
            )
    sides = _sides(records, val_share, place_degrees)
    count = {side: sides.count(side) for side in ('train', 'val')}
    if not all(count.values()):
        raise InputError(
            f'{index.path}: {count["train"]} training and {count["val"]} '
            f'validation patches with {val_share:g} of the places of '
            f'{place_degrees:g} degrees held out; places must be some patches '
            'wide: set their size and share'
        )
    progress = Progress('masks', sum(count.values()), quiet)
    with folder_written_whole(out) as draft:
        for kind in ('images', 'masks'):
            for side in count:
                (draft / kind / side).mkdir(parents=True)
        for number, (record, where) in enumerate(
            zip(records, sides, strict=True)
        ):
            if where is None:
                continue
            name = f'{where}/{number:07d}'
            pixels = stretch(read_patch(record), record.low, record.high)
            write_image(draft / f'images/{name}.tif', pixels, record.bands)
            corners, crs = footprint(record)
            mask = cover.class_map(corners, crs, record.window.width)
            Image.fromarray(mask).save(draft / f'masks/{name}.png')
            progress.add()
        about = dict(
            classes=cover.classes,
            palette=cover.legend.palette.tolist(),
            bands=index.metadata.bands,
            product=cover.product.name,
            product_year=cover.year,
            val_share=val_share,
            place_degrees=place_degrees,
        )
        (draft / ABOUT).write_text(json.dumps(about, indent=1) + '\n')
    return count


def write_image(
    path: Path, pixels: NDArray[np.uint8], bands: Sequence[str]
) -> None:
    """Write an image that mmseg reads with ``imdecode_backend='tifffile'``."""
    count, height, width = pixels.shape
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', NotGeoreferencedWarning)
        with rasterio.open(
            path,
            'w',
            driver='GTiff',
            dtype='uint8',
            count=count,
            height=height,
            width=width,
            interleave='pixel',
        ) as file:
            file.write(pixels)
            file.descriptions = tuple(bands)


def _sides(
    records: Sequence[PatchRecord], share: float, degrees: float
) -> list[str | None]:
    """``'train'`` or ``'val'`` of each patch, None between the two."""
    points: list[Any] = []
    for record in records:
        corners, crs = footprint(record, margin=0.5)
        move = transformer(crs, 'EPSG:4326')
        lon, lat = move.transform(corners[:, 0], corners[:, 1])
        points.append([*zip(lon, lat, strict=True), (record.lon, record.lat)])
    val = held_out(np.array(points).reshape(-1, 2), share, degrees)
    return [
        'val' if around.all() else None if around[-1] else 'train'
        for around in val.reshape(len(records), 5)
    ]
