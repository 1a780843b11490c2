"""Runs a protocol: pre-train, hand over, test, one row at a time.

A run does only what is missing: an index, a checkpoint, a backbone file, a
row of the results table. It may be broken off and called again, with more
methods or seeds. Called twice at once, the second process takes the methods
and seeds that the first does not work on.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import InputError
from ..files import locked
from .classifiers import Features
from .finetune import Run, finetune
from .floors import FLOORS
from .grid import ROOT, Grid
from .held_out import HELD_OUT, held_out_errors
from .image_sets import Images, from_index, of_test
from .missing import Missing
from .prepared import used_by_configs
from .pretraining import (
    make_index,
    make_labels,
    make_start,
    prepare,
    pretrain,
)
from .probe import features_of, probe, summary
from .protocol import RANDOM, Finetune, ImageSet, Method
from .rate_search import with_rate
from .results import append_metrics, append_rows

# Patches of the pre-training set that floors without labels see.
SAMPLE = 256
# Seconds between looks at what other processes do.
LOOK = 2.0


def run(
    grid: Grid, methods: Sequence[str] = (), seeds: Sequence[int] = ()
) -> None:
    """Do what is missing.

    First everything is pre-trained and read on the validation sets with the
    seeds that choices are made with. Then what stands alone and the best of
    each choice gets its other seeds, and is read on the test sets.

    Args:
        grid (Grid): Protocol, start and folders.
        methods (Sequence[str]): Names; all of the protocol if empty.
        seeds (Sequence[int]): Pre-training seeds; the protocol's if empty.

    Raises:
        InputError: If a command fails; its log is named.
    """
    protocol = grid.protocol
    chosen = [protocol.method(m) for m in methods] or list(protocol.methods)
    jobs = [(m, s) for s in seeds or protocol.seeds for m in chosen]
    runner = Runner(grid)
    # Choices first: what they leave out has no further seeds.
    by_choice = protocol.choice_seeds
    phases = {
        'pre-train': [(m, s) for m, s in jobs if s in by_choice],
        'pre-train more': [(m, s) for m, s in jobs if s not in by_choice],
        'test': jobs,
    }
    for phase, jobs in phases.items():
        if jobs and phase != 'pre-train':
            _wait_for_choices(grid, phases['pre-train'])
            taken = {m for m in chosen if runner.is_taken(m)}
            jobs = [(m, s) for m, s in jobs if m in taken]
        for number, (method, seed) in enumerate(jobs, 1):
            name = f'[{phase} {number}/{len(jobs)}] {method.name}, seed {seed}'
            with locked(grid.lock(method, seed)) as mine:
                if not mine:
                    print(f'{name}: another process is at it', flush=True)
                    continue
                print(name, flush=True)
                if phase == 'test':
                    runner.test(method, seed)
                else:
                    runner.train(method, seed)


def _wait_for_choices(grid: Grid, jobs: Sequence[tuple[Method, int]]) -> None:
    """Let other processes finish what choices are made of."""
    waited = None
    for method, seed in jobs:
        while method.choice:
            with locked(grid.lock(method, seed)) as free:
                if free:
                    break
            if waited != (method, seed):
                print(f'[wait] {method.name}, seed {seed}', flush=True)
                waited = method, seed
            time.sleep(LOOK)


class Runner:
    """Does single jobs of a protocol, where rows are missing."""

    def __init__(self, grid: Grid) -> None:
        grid.out.mkdir(parents=True, exist_ok=True)
        prepare(grid)
        self.grid = grid
        self.missing = Missing(grid)
        self._images: dict[ImageSet, Images] = {}

    def train(self, method: Method, seed: int) -> None:
        """Pre-train, and read what no choice may be hidden from."""
        if not self.missing.anything(method, seed):
            print(f'  every row is in {self.grid.results}', flush=True)
            return
        if method.config:
            pretrain(self.grid, method, seed)
            self._held_out(method, seed)
        self._read(self.grid.protocol.validation, method, seed)

    def is_taken(self, method: Method) -> bool:
        """Whether no choice leaves a method out; the reason if it waits."""
        choice = self.missing.choice(method)
        if choice and choice.missing:
            seeds = self.grid.protocol.choice_seeds
            print(
                f'{method.name}: waits, since {method.choice} is chosen when '
                f'{", ".join(choice.missing)} are validated with seeds '
                f'{", ".join(map(str, seeds))}',
                flush=True,
            )
        return not choice or choice.best == method.name

    def test(self, method: Method, seed: int) -> None:
        """Read the test sets, and fine-tune."""
        if not self.missing.anything(method, seed):
            return
        file = self.grid.backbone(method, seed)
        if method.config and not file.is_file():
            raise InputError(
                f'{file}: no such file; another process has not finished it, '
                'call again later'
            )
        self._read(self.grid.protocol.tests, method, seed)
        for task in self.grid.protocol.finetunes:
            with used_by_configs(self.grid.fill(task.set), task.split):
                self._finetune(task, method, seed)

    def _read(
        self, sets: Iterable[ImageSet], method: Method, seed: int
    ) -> None:
        """Read frozen features of some sets."""
        for images in sets:
            wanted = self.missing.figures(images, method, seed)
            if not wanted:
                continue
            loaded = self._load(images)
            features, digest = self._features(method, seed, loaded)
            figures = probe(features, loaded, images.name, wanted)
            append_rows(
                self.grid.results,
                figures,
                checkpoint_sha256=digest,
                **self._about(method, seed),
            )
            for line in summary(figures):
                print(f'  {images.name}, {line}', flush=True)

    def _features(
        self, method: Method, seed: int, images: Images
    ) -> tuple[Features, str]:
        grid = self.grid
        if method.config or method.file:
            return features_of(str(grid.backbone(method, seed)), images)
        from ..export.checkpoint import read_checkpoint

        make_start(grid, seed)
        start = grid.start_file(seed)
        tensors = read_checkpoint(start)['state_dict'] if start else None
        sample = images.pixels[:0]
        if grid.protocol.index:
            size = images.pixels.shape[-1]
            sample = from_index(grid.index, size, SAMPLE).pixels
        floor = FLOORS[method.features]
        return floor(images.pixels, sample, seed, tensors), ''

    def _load(self, images: ImageSet) -> Images:
        """The images of a set, read once."""
        if images not in self._images:
            grid = self.grid
            if images.index:
                path = grid.out / f'{images.name}.parquet'
                make_index(grid, path, images.index)
                loaded = from_index(path, images.size)
            else:
                make_labels(grid, images)
                folder = grid.fill(images.set or images.images)
                loaded = of_test(images, folder)
            self._images[images] = loaded
        return self._images[images]

    def _held_out(self, method: Method, seed: int) -> None:
        """Read class fractions of new places."""
        grid = self.grid
        if self.missing.held_out(method, seed):
            append_metrics(
                grid.results,
                held_out_errors(
                    grid.checkpoint(method, seed), method.branch, grid.world
                ),
                dataset=HELD_OUT,
                method='class fractions',
                **self._about(method, seed),
            )

    def _finetune(self, task: Finetune, method: Method, seed: int) -> None:
        """Fine-tune a downstream network."""
        from ..config import load_config

        grid = self.grid
        config = ROOT / task.config
        options = list(map(grid.fill, task.options))
        about = load_config(str(config), options).benchmark
        start = grid.start_file(seed)
        name = f'start-{seed}'
        if method.config or method.file:
            start, name = grid.backbone(method, seed), f'{method.name}-{seed}'
        folder = grid.out / grid.start_name / name
        runs = [
            Run(
                config,
                folder / f'{about.dataset}-{share:g}',
                str(start or RANDOM),
                method.name,
                own,
                share=share,
                iterations=task.iterations or None,
                options=tuple(options),
            )
            for share, own in self.missing.fine_tuned(task, method, seed)
        ]
        if runs:
            make_labels(grid, task)
            if task.rates:
                runs = [with_rate(run, task.rates) for run in runs]
            finetune(runs, grid.results, **self._about(method, seed))

    def _about(self, method: Method, seed: int) -> dict[str, Any]:
        """What a row states about its run."""
        return dict(
            protocol=self.grid.protocol.name,
            start=self.grid.start_name,
            model=method.name,
            pretraining_seed=seed,
            images_seen=self.grid.protocol.images_seen(method),
        )
