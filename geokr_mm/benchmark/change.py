"""What the synthetic planet looked like when its map was made."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from ..errors import InputError
from ..geo.index.knowledge_index import KnowledgeIndex
from ..world.core.grid import Grid
from ..world.land.cover import settle, survey
from ..world.land.place import Place, make_place
from .truth import by_scene, common_codes, read_world, shares


def map_year_fractions(
    index: KnowledgeIndex, world: str | Path
) -> NDArray[np.float32]:
    """The true class fractions of each patch in the year of its map.

    A world keeps the true maps of the years of its scenes only; the land in
    other years is surveyed again, by the rules that made the world.

    Args:
        index (KnowledgeIndex): Over scenes of the world, common legend.
        world (str | Path): Folder that ``tools/make_world.py`` made.

    Returns:
        ndarray: (N, K) in the order of the index's classes; zeros where a
        patch showed nothing but sea.

    Raises:
        InputError: If the folder is no world, or index and world do not fit.
    """
    made = read_world(world)
    codes = common_codes(index, made)
    places = {p.name: p for p in _places(made)}
    found = np.zeros((len(index), len(codes)), np.float32)
    for _, path, patches in by_scene(index, world):
        place = places.get(path.name.split('_')[0])
        if place is None or not path.is_file():
            raise InputError(
                f'{path}: the world has no such scene; give the world that '
                'the index was built from'
            )
        with rasterio.open(path) as source:
            at = source.transform
        country = settle(place)
        for row, patch in patches.iterrows():
            window = Grid.window(
                at.c + patch['col_off'] * at.a - place.east,
                at.f + patch['row_off'] * at.e - place.north,
                at.a,
                int(patch['height']),
                int(patch['width']),
            )
            land = survey(country, window, int(patch['product_year']))
            found[row] = shares(land.cover, codes)
    return found


def changed_share(
    index: KnowledgeIndex, world: str | Path, now: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How much of each patch's land changed between map and image.

    Args:
        index (KnowledgeIndex): Over scenes of the world.
        world (str | Path): The world.
        now (ndarray): True fractions when the image was taken, (N, K).

    Returns:
        ndarray: Total variation of true fractions, 0 to 1, (N, ).
    """
    then = map_year_fractions(index, world)
    return np.asarray(0.5 * np.abs(now - then).sum(axis=1), np.float32)


def _places(made: dict[str, Any]) -> list[Place]:
    """The places that a world's scenes were taken of."""
    settings = made['settings']
    preset = settings['preset']
    first = preset['first_place']
    return [
        make_place(settings['seed'], number, 'train', preset['place_size'])
        for number in range(first, first + preset['places'])
    ]
