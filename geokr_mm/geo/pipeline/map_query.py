"""Asking one map about all patches of a build, portion by portion."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.executor import Executor
from ..fusion.map_stack import MapStack
from ..landcover.chunks import RUN, ChunkLocator, chunk_batches
from ..landcover.fractions import Fractions
from ..landcover.tile import Tile
from ..scenes.patch_grids import PatchGrids
from .query_results import Answers, Ranges

# Cells asked about in one job; the areas of 20 classes take some 20 MB.
JOB_CELLS = 65536
# What portions are told apart by, and what their runs are sorted by.
CHUNK = ('tile', 'row', 'column')
ORDER = ('start', 'cell', *reversed(CHUNK))


class Portions:
    """All patches of a build in portions of one tile and one CRS each.

    Args:
        tiles (sequence of Tile): All tiles of a map.
        grids (PatchGrids): The patches.
        most (int): Patches in a portion.
    """

    def __init__(
        self, tiles: Sequence[Tile], grids: PatchGrids, most: int
    ) -> None:
        split = ChunkLocator(tiles)
        #: Number of the CRS of each portion.
        self.crs: list[int] = []
        ranges = [np.empty((0, 2), np.int64)]
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
                ranges.append(np.stack([start + begin, start + end], axis=1))
                self.crs.append(crs)
        self._ends = np.cumsum([len(r) for r in ranges])
        self._ranges = np.concatenate(ranges)

    def __len__(self) -> int:
        return len(self.crs)

    def ranges(self, number: int) -> Ranges:
        """Patches of a portion."""
        first, last = self._ends[number : number + 2]
        return self._ranges[first:last]


def ask_map(
    number: int,
    map_stack: MapStack,
    grids: PatchGrids,
    grid: int,
    shared: tuple[Any, Any],
    answers: Answers,
    executor: Executor,
    done: Callable[[int], None],
) -> None:
    """Fill in what one map says about every patch.

    Args:
        number (int): Of the map.
        map_stack (MapStack): All maps.
        grids (PatchGrids): The patches.
        grid (int): Cells along a patch's side.
        shared (tuple): Maps and patches as :meth:`.Executor.share` gave them.
        answers (Answers): Where to; portions it has are not asked.
        executor (Executor): Who does it.
        done (callable): Called with the number of patches answered.

    Raises:
        InputError: See :meth:`.landcover.LandCover.coverage`.
    """
    most = max(1, JOB_CELLS // grid**2)
    asked = Portions(map_stack.maps[number].tiles, grids, most)
    answers.expect(len(asked))
    missing = []
    for n in range(len(asked)):
        if answers.has(n, asked.ranges(n)):
            done(_size(asked.ranges(n)))
        else:
            missing.append(n)
    jobs = (
        (*shared, number, asked.crs[n], asked.ranges(n), grid) for n in missing
    )
    for n, found in zip(missing, executor.map(answer, jobs), strict=True):
        answers.put(n, asked.ranges(n), found)
        done(_size(asked.ranges(n)))


def _size(ranges: Ranges) -> int:
    return int(np.diff(ranges).sum())


def answer(
    map_stack: MapStack,
    grids: PatchGrids,
    number: int,
    crs: int,
    ranges: Ranges,
    grid: int,
) -> dict[str, NDArray[np.float32]]:
    """What a map says about patches as a whole and cell by cell.

    Args:
        map_stack (MapStack): All maps.
        grids (PatchGrids): All patches.
        number (int): Of the map.
        crs (int): Number of the CRS that these patches share.
        ranges (int64 array (R, 2)): Which patches.
        grid (int): Cells along a side.

    Returns:
        dict: Fields of :class:`.knowledge.Fractions`, after ``whole.`` and,
        where the grid has several cells, after ``cells.``.
    """
    cover, text = map_stack.maps[number], grids.crs[crs]
    patches = np.concatenate([np.arange(*r) for r in ranges])
    corners = grids.corners(patches)
    found = _named('whole', cover.coverage(corners, text, 1))
    if grid > 1:
        found |= _named('cells', cover.coverage(corners, text, grid))
    return found


def _named(kind: str, known: Fractions) -> dict[str, NDArray[np.float32]]:
    return {f'{kind}.{f.name}': getattr(known, f.name) for f in fields(known)}


def known(part: Mapping[str, NDArray[Any]]) -> tuple[Fractions, Fractions]:
    """Answers about some patches: as a whole, and cell by cell.

    Args:
        part (mapping): As :func:`answer` names them.
    """

    def kind(name: str) -> Fractions:
        return Fractions(
            **{f.name: part[f'{name}.{f.name}'] for f in fields(Fractions)}
        )

    several = 'cells.fractions' in part
    return kind('whole'), kind('cells' if several else 'whole')
