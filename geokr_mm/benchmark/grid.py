"""Runs a protocol: pre-train, hand over, test, one row at a time.

Everything that is finished is found again: an index, a checkpoint, a
backbone file, a row of the results table. So a run may be broken off and
called again, with more methods or seeds, and does only what is missing.
Called twice at once, the second takes what the first is not at.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import locked
from .budget import spend
from .protocol import Finetune, Method, Probe, Protocol
from .results import append_row, read_rows

ROOT = Path(__file__).resolve().parents[2]
RANDOM = 'random'
CONFIG = 'config.py'


@dataclass(frozen=True)
class Grid:
    """Where a protocol's runs live.

    Args:
        protocol (Protocol): What is run.
        out (Path): Work folder; gets index, checkpoints and logs.
        results (Path): Results table to append to.
        data (Path): Folder of real imagery.
    """

    protocol: Protocol
    out: Path
    results: Path
    data: Path

    @property
    def world(self) -> Path:
        """The synthetic world."""
        return self.out / 'world'

    @property
    def index(self) -> Path:
        """The knowledge index that all methods train on."""
        return self.out / 'index.parquet'

    def folder(self, method: Method, seed: int) -> Path:
        """Work folder of one pre-training."""
        return self.out / f'{method.name}-{seed}'

    def backbone(self, method: Method, seed: int) -> Path:
        """Backbone file of one pre-training."""
        return self.folder(method, seed) / 'backbone.pth'

    def checkpoint(self, method: Method, seed: int) -> Path:
        """Last checkpoint of one pre-training."""
        steps = self.protocol.iterations(method)
        return self.folder(method, seed) / f'iter_{steps}.pth'

    def fill(self, text: str) -> str:
        """Put folders into a protocol's text."""
        return text.replace('{data}', str(self.data)).replace(
            '{world}', str(self.world)
        )


def run(
    grid: Grid,
    methods: Sequence[str],
    seeds: Sequence[int],
    tuning_seeds: Sequence[int] = (),
) -> None:
    """Do what is missing.

    Args:
        grid (Grid): Protocol and places.
        methods (Sequence[str]): Names; all of the protocol where empty.
        seeds (Sequence[int]): Pre-training seeds; each method's own where
            empty.
        tuning_seeds (Sequence[int]): Fine-tuning seeds; each task's own
            where empty.

    Raises:
        InputError: If a command fails; its log is named.
    """
    protocol = grid.protocol
    chosen = [protocol.method(m) for m in methods] or list(protocol.methods)
    grid.out.mkdir(parents=True, exist_ok=True)
    prepare(grid)
    jobs = [(m, s) for m in chosen for s in (seeds or m.seeds)]
    for number, (method, seed) in enumerate(jobs, 1):
        name = f'[{number}/{len(jobs)}] {method.name}, seed {seed}'
        with locked(grid.out / f'.{method.name}-{seed}.lock') as mine:
            if not mine:
                print(f'{name}: another process is at it', flush=True)
                continue
            print(name, flush=True)
            run_one(grid, method, seed, tuning_seeds)


def run_one(
    grid: Grid, method: Method, seed: int, tuning_seeds: Sequence[int]
) -> None:
    """Pre-train with one method and one seed and test, where missing."""
    protocol = grid.protocol
    if method.config:
        pretrain(grid, method, seed)
        if protocol.held_out:
            run_held_out(grid, method, seed)
    for test in protocol.probes:
        run_probe(grid, test, method, seed)
    for task in protocol.finetunes:
        run_finetune(grid, task, method, seed, tuning_seeds or task.seeds)


def prepare(grid: Grid) -> None:
    """Make the world and the index unless they are there."""
    if grid.protocol.world:
        # Where the downstream configs look for it.
        os.environ['GEOKR_WORLD'] = str(grid.world)
        _call(
            grid.out / 'world.log',
            'make_world.py',
            *('--preset', grid.protocol.world),
            *('--workers', str(os.cpu_count() or 1)),
            grid.world,
        )
    if not grid.index.is_file():
        _call(
            grid.out / 'index.log',
            'build_index.py',
            *(grid.fill(word) for word in grid.protocol.index),
            *('--out', grid.index, '--resume'),
        )


def settings(grid: Grid, method: Method, seed: int) -> Any:
    """A method's config under the protocol's budget.

    Index, patches a step, student passes and the shape of the schedule are
    the protocol's for every method; model, views, optimiser and its rate
    are the config's.

    Args:
        grid (Grid): Protocol and places.
        method (Method): With a config.
        seed (int): Of weights and order.

    Returns:
        Config: Complete.
    """
    from ..running import load_config

    options = [*grid.protocol.options, *method.options]
    made = load_config(str(ROOT / method.config), options)
    steps = grid.protocol.iterations(method)
    loader = made.train_dataloader
    loader.dataset.index = str(grid.index.resolve())
    if grid.protocol.held_out:
        loader.dataset.places = 'train'
    loader.batch_size = grid.protocol.batch_size
    spend(made, steps)
    made.default_hooks.checkpoint = dict(
        type='CheckpointHook',
        by_epoch=False,
        interval=max(1, steps // 4),
        max_keep_ckpts=1,
    )
    made.randomness = dict(seed=seed)
    return made


def pretrain(grid: Grid, method: Method, seed: int) -> None:
    """Train and export unless the backbone file is there."""
    target = grid.backbone(method, seed)
    if target.is_file():
        return
    folder = grid.folder(method, seed)
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / CONFIG
    settings(grid, method, seed).dump(str(config))
    log = folder / 'pretrain.log'
    _call(log, 'train.py', config, '--work-dir', folder, '--resume')
    _call(
        log,
        'export_backbone.py',
        *(grid.checkpoint(method, seed), target, '--branch', method.branch),
    )


def run_held_out(grid: Grid, method: Method, seed: int) -> None:
    """Read class fractions of new places unless the rows are there."""
    from mmengine.config import Config

    from .held_out import held_out_errors

    config = Config.fromfile(grid.folder(method, seed) / CONFIG)
    if not config.model.type.startswith('geokr_mm.'):
        # Self-supervised methods read no fractions.
        return
    protocol = f'{grid.protocol.name}: held-out places'
    have = _have(grid, protocol, method.name, 'held-out places')
    if ('none', str(seed)) in have:
        return
    start = time.monotonic()
    errors = held_out_errors(
        config, grid.checkpoint(method, seed), method.branch, grid.world
    )
    for name, value in errors.items():
        append_row(
            grid.results,
            protocol=protocol,
            method=method.name,
            task='class fractions',
            dataset='held-out places',
            labels='none',
            seed=str(seed),
            metric=name,
            value=value,
            seconds=round(time.monotonic() - start, 1),
        )


def run_probe(grid: Grid, test: Probe, method: Method, seed: int) -> None:
    """Probe one backbone unless its rows are in the table."""
    from .probe import READERS
    from .probe import run_probe as probe

    images = Path(grid.fill(test.images))
    labels = {f'{n} per class': n for n in test.labels}
    wanted = {
        (label, f'{seed}.{draw}')
        for label in labels
        for draw in range(test.draws)
    }
    protocol = f'{grid.protocol.name}: linear probe, {test.size} px'
    missing = {
        metric: wanted
        - _have(grid, protocol, method.name, images.name, metric)
        for metric in READERS
    }
    left = {label for rows in missing.values() for label, _ in rows}
    if not left:
        return
    start = grid.backbone(method, seed) if method.config else RANDOM
    probe(
        images,
        str(start),
        method.name,
        per_class=[labels[label] for label in labels if label in left],
        draws=test.draws,
        size=test.size,
        out=grid.results,
        protocol=protocol,
        pretraining_seed=seed,
        metrics=[metric for metric, rows in missing.items() if rows],
        random_depth=grid.protocol.depth,
    )


def run_finetune(
    grid: Grid,
    task: Finetune,
    method: Method,
    seed: int,
    tuning_seeds: Sequence[int],
) -> None:
    """Fine-tune from one backbone, where rows are missing."""
    from ..running import load_config
    from .finetune import finetune_twins

    config = ROOT / task.config
    about = load_config(str(config), []).benchmark
    protocol = f'{grid.protocol.name}: {about.protocol}'
    have = _have(grid, protocol, method.name, about.dataset)
    start = str(grid.backbone(method, seed)) if method.config else RANDOM
    for share in task.shares:
        left = [
            s
            for s in tuning_seeds
            if (f'{100 * share:g} %', f'{seed}.{s}') not in have
        ]
        if left:
            finetune_twins(
                config,
                [start],
                left,
                None,
                grid.folder(method, seed) / f'{config.stem}-{share:g}',
                grid.results,
                options=task.options,
                method=method.name,
                share=share,
                iterations=task.iterations or None,
                protocol=protocol,
                pretraining_seed=seed,
            )


def _have(
    grid: Grid,
    protocol: str,
    method: str,
    dataset: str,
    metric: str | None = None,
) -> set[tuple[str, str]]:
    """Labels and seeds of the rows that are there, of one metric or any."""
    if not grid.results.is_file():
        return set()
    return {
        (row['labels'], row['seed'])
        for row in read_rows(grid.results)
        if (row['protocol'], row['method'], row['dataset'])
        == (protocol, method, dataset)
        and metric in (None, row['metric'])
    }


def _call(log: Path, tool: str, *words: object) -> None:
    """Run one of our tools; what it says goes to a log."""
    command = [sys.executable, str(ROOT / 'tools' / tool), *map(str, words)]
    with log.open('a') as stream:
        status = subprocess.run(
            command, stdout=stream, stderr=subprocess.STDOUT
        ).returncode
    if status:
        last = log.read_text().strip().splitlines()[-1:] or ['no output']
        raise InputError(f'{log}: tools/{tool} failed: {last[0]}')
