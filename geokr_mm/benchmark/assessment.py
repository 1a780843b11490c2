"""Tests of a pre-trained backbone, one row of the table at a time."""

import time
from pathlib import Path

from .finetune import RANDOM, finetune_twins, takes_pyramid
from .grid import CONFIG, ROOT, Grid
from .protocol import Finetune, Method, Probe
from .results import NO_LABELS, append_metrics, read_rows


def run_held_out(grid: Grid, method: Method, seed: int) -> None:
    """Read class fractions of new places unless the rows are there."""
    from mmengine.config import Config

    from .held_out import held_out_errors, reads_fractions

    config = Config.fromfile(grid.folder(method, seed) / CONFIG)
    if not reads_fractions(config):
        return
    protocol = f'{grid.protocol.name}: held-out places'
    have = _have(grid, protocol, method.name, 'held-out places')
    if (NO_LABELS, str(seed)) in have:
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
        random=grid.protocol.architecture(method),
    )


def run_finetune(
    grid: Grid, task: Finetune, method: Method, seed: int
) -> None:
    """Fine-tune from one backbone, where rows are missing."""
    from ..config import load_config

    config = ROOT / task.config
    settings = load_config(str(config), [])
    about = settings.benchmark
    protocol = f'{grid.protocol.name}: {about.protocol}'
    have = _have(grid, protocol, method.name, about.dataset)
    start = str(grid.backbone(method, seed)) if method.config else RANDOM
    with_neck = method.neck and takes_pyramid(settings.model)
    neck = grid.neck(method, seed) if with_neck else None
    for share in task.shares:
        left = [
            s
            for s in task.seeds
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
                options=(*task.options, *_random_backbone(method)),
                method=method.name,
                share=share,
                iterations=task.iterations or None,
                protocol=protocol,
                pretraining_seed=seed,
                neck=neck,
                random=method.name,
            )


def _random_backbone(method: Method) -> list[str]:
    """Settings of a downstream backbone that a random start asks for."""
    if not method.architecture:
        return []
    args = method.architecture['args']
    return [
        f'model.backbone.type={method.architecture["type"]}',
        *(f'model.backbone.{key}={value}' for key, value in args.items()),
    ]


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
