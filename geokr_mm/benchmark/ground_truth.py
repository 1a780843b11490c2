"""True class fractions of patches of the synthetic planet."""

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from ..errors import InputError
from ..geo.index.knowledge_index import KnowledgeIndex
from ..world.core.grid import Grid
from ..world.land.cover import settle, survey
from ..world.land.place import Place, make_place

Fractions = NDArray[np.float32]


class GroundTruth:
    """What the patches of an index really show.

    Args:
        index (KnowledgeIndex): N patches of scenes of the world, with K
            classes of the common legend.
        world (str | Path): Folder that ``tools/make_world.py`` made.

    Attributes:
        settings (dict): That the world was made with.

    Raises:
        InputError: If the folder is no complete world, or has no code for a
            class of the index.
    """

    def __init__(self, index: KnowledgeIndex, world: str | Path) -> None:
        self.index = index
        self.world = Path(world)
        about = self.world / 'world.json'
        if not about.is_file():
            raise InputError(
                f'{world}: no complete world; make one with '
                'tools/make_world.py'
            )
        made = json.loads(about.read_text())
        code = dict(zip(made['classes'], made['codes'], strict=True))
        missing = [name for name in index.classes if name not in code]
        if missing:
            raise InputError(
                f'{index.path}: the world has no true {", ".join(missing)}; '
                'build the index with --legend common'
            )
        self.codes = [code[name] for name in index.classes]
        self.settings: dict[str, Any] = made.get('settings', {})

    @cached_property
    def fractions(self) -> Fractions:
        """Class fractions when the images were taken.

        (N, K); zeros where a patch shows nothing but sea. Raises InputError
        if the world has no true map of a scene.
        """
        found = np.zeros((len(self.index), len(self.codes)), np.float32)
        for scene, path, patches in self._scenes():
            if not path.is_file():
                raise InputError(f'{path}: no true map of the scene {scene}')
            with rasterio.open(path) as source:
                cover = source.read(1)
            for row, patch in patches.iterrows():
                window = Window(
                    patch['col_off'],
                    patch['row_off'],
                    patch['width'],
                    patch['height'],
                )
                found[row] = self._shares(cover[window.toslices()])
        return found

    @cached_property
    def map_year_fractions(self) -> Fractions:
        """Class fractions in the year of each patch's map, (N, K).

        A world keeps the true maps of the years of its scenes only; the land
        in other years is surveyed again, by the rules that made the world.
        Raises InputError if the world lacks a scene.
        """
        places = {place.name: place for place in self._places()}
        found = np.zeros((len(self.index), len(self.codes)), np.float32)
        for _, path, patches in self._scenes():
            place = places.get(path.name.split('_')[0])
            if place is None or not path.is_file():
                raise InputError(
                    f'{path}: the world has no such scene; give the world '
                    'that the index was built from'
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
                found[row] = self._shares(land.cover)
        return found

    @cached_property
    def changed(self) -> Fractions:
        """Share of each patch's land that changed since its map, (N, )."""
        gaps = np.abs(self.fractions - self.map_year_fractions)
        return np.asarray(0.5 * gaps.sum(axis=1), np.float32)

    def _scenes(self) -> Iterator[tuple[str, Path, Any]]:
        """Each scene's first file, its true map and a frame of its patches.

        Patches are numbered as in the index.
        """
        names = ['files', 'col_off', 'row_off', 'width', 'height']
        table = self.index.table.select([*names, 'product_year'])
        frame = table.to_pandas()
        for files, patches in frame.groupby(frame['files'].map(tuple)):
            scene = str(files[0])
            yield scene, self.world / 'truth' / Path(scene).name, patches

    def _places(self) -> list[Place]:
        """The places that the scenes were taken of."""
        preset = self.settings['preset']
        first, size = preset['first_place'], preset['place_size']
        return [
            make_place(self.settings['seed'], number, 'train', size)
            for number in range(first, first + preset['places'])
        ]

    def _shares(self, cover: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Share of each class among the pixels that have one, (K, )."""
        counts = np.bincount(cover.ravel(), minlength=256)[self.codes]
        return np.asarray(counts / max(counts.sum(), 1), np.float64)
