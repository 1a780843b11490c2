"""Asking all maps of an atlas about all patches of a build."""

from collections.abc import Callable, Sequence
from pathlib import Path

from .answers import Answers
from .ask import Plan, Questions, known
from .atlas import Atlas
from .crew import Crew
from .judgement import Judgement
from .landcover import LandCover
from .options import BuildOptions


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
    """Every map's answers about every patch, on disk, and what they mean.

    Args:
        atlas (Atlas): The maps.
        plans (sequence of Plan): Scenes with their patches.
        grid (int): Cells along a patch's side.
        folder (Path): Where the answers are kept.
    """

    def __init__(
        self, atlas: Atlas, plans: Sequence[Plan], grid: int, folder: Path
    ) -> None:
        self.atlas = atlas
        self.plans = plans
        self._questions = [Questions(m, plans, grid) for m in atlas.maps]
        self._starts = self._questions[0].starts
        #: Number of patches.
        self.rows = int(self._starts[-1])
        self._answers = [
            Answers(folder / f'map-{n}', self.rows, len(q.portions))
            for n, q in enumerate(self._questions)
        ]

    @property
    def steps(self) -> int:
        """How many patches all maps are asked about together."""
        return self.rows * len(self._questions)

    def ask(self, crew: Crew, done: Callable[[int], None]) -> None:
        """Ask what is not answered yet.

        Args:
            crew (Crew): Who does it.
            done (callable): Called with the number of patches answered.
        """
        for questions, answers in zip(
            self._questions, self._answers, strict=True
        ):
            questions.ask(crew, answers, done)

    def covered(self) -> bool:
        """Whether some map covers a part of some patch."""
        return any(
            bool((a.column('whole.uncovered') < 1.0).any())
            for a in self._answers
        )

    def judge(self, number: int) -> Callable[[int, int], Judgement]:
        """What the maps together say about the patches of one plan.

        Args:
            number (int): Of the plan.

        Returns:
            callable: Takes the first patch and the one after the last. The
            map is chosen for the whole scene, its answers are read in parts.
        """
        scene, windows = self.plans[number]
        first, last = (int(n) for n in self._starts[number : number + 2])
        shares = [
            float(
                a.column('whole.valid')[first:last].mean()
                + a.column('whole.sea')[first:last].mean()
            )
            for a in self._answers
        ]
        pick = self.atlas.pick(shares, scene.date)
        metres = scene.gsd()

        def part(start: int, stop: int) -> Judgement:
            said = [
                known(a, first + start, first + stop) for a in self._answers
            ]
            side = metres * windows[0].width
            return self.atlas.judge(said, pick, scene.date, side)

        return part
