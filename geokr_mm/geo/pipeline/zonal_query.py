"""Zonal query: class fractions of all patches of a build in every map."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.executor import Executor
from ..fusion.map_stack import MapFractions, MapStack
from ..landcover.chunks import RUN, ChunkLocator, chunk_batches
from ..landcover.fractions import Fractions
from ..landcover.landcover import LandCover
from ..landcover.tile import Tile
from ..scenes.patch_grids import PatchGrids
from .options import BuildOptions
from .query_results import QueryResults, Ranges

# Cells of one job; the areas of 20 classes take some 20 MB.
JOB_CELLS = 65536
# What portions differ in, and what their runs are sorted by.
CHUNK = ('tile', 'row', 'column')
ORDER = ('start', 'cell', *reversed(CHUNK))
# What a map knows of a patch; the rest is blank or outside.
KNOWN = ('whole.valid', 'whole.sea')


def open_maps(options: BuildOptions, executor: Executor) -> MapStack:
    """The maps of a build."""
    if options.maps:
        return MapStack.open(
            options.maps,
            options.choose,
            options.legend,
            options.spherical,
            executor,
        )
    cover = LandCover.open(
        options.product,
        list(options.land_cover),
        options.year,
        options.legend,
        options.spherical,
        executor=executor,
    )
    return MapStack([cover], options.choose)


def split_patches(
    tiles: Sequence[Tile], grids: PatchGrids, most: int
) -> list[tuple[int, Ranges]]:
    """All patches in portions of one tile and one CRS each.

    Returns:
        list: Number of the CRS, and the patches of each portion.
    """
    split = ChunkLocator(tiles)
    found = []
    for crs in range(len(grids.crs)):
        runs = np.concatenate(
            [
                split.runs(grids.centres(some, crs), some)
                for some in grids.of_crs(crs)
            ]
            or [np.empty(0, RUN)]
        )
        runs = runs[np.lexsort([runs[n] for n in ORDER])]
        chunks = np.column_stack([runs[n] for n in CHUNK])
        for taken in chunk_batches(chunks, runs['count'], most):
            entry, begin, end = np.array(taken, np.int64).T
            start = runs['start'][entry]
            found.append((crs, np.stack([start + begin, start + end], axis=1)))
    return found


class ZonalQuery:
    """What every map holds under every patch, on disk."""

    def __init__(
        self, maps: MapStack, grids: PatchGrids, grid: int, folder: Path
    ) -> None:
        self.maps = maps
        self.grids = grids
        self.grid = grid
        self.folder = folder
        self._results: list[QueryResults] = []

    @property
    def steps(self) -> int:
        """Patches times maps."""
        return len(self.grids) * len(self.maps.maps)

    def run(
        self, executor: Executor, shared: Any, done: Callable[[int], None]
    ) -> None:
        """Query all portions that an earlier run did not."""
        grids = executor.share(self.grids)
        most = max(1, JOB_CELLS // self.grid**2)
        for number, cover in enumerate(self.maps.maps):
            parts = split_patches(cover.tiles, self.grids, most)
            results = QueryResults(
                self.folder / f'map-{number}', len(self.grids), len(parts)
            )
            self._results.append(results)
            sizes = [int(np.diff(ranges).sum()) for _, ranges in parts]
            missing = []
            for n, (_, ranges) in enumerate(parts):
                if results.has(n, ranges):
                    done(sizes[n])
                else:
                    missing.append(n)
            jobs = ((shared, grids, number, *parts[n], self.grid)
                    for n in missing)  # fmt: skip
            for n, found in zip(
                missing, executor.map(query_portion, jobs), strict=True
            ):
                results.put(n, parts[n][1], found)
                done(sizes[n])

    def covered(self) -> bool:
        """Whether some map covers a part of some patch."""
        return any(r.any_below('whole.uncovered', 1.0) for r in self._results)

    def known_shares(self, scene: int) -> tuple[float, ...]:
        """Mean share of a scene's patches that each map knows, with sea."""
        shares = []
        for results in self._results:
            valid, sea = results.columns(KNOWN, *self.grids.span(scene))
            shares.append(float(valid.mean() + sea.mean()))
        return tuple(shares)

    def fractions(self, ranges: Ranges) -> tuple[MapFractions, ...]:
        """Fractions of some patches in each map: whole, and cell by cell."""
        return tuple(_fractions(r.part(ranges)) for r in self._results)


def query_portion(
    maps: MapStack,
    grids: PatchGrids,
    number: int,
    crs: int,
    ranges: Ranges,
    grid: int,
) -> dict[str, NDArray[np.float32]]:
    """What a map holds under patches, as a whole and cell by cell.

    Args:
        number (int): Of the map.
        crs (int): Number of the CRS that these patches share.
        grid (int): Cells along a side.

    Returns:
        dict: Fields of :class:`.Fractions`, after ``whole.`` and, where the
        grid has several cells, after ``cells.``.
    """
    cover, text = maps.maps[number], grids.crs[crs]
    patches = np.concatenate([np.arange(*r) for r in ranges])
    corners = grids.corners(patches)
    found = {}
    for kind, cells in (('whole', 1), ('cells', grid)):
        if kind == 'whole' or cells > 1:
            known = cover.coverage(corners, text, cells)
            for field in fields(known):
                found[f'{kind}.{field.name}'] = getattr(known, field.name)
    return found


def _fractions(part: Mapping[str, NDArray[Any]]) -> MapFractions:
    """The inverse of :func:`query_portion`."""

    def kind(name: str) -> Fractions:
        return Fractions(
            **{f.name: part[f'{name}.{f.name}'] for f in fields(Fractions)}
        )

    several = 'cells.fractions' in part
    return kind('whole'), kind('cells' if several else 'whole')
