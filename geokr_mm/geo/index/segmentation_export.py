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
from ..scenes.patch import (
    PatchRecord,
    footprint,
    read_masked_patch,
    read_patch,
)
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
    stored: bool = False,
) -> dict[str, int]:
    """Write images and masks of the patches in use.

    Images are GeoTIFFs with the bands of the index, uint8 after its stretch;
    masks have one pixel for each of theirs, the class with the largest share
    of it. Training and validation places are those of
    :class:`geokr_mm.GeoKRDataset` with the same settings. Validation patches
    nearer than half a patch to a training place are left out, so that no
    training patch of this size reaches into them.

    Args:
        index (KnowledgeIndex): The patches.
        cover (LandCover): The map; its legend numbers the classes.
        out (str | Path): Written whole or not at all:
            ``{images,masks}/{train,val}`` and :data:`ABOUT`.
        val_share, place_degrees (float): See :func:`.held_out`.
        stored (bool): Images hold the numbers as stored instead, with scale,
            offset and nodata, for backbones of physical values.

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
            path = draft / f'images/{name}.tif'
            if stored:
                _write_stored(path, record)
            else:
                pixels = stretch(read_patch(record), record.low, record.high)
                write_image(path, pixels, record.bands)
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
    path: Path,
    pixels: NDArray[Any],
    bands: Sequence[str],
    nodata: float | None = None,
    scale: Sequence[float] = (),
    offset: Sequence[float] = (),
) -> None:
    """Write an image that mmseg reads with ``imdecode_backend='tifffile'``."""
    count, height, width = pixels.shape
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', NotGeoreferencedWarning)
        with rasterio.open(
            path,
            'w',
            driver='GTiff',
            dtype=pixels.dtype,
            count=count,
            height=height,
            width=width,
            nodata=nodata,
            interleave='pixel',
        ) as file:
            file.write(pixels)
            file.descriptions = tuple(bands)
            if len(scale):
                file.scales, file.offsets = tuple(scale), tuple(offset)


def _write_stored(path: Path, record: PatchRecord) -> None:
    """Write the stored numbers of a patch, and what they mean."""
    pixels, valid = read_masked_patch(record)
    nodata: float | None = None
    if valid is not None:
        if pixels.dtype.kind == 'f':
            nodata = float('nan')
        else:
            limits = np.iinfo(pixels.dtype)
            free = {limits.min, limits.max} - set(pixels[valid].tolist())
            if not free:
                raise InputError(
                    f'{record.files[0]}: patch {record.patch_id} has empty '
                    'pixels and uses all numbers of its type; leave it out '
                    'with the filter nodata'
                )
            nodata = min(free)
        pixels = np.where(valid, pixels, np.array(nodata, pixels.dtype))
    scaled = (record.scale != 1).any() or (record.offset != 0).any()
    factors = (record.scale, record.offset) if scaled else ((), ())
    write_image(path, pixels, record.bands, nodata, *factors)


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
