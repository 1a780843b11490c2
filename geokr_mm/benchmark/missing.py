"""What a results table lacks of the rows of a protocol."""

import pandas as pd

from ..config import load_config
from .choice import Choice, choices
from .classifiers import CLASSIFIERS
from .grid import ROOT, Grid
from .held_out import HELD_OUT, reads_fractions
from .prepared import ALL, used_by_configs
from .pretraining import settings
from .protocol import Finetune, ImageSet, Method
from .results import COLUMNS, read_results


class Missing:
    """Rows that are missing, by method and pre-training seed.

    The table is read anew each time, since other processes append to it.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid

    def figures(
        self, images: ImageSet, method: Method, seed: int
    ) -> list[tuple[str, int | str, int]]:
        """Test, labels a class and draw, of frozen features."""
        done = self._done(method, seed, images.name)
        return [
            (test, shots, draw)
            for shots in images.shots
            for test in CLASSIFIERS
            for draw in range(1 if shots == ALL else images.draws)
            if (test, str(shots), str(draw)) not in done
        ]

    def fine_tuned(
        self, task: Finetune, method: Method, seed: int
    ) -> list[tuple[float, int]]:
        """Share of the labels and seed, of a fine-tuned task."""
        names = self.grid.protocol.finetuned
        if names and method.name not in names:
            return []
        if method.features not in ('', 'calibrated start', 'random start'):
            return []
        options = list(map(self.grid.fill, task.options))
        with used_by_configs(self.grid.fill(task.set), task.split):
            about = load_config(str(ROOT / task.config), options).benchmark
        done = self._done(method, seed, about.dataset)
        return [
            (share, own)
            for share in task.shares
            for own in task.seeds
            if (about.protocol, f'{100 * share:g} %', str(own)) not in done
        ]

    def held_out(self, method: Method, seed: int) -> bool:
        """Whether errors at held-out places are."""
        return bool(
            self.grid.protocol.held_out
            and method.config
            and reads_fractions(settings(self.grid, method, seed))
            and not self._done(method, seed, HELD_OUT)
        )

    def anything(self, method: Method, seed: int) -> bool:
        """Whether any row is that a method and seed may have.

        Test sets count unless a choice left the method out.
        """
        protocol = self.grid.protocol
        sets = list(protocol.validation)
        choice = self.choice(method)
        tested = not choice or choice.best in (None, method.name)
        if tested:
            sets += protocol.tests
        if any(self.figures(images, method, seed) for images in sets):
            return True
        tasks = protocol.finetunes if tested else ()
        return self.held_out(method, seed) or any(
            self.fine_tuned(task, method, seed) for task in tasks
        )

    def choice(self, method: Method) -> Choice | None:
        """The choice that a method is part of."""
        if not method.choice:
            return None
        grid = self.grid
        found = choices(grid.protocol, grid.start_name, self._rows())
        return found[method.choice]

    def _rows(self) -> pd.DataFrame:
        if not self.grid.results.is_file():
            return pd.DataFrame(columns=list(COLUMNS), dtype=str)
        return read_results(self.grid.results)

    def _done(
        self, method: Method, seed: int, dataset: str
    ) -> set[tuple[str, str, str]]:
        """Test, labels and draw of the rows of one data set."""
        rows = self._rows()
        wanted = dict(
            protocol=self.grid.protocol.name,
            start=self.grid.start_name,
            model=method.name,
            pretraining_seed=str(seed),
            dataset=dataset,
        )
        for column, value in wanted.items():
            rows = rows[rows[column] == value]
        return set(
            zip(rows['method'], rows['shots'], rows['seed'], strict=True)
        )
