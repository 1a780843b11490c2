"""Runs a protocol: pre-train, hand over, test, one row at a time.

A run does only what is missing: an index, a checkpoint, a backbone file, a
row of the results table. It may be broken off and called again, with more
methods or seeds. Called twice at once, the second process takes the methods
and seeds that the first does not work on.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import InputError
from ..files import locked
from .classifiers import CLASSIFIERS
from .finetune import Run, finetune, takes_pyramid
from .grid import CONFIG, ROOT, Grid
from .pretraining import prepare, pretrain
from .probe import run_probe
from .protocol import Finetune, Method, Probe, Protocol
from .results import NO_LABELS, append_metrics, read_results


def run(
    grid: Grid,
    methods: Sequence[str],
    seeds: Sequence[int],
    tuning_seeds: Sequence[int] = (),
    shares: Sequence[float] = (),
) -> None:
    """Do what is missing.

    Args:
        grid (Grid): Protocol and folders.
        methods (Sequence[str]): Names; all of the protocol if empty.
        seeds (Sequence[int]): Pre-training seeds; each method's own if
            empty.
        tuning_seeds (Sequence[int]), shares (Sequence[float]): Seeds of
            fine-tuning and shares of the labels, in (0, 1]; each task's own
            if empty.

    Raises:
        InputError: If no task has one of the shares, or if a command fails;
            its log is named.
    """
    protocol = grid.protocol
    tasks = _tasks(protocol, tuning_seeds, shares)
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
            if method.config:
                pretrain(grid, method, seed)
                if protocol.held_out:
                    _held_out(grid, method, seed)
            for test in protocol.probes:
                _probe(grid, test, method, seed)
            for task in tasks:
                _finetune(grid, task, method, seed)


def _tasks(
    protocol: Protocol, seeds: Sequence[int], shares: Sequence[float]
) -> list[Finetune]:
    """The protocol's fine-tuning with these seeds and shares."""
    known = {share for task in protocol.finetunes for share in task.shares}
    for share in shares:
        if share not in known:
            have = ', '.join(f'{k:g}' for k in sorted(known)) or 'none'
            raise InputError(
                f'--shares {share:g}: protocol {protocol.name} fine-tunes '
                f'with {have}; give one of these, or a protocol of your own'
            )
    return [
        replace(
            task,
            shares=tuple(s for s in task.shares if not shares or s in shares),
            seeds=tuple(seeds) or task.seeds,
        )
        for task in protocol.finetunes
    ]


def _held_out(grid: Grid, method: Method, seed: int) -> None:
    """Read class fractions of new places unless the rows are there."""
    from mmengine.config import Config

    from .held_out import held_out_errors, reads_fractions

    config = Config.fromfile(grid.folder(method, seed) / CONFIG)
    if not reads_fractions(config):
        return
    protocol = f'{grid.protocol.name}: held-out places'
    done = _done(grid, protocol, method, 'held-out places')
    if (NO_LABELS, str(seed)) in done:
        return
    start = time.monotonic()
    errors = held_out_errors(
        grid.checkpoint(method, seed), method.branch, grid.world
    )
    append_metrics(
        grid.results,
        errors,
        protocol=protocol,
        method=method.name,
        task='class fractions',
        dataset='held-out places',
        seed=str(seed),
        seconds=round(time.monotonic() - start, 1),
    )


def _probe(grid: Grid, test: Probe, method: Method, seed: int) -> None:
    """Probe one backbone unless its rows are in the table."""
    images = Path(grid.fill(test.images))
    protocol = f'{grid.protocol.name}: linear probe, {test.size} px'
    seeds = [f'{seed}.{draw}' for draw in range(test.draws)]
    missing = {
        metric: [
            count
            for count in test.labels
            if {(f'{count} per class', s) for s in seeds}
            - _done(grid, protocol, method, images.name, metric)
        ]
        for metric in CLASSIFIERS
    }
    left = [n for n in test.labels if any(n in m for m in missing.values())]
    if not left:
        return
    run_probe(
        replace(test, images=str(images), labels=tuple(left)),
        grid.init(method, seed),
        method.name,
        out=grid.results,
        protocol=protocol,
        pretraining_seed=seed,
        metrics=[metric for metric, counts in missing.items() if counts],
        architecture=grid.protocol.architecture(method),
    )


def _finetune(grid: Grid, task: Finetune, method: Method, seed: int) -> None:
    """Fine-tune from one backbone, where rows are missing."""
    from ..config import load_config

    config = ROOT / task.config
    settings = load_config(str(config), [])
    about = settings.benchmark
    protocol = f'{grid.protocol.name}: {about.protocol}'
    done = _done(grid, protocol, method, about.dataset)
    with_neck = method.neck and takes_pyramid(settings.model)
    folder = grid.folder(method, seed)
    runs = [
        Run(
            config,
            folder / f'{config.stem}-{share:g}' / f'{method.name}-{own}',
            grid.init(method, seed),
            method.name,
            own,
            share=share,
            iterations=task.iterations or None,
            options=(*task.options, *_random_backbone(method)),
            neck=grid.neck(method, seed) if with_neck else None,
        )
        for share in task.shares
        for own in task.seeds
        if (f'{100 * share:g} %', f'{seed}.{own}') not in done
    ]
    if runs:
        finetune(runs, grid.results, protocol, seed)


def _random_backbone(method: Method) -> list[str]:
    """Settings of a downstream backbone for a random start of its own."""
    if not method.architecture:
        return []
    args = method.architecture['args']
    return [
        f'model.backbone.type={method.architecture["type"]}',
        *(f'model.backbone.{key}={value}' for key, value in args.items()),
    ]


def _done(
    grid: Grid,
    protocol: str,
    method: Method,
    dataset: str,
    metric: str | None = None,
) -> set[tuple[str, str]]:
    """Labels and seeds of the rows that are there, of one metric or any."""
    if not grid.results.is_file():
        return set()
    rows = read_results(grid.results)
    wanted = dict(protocol=protocol, method=method.name, dataset=dataset)
    if metric:
        wanted['metric'] = metric
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    return set(zip(rows['labels'], rows['seed'], strict=True))
