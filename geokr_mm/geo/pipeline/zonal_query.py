"""Asking all maps of an map_stack about all patches of a build."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core.executor import Executor
from ..fusion.map_stack import MapFractions, MapStack
from ..landcover.landcover import LandCover
from ..scenes.patch_grids import PatchGrids
from .map_query import ask_map, known
from .options import BuildOptions
from .query_results import Answers, Ranges

# What a map knows of a patch; the rest is blank or outside.
KNOWN = ('whole.valid', 'whole.sea')


def open_map_stack(options: BuildOptions, executor: Executor) -> MapStack:
    """The maps that a build asks.

    Args:
        options (BuildOptions): With one product, or with ``maps``.
        executor (Executor): Who reads the headers of their files.

    Raises:
        InputError: See :meth:`.landcover.LandCover.open`.
    """
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


class Inquiry:
    """Every map's answers about every patch, on disk.

    Args:
        map_stack (MapStack): The maps.
        grids (PatchGrids): The patches.
        grid (int): Cells along a patch's side.
        folder (Path): Where the answers are kept.
    """

    def __init__(
        self, map_stack: MapStack, grids: PatchGrids, grid: int, folder: Path
    ) -> None:
        self.map_stack = map_stack
        self.grids = grids
        self.grid = grid
        self._answers = [
            Answers(folder / f'map-{n}', len(grids))
            for n in range(len(map_stack.maps))
        ]

    @property
    def steps(self) -> int:
        """How many patches all maps are asked about together."""
        return len(self.grids) * len(self._answers)

    def ask(
        self, executor: Executor, shared: Any, done: Callable[[int], None]
    ) -> None:
        """Ask what is not answered yet.

        Args:
            executor (Executor): Who does it.
            shared: The maps as :meth:`.executor.Executor.share` gave them.
            done (callable): Called with the number of patches answered.
        """
        both = shared, executor.share(self.grids)
        for number, answers in enumerate(self._answers):
            ask_map(
                number,
                self.map_stack,
                self.grids,
                self.grid,
                both,
                answers,
                executor,
                done,
            )

    def covered(self) -> bool:
        """Whether some map covers a part of some patch."""
        return any(a.any_below('whole.uncovered', 1.0) for a in self._answers)

    def known_shares(self, scene: int) -> tuple[float, ...]:
        """Mean share of a scene's patches that each map knows, with sea.

        Args:
            scene (int): Its number.
        """
        shares = []
        for answers in self._answers:
            valid, sea = answers.columns(KNOWN, *self.grids.span(scene))
            shares.append(float(valid.mean() + sea.mean()))
        return tuple(shares)

    def said(self, ranges: Ranges) -> tuple[MapFractions, ...]:
        """What each map said about some patches.

        Args:
            ranges (int64 array (R, 2)): Which.
        """
        return tuple(known(a.part(ranges)) for a in self._answers)
