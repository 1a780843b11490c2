"""Asking all maps of an atlas about all patches of a build."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core.executor import Crew
from ..fusion.map_stack import Atlas, Said
from ..landcover.landcover import LandCover
from ..scenes.patch_grids import PatchGrids
from .map_query import ask_map, known
from .options import BuildOptions
from .query_results import Answers, Ranges

# What a map knows of a patch; the rest is blank or outside.
KNOWN = ('whole.valid', 'whole.sea')


def open_atlas(options: BuildOptions, crew: Crew) -> Atlas:
    """The maps that a build asks.

    Args:
        options (BuildOptions): With one product, or with ``maps``.
        crew (Crew): Who reads the headers of their files.

    Raises:
        InputError: See :meth:`.landcover.LandCover.open`.
    """
    if options.maps:
        return Atlas.open(
            options.maps,
            options.choose,
            options.legend,
            options.spherical,
            crew,
        )
    cover = LandCover.open(
        options.product,
        list(options.land_cover),
        options.year,
        options.legend,
        options.spherical,
        crew=crew,
    )
    return Atlas([cover], options.choose)


class Inquiry:
    """Every map's answers about every patch, on disk.

    Args:
        atlas (Atlas): The maps.
        grids (PatchGrids): The patches.
        grid (int): Cells along a patch's side.
        folder (Path): Where the answers are kept.
    """

    def __init__(
        self, atlas: Atlas, grids: PatchGrids, grid: int, folder: Path
    ) -> None:
        self.atlas = atlas
        self.grids = grids
        self.grid = grid
        self._answers = [
            Answers(folder / f'map-{n}', len(grids))
            for n in range(len(atlas.maps))
        ]

    @property
    def steps(self) -> int:
        """How many patches all maps are asked about together."""
        return len(self.grids) * len(self._answers)

    def ask(
        self, crew: Crew, shared: Any, done: Callable[[int], None]
    ) -> None:
        """Ask what is not answered yet.

        Args:
            crew (Crew): Who does it.
            shared: The maps as :meth:`.crew.Crew.share` gave them.
            done (callable): Called with the number of patches answered.
        """
        both = shared, crew.share(self.grids)
        for number, answers in enumerate(self._answers):
            ask_map(
                number,
                self.atlas,
                self.grids,
                self.grid,
                both,
                answers,
                crew,
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

    def said(self, ranges: Ranges) -> tuple[Said, ...]:
        """What each map said about some patches.

        Args:
            ranges (int64 array (R, 2)): Which.
        """
        return tuple(known(a.part(ranges)) for a in self._answers)
