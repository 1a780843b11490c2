"""Patches of an index as labelled images, by a map that may be another."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import InputError
from ..files import folder_written_whole
from ..geo.core.progress import Progress
from ..geo.index.knowledge_index import KnowledgeIndex
from ..geo.landcover.landcover import LandCover
from ..geo.scenes.patch import footprint, read_patch
from ..geo.scenes.radiometry import stretch

#: Least share of a patch that its class covers.
LEAST_SHARE = 0.6
# Bands of an image file that any library reads.
RGB = ('red', 'green', 'blue')


def dominant_classes(
    index: KnowledgeIndex, cover: LandCover, least: float = LEAST_SHARE
) -> NDArray[np.int64]:
    """Class of each patch: the largest of the map in its footprint.

    Args:
        least (float): Share of the footprint that it covers at least.

    Returns:
        ndarray: (N,) class numbers of the map's legend, -1 where no class
        covers so much.
    """
    found = np.full(len(index), -1, np.int64)
    for row in range(len(index)):
        corners, crs = footprint(index.record(row))
        inside = cover.coverage(corners[None], crs)
        shares = inside.fractions[0, 0] * inside.valid[0, 0]
        if shares.max() >= least:
            found[row] = shares.argmax()
    return found


def write_class_folders(
    index: KnowledgeIndex,
    cover: LandCover,
    out: str | Path,
    least: float = LEAST_SHARE,
    quiet: bool = False,
) -> dict[str, int]:
    """Write the patches in use as PNG files, one folder for each class.

    Args:
        out (str | Path): Written whole or not at all: ``CLASS/PATCH.png``,
            red, green and blue after the index's stretch.
        least (float): See :func:`dominant_classes`; other patches are left
            out.

    Returns:
        dict[str, int]: Images of each class that has any.

    Raises:
        InputError: If bands are missing, fewer than two classes have patches,
            or ``out`` exists.
    """
    index = index.kept()
    if not set(RGB) <= set(index.metadata.bands):
        raise InputError(
            f'{index.path}: has the bands {", ".join(index.metadata.bands)}; '
            'images of classes need red, green and blue'
        )
    classes = dominant_classes(index, cover, least)
    numbers = [int(k) for k in np.unique(classes[classes >= 0])]
    if len(numbers) < 2:
        raise InputError(
            f'{index.path}: {len(numbers)} classes of {cover.product.name} '
            f'cover {least:g} of a patch; give a smaller share'
        )
    progress = Progress('images', len(index), quiet)
    with folder_written_whole(out) as draft:
        for row, k in enumerate(classes.tolist()):
            progress.add()
            if k < 0:
                continue
            record = index.record(row)
            order = [record.bands.index(band) for band in RGB]
            pixels = stretch(
                read_patch(record, RGB), record.low[order], record.high[order]
            )
            folder = draft / cover.classes[k]
            folder.mkdir(exist_ok=True)
            image = Image.fromarray(pixels.transpose(1, 2, 0))
            image.save(folder / f'{record.patch_id}.png')
    return {cover.classes[k]: int((classes == k).sum()) for k in numbers}
