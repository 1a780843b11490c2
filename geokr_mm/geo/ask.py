"""Asking the land cover about all patches, portion by portion."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .answers import Answers
from .crew import Crew
from .footprint import transformer
from .knowledge import Fractions
from .landcover import LandCover
from .scene import Scene, Window
from .split import TileSplit

# Cells asked about in one job; the areas of 20 classes take some 20 MB.
JOB_CELLS = 65536

Plan = tuple[Scene, tuple[Window, ...]]


class Questions:
    """All patches of a build in portions of one tile and one CRS each.

    Rows are numbered in the order of the plans.

    Args:
        cover (LandCover): Whom to ask.
        plans (sequence of Plan): Scenes with their patches.
        grid (int): Cells along a patch's side.
    """

    def __init__(
        self, cover: LandCover, plans: Sequence[Plan], grid: int
    ) -> None:
        self.cover = cover
        self.grid = grid
        self._plans = plans
        #: First row of each plan, and the number of rows.
        self.starts = np.cumsum([0, *(len(w) for _, w in plans)])
        split = TileSplit(cover.tiles)
        groups: dict[str, list[int]] = {}
        for number, (scene, _) in enumerate(plans):
            groups.setdefault(scene.crs, []).append(number)
        #: CRS and rows of each portion.
        self.portions: list[tuple[str, NDArray[np.int64]]] = []
        most = max(1, JOB_CELLS // grid**2)
        for crs, numbers in groups.items():
            rows = np.concatenate(
                [np.arange(*self.starts[n : n + 2]) for n in numbers]
            )
            middle = self._corners(rows).mean(axis=1)
            move = transformer(crs, 'EPSG:4326')
            centres = np.stack(move.transform(*middle.T), axis=1)
            self.portions += [
                (crs, rows[some]) for some in split.portions(centres, most)
            ]

    def _corners(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Ground corners (n, 4, 2) of rows, each in its scene's CRS."""
        owner = np.searchsorted(self.starts, rows, side='right') - 1
        out = np.empty((len(rows), 4, 2))
        for number in np.unique(owner):
            scene, windows = self._plans[number]
            mine = np.flatnonzero(owner == number)
            inside = rows[mine] - self.starts[number]
            out[mine] = scene.corners([windows[i] for i in inside])
        return out

    def ask(
        self, crew: Crew, answers: Answers, done: Callable[[int], None]
    ) -> None:
        """Fill in what the product says about every patch.

        Args:
            crew (Crew): Who does it.
            answers (Answers): Where to; portions it has are not asked.
            done (callable): Called with the number of patches answered.

        Raises:
            InputError: See :meth:`.landcover.LandCover.coverage`.
        """
        numbers = [n for n in range(len(self.portions)) if not answers.has(n)]
        cover = crew.share(self.cover)

        def jobs() -> Iterator[tuple[Any, ...]]:
            for n in numbers:
                crs, rows = self.portions[n]
                yield cover, self._corners(rows), crs, self.grid

        for n, found in zip(numbers, crew.map(answer, jobs()), strict=True):
            rows = self.portions[n][1]
            answers.put(n, rows, found)
            done(len(rows))


def answer(
    cover: LandCover, corners: NDArray[np.float64], crs: str, grid: int
) -> dict[str, NDArray[np.float32]]:
    """What a product says about footprints as a whole and cell by cell.

    Args:
        cover (LandCover): The product.
        corners (float64 array (n, 4, 2)): The footprints.
        crs (str): Their CRS.
        grid (int): Cells along a side.

    Returns:
        dict: Fields of :class:`.knowledge.Fractions`, after ``whole.`` and,
        where the grid has several cells, after ``cells.``.
    """
    found = _named('whole', cover.coverage(corners, crs, 1))
    if grid > 1:
        found |= _named('cells', cover.coverage(corners, crs, grid))
    return found


def _named(kind: str, known: Fractions) -> dict[str, NDArray[np.float32]]:
    return {f'{kind}.{f.name}': getattr(known, f.name) for f in fields(known)}


def known(
    answers: Answers, start: int, stop: int
) -> tuple[Fractions, Fractions]:
    """Answers of some rows: as a whole, and cell by cell."""
    part = answers.part(start, stop)

    def kind(name: str) -> Fractions:
        return Fractions(
            **{f.name: part[f'{name}.{f.name}'] for f in fields(Fractions)}
        )

    several = 'cells.fractions' in part
    return kind('whole'), kind('cells' if several else 'whole')
