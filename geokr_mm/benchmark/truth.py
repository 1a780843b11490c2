"""The true class fractions of patches of the synthetic planet."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from ..errors import InputError
from ..geo.index.knowledge_index import KnowledgeIndex


def true_fractions(
    index: KnowledgeIndex, world: str | Path
) -> NDArray[np.float32]:
    """Count the true map of a world under each patch of an index.

    Args:
        index (KnowledgeIndex): Over scenes of the world, common legend.
        world (str | Path): Folder that ``tools/make_world.py`` made.

    Returns:
        ndarray: (N, K) in the order of the index's classes; zeros where a
        patch shows nothing but sea.

    Raises:
        InputError: If the folder is no world, has no true map of a scene, or
            names classes that the index does not.
    """
    codes = common_codes(index, read_world(world))
    found = np.zeros((len(index), len(codes)), np.float32)
    for scene, path, patches in by_scene(index, world):
        if not path.is_file():
            raise InputError(f'{path}: no true map of the scene {scene}')
        with rasterio.open(path) as source:
            cover = source.read(1)
        for row, place in patches.iterrows():
            window = Window(
                place['col_off'],
                place['row_off'],
                place['width'],
                place['height'],
            )
            found[row] = shares(cover[window.toslices()], codes)
    return found


def by_scene(
    index: KnowledgeIndex, world: str | Path
) -> Iterator[tuple[str, Path, Any]]:
    """Patches of an index, scene by scene.

    Args:
        index (KnowledgeIndex): Over scenes of the world.
        world (str | Path): The world.

    Yields:
        tuple: The scene's first file, where its true map should be, and a
        data frame of its patches, numbered as in the index.
    """
    names = ('files', 'col_off', 'row_off', 'width', 'height', 'product_year')
    frame = index.table.select(names).to_pandas()
    for files, patches in frame.groupby(frame['files'].map(tuple)):
        scene = str(files[0])
        yield scene, Path(world) / 'truth' / Path(scene).name, patches


def read_world(world: str | Path) -> dict[str, Any]:
    """What a world says about itself.

    Args:
        world (str | Path): Folder that ``tools/make_world.py`` made.

    Raises:
        InputError: If the folder is no complete world.
    """
    info = Path(world) / 'world.json'
    if not info.is_file():
        raise InputError(
            f'{world}: no complete world; make one with tools/make_world.py'
        )
    return dict(json.loads(info.read_text()))


def common_codes(index: KnowledgeIndex, made: Mapping[str, Any]) -> list[int]:
    """Codes of a world's true maps in the order of an index's classes.

    Args:
        index (KnowledgeIndex): Common legend.
        made (mapping): Of :func:`read_world`.

    Raises:
        InputError: If the world has no code for a class.
    """
    code = dict(zip(made['classes'], made['codes'], strict=True))
    missing = [name for name in index.classes if name not in code]
    if missing:
        raise InputError(
            f'{index.path}: the world has no true {", ".join(missing)}; '
            'build the index with --legend common'
        )
    return [code[name] for name in index.classes]


def shares(
    cover: NDArray[np.uint8], codes: Sequence[int]
) -> NDArray[np.float64]:
    """Share of each code among the pixels that have one of them.

    Args:
        cover (ndarray): Codes, any shape.
        codes (Sequence[int]): K codes.

    Returns:
        ndarray: (K, ), zeros where no pixel has one.
    """
    counts = np.bincount(cover.ravel(), minlength=256)[list(codes)]
    return np.asarray(counts / max(counts.sum(), 1), np.float64)
