"""Patches of an index as pictures: image, cover map, or its cells."""

import numpy as np

from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.landcover.landcover import LandCover
from geokr_mm.geo.scenes.patch import PatchRecord, footprint, read_patch
from geokr_mm.geo.scenes.radiometry import stretch

NONE = 255
# Cells along a patch in a cover map drawn from the product itself.
CELLS = 48
TRUE_COLOUR = ('red', 'green', 'blue')


def patch_image(record: PatchRecord) -> np.ndarray:
    """A patch as people see it, (H, W, 3) uint8, stretched as in the index.

    In the bands red, green and blue, else the first three, else the first
    as grey.
    """
    names = list(record.bands)
    bands = TRUE_COLOUR if set(TRUE_COLOUR) <= set(names) else names[:3]
    order = [names.index(band) for band in bands]
    if len(order) < 3:
        order = order[:1] * 3
    pixels = read_patch(record, [names[n] for n in order])
    shown = stretch(pixels, record.low[order], record.high[order])
    return np.ascontiguousarray(shown.transpose(1, 2, 0))


def cover_map(record: PatchRecord, product: LandCover) -> np.ndarray:
    """The product in a patch's footprint, on the patch's own grid.

    Returns:
        np.ndarray: (48, 48) uint8 class indices, 255 where there is none.
    """
    corners, crs = footprint(record)
    found = product.coverage(corners[None], crs, grid=CELLS)
    return indices(
        found.fractions[0].reshape(CELLS, CELLS, -1),
        found.valid[0].reshape(CELLS, CELLS),
    )


def cell_map(index: KnowledgeIndex, i: int) -> np.ndarray:
    """The largest class of each stored cell; all there is without a product.

    Returns:
        np.ndarray: (g, g) uint8 class indices, 255 where there is none.
    """
    return indices(index.grid_fractions[i], index.grid_valid[i])


def indices(fractions: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Class indices (h, w) of the largest fractions (h, w, K), uint8.

    255 stands where less than half a cell is ``valid``.
    """
    largest = fractions.argmax(axis=-1).astype(np.uint8)
    return np.where(valid >= 0.5, largest, NONE).astype(np.uint8)
