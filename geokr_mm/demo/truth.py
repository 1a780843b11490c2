"""What is really there: known, because the planet is made up."""

from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.maps.legend import Legend
from geokr_mm.visualization.read import NONE


def true_map(index: KnowledgeIndex, i: int, folder: str | Path) -> np.ndarray:
    """The true class of every pixel of a patch.

    Args:
        index (KnowledgeIndex): Made from the planet's scenes.
        i (int): Row of the patch.
        folder (str | Path): The planet's ``truth``: codes of the common
            legend on the grid of each scene.

    Returns:
        np.ndarray: (h, w) uint8 class indices, 255 where there is none.
    """
    row = index.frame.iloc[i]
    window = Window(
        row['col_off'], row['row_off'], row['width'], row['height']
    )
    with rasterio.open(Path(folder, f'{row["scene"]}.tif')) as source:
        codes = source.read(1, window=window)
    return code_table(index.metadata.legend)[codes]


def true_fractions(index: KnowledgeIndex, folder: str | Path) -> np.ndarray:
    """The true class fractions of all patches.

    Args:
        index (KnowledgeIndex): See :func:`true_map`.
        folder (str | Path): See :func:`true_map`.

    Returns:
        np.ndarray: (N, K) float32, over the pixels that have a class.
    """
    return np.stack(
        [
            shares(true_map(index, i, folder), len(index.classes))
            for i in range(len(index))
        ]
    )


def shares(indices: np.ndarray, count: int) -> np.ndarray:
    """Class fractions of a class map.

    Args:
        indices (np.ndarray): Class indices, 255 where there is none.
        count (int): K, the number of classes.

    Returns:
        np.ndarray: (K, ) float32, zeros where no pixel has a class.
    """
    counts = np.bincount(indices.ravel(), minlength=NONE + 1)[:count]
    return (counts / max(int(counts.sum()), 1)).astype(np.float32)


def code_table(legend: Legend) -> np.ndarray:
    """From codes to class indices, 255 for codes the legend lacks.

    Args:
        legend (Legend): The legend.

    Returns:
        np.ndarray: (256, ) uint8.
    """
    table = np.full(256, NONE, np.uint8)
    for k, entry in enumerate(legend.classes):
        table[entry.code] = k
    return table
