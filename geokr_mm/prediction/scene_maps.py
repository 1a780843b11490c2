"""The maps of one scene, put together from its blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from ..geo.cover.areas import Area, find_areas
from ..geo.cover.block_cache import Block, BlockCache
from ..geo.cover.cells import Span, cell_transform
from ..geo.cover.cog import class_values, cog
from ..geo.maps.legend import Legend
from .block import View

NONE = 255


@dataclass(frozen=True)
class SceneMaps:
    """The files of a scene, all in one folder.

    Attributes:
        stem (str): What their names begin with.
        kinds (tuple[str, ...]): What comes after it.
        disagreement (float): Mean over the cells of comparison, or NaN.
    """

    view: View
    stem: str
    kinds: tuple[str, ...]
    disagreement: float

    def file(self, kind: str) -> str:
        """Name of a file."""
        return f'{self.stem}_{kind}.tif'


class SceneBlocks:
    """The blocks of a scene in a cache."""

    def __init__(
        self, view: View, legend: Legend, cache: BlockCache, number: int
    ) -> None:
        self.view, self.legend = view, legend
        self._cache, self._number = cache, number
        self._layers = set(cache.get(number, 0))

    def write(
        self, folder: Path, stem: str, tags: dict[str, str]
    ) -> SceneMaps:
        """Write a GeoTIFF of each kind."""
        classes = self.legend.names
        confidence = ['entropy']
        if 'student_teacher' in self._layers:
            confidence.append('student_teacher')
        layers: dict[str, tuple[list[str], list[str], int]] = {
            'fractions': (['fractions'], list(classes), 1),
            'confidence': (confidence, confidence, 1),
        }
        styled = {'classes': ('fractions', 1)}
        coarse = self.view.grid.coarse
        if 'map' in self._layers:
            name = 'disagreement'
            layers[name] = ([name], [name], coarse)
            styled['map'] = ('map', coarse)
        for kind, (sources, names, cells) in layers.items():
            where = self._where(folder, stem, kind, cells)
            with cog(*where, names, tags) as sink:
                for span, block in self._blocks(cells):
                    bands = [np.atleast_3d(block[name]) for name in sources]
                    sink.write(span, np.concatenate(bands, axis=2))
        values, nothing = class_values(self.legend)
        value_of = np.full(NONE + 1, nothing, np.uint8)
        value_of[: len(values)] = values
        for kind, (source, cells) in styled.items():
            where = self._where(folder, stem, kind, cells)
            with cog(*where, ['class'], tags, self.legend) as sink:
                for span, block in self._blocks(cells):
                    sink.write(span, value_of[largest(block[source])])
        distance = [b.get('disagreement') for _, b in self._blocks(coarse)]
        known = [d[np.isfinite(d)] for d in distance if d is not None]
        mean = float(np.concatenate(known).mean()) if known else np.nan
        return SceneMaps(self.view, stem, (*layers, *styled), mean)

    def areas(self, least: float, most: int) -> list[Area]:
        """Where map and network differ most, see :func:`.find_areas`."""
        coarse = self.view.grid.coarse
        shape = tuple(-(-n // coarse) for n in self.view.grid.shape)
        distance = np.full(shape, np.nan, np.float32)
        classes = [np.full(shape, NONE, np.uint8) for _ in range(2)]
        for span, block in self._blocks(coarse):
            at = slice(span.row, span.row_end), slice(span.col, span.col_end)
            distance[at] = block['disagreement']
            for whole, name in zip(classes, ('map', 'network'), strict=True):
                whole[at] = largest(block[name])
        return find_areas(
            self.view.scene,
            self._transform(coarse),
            distance,
            classes,
            lambda: (
                (span, block['map'], block['network'])
                for span, block in self._blocks(coarse)
            ),
            least,
            most,
        )

    def _blocks(self, coarse: int) -> Iterator[tuple[Span, Block]]:
        for number, span in enumerate(self.view.grid.blocks):
            ends = (-(-n // coarse) for n in span[2:])
            yield (
                Span(span.row // coarse, span.col // coarse, *ends),
                self._cache.get(self._number, number),
            )

    def _transform(self, coarse: int) -> Affine:
        side = self.view.grid.cell * coarse
        return cell_transform(self.view.scene.transform, side)

    def _where(
        self, folder: Path, stem: str, kind: str, coarse: int
    ) -> tuple[Path, tuple[int, int], str, Affine]:
        rows, cols = (-(-n // coarse) for n in self.view.grid.shape)
        path = folder / f'{stem}_{kind}.tif'
        place = self.view.scene.crs, self._transform(coarse)
        return path, (rows, cols), *place


def largest(fractions: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Largest class of cells (h, w), 255 where there is none."""
    known = np.isfinite(fractions).all(axis=2)
    found = np.nan_to_num(fractions).argmax(axis=2)
    return np.where(known, found, NONE).astype(np.uint8)
