"""Fine-tuning a downstream config from few labels."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from .budget import spend

RANDOM = 'random'
# Folder, in the work folder of a segmentation run, of the predicted masks.
PREDICTIONS = 'predictions'


def twin_config(
    config: str | Path,
    init: str,
    seed: int,
    labels: int | None,
    work_dir: str | Path,
    options: Sequence[str] = (),
    share: float | None = None,
    iterations: int | None = None,
    neck: str | Path | None = None,
) -> Any:
    """The complete config of one run.

    Args:
        config (str | Path): A config of ``configs/downstream``.
        init (str): ``'random'``, or a backbone file.
        seed (int): Draws labels, initial weights and the order of images.
        labels (int, optional): Labelled images, of each class in
            classification and in all otherwise. Defaults to None, as the
            config has it.
        work_dir (str | Path): For logs and predictions.
        options (Sequence[str]): Settings to override, ``key=value``.
        share (float, optional): Share of the labels in place of a number.
            Defaults to None.
        iterations (int, optional): Optimiser steps in place of the config's
            schedule. Defaults to None.
        neck (str | Path, optional): Neck file that the model's neck starts
            from, unless ``init`` is ``'random'``. Defaults to None.

    Returns:
        Config: Without validation on the way: the test at the end is the
        result, and nothing is chosen by it.

    Raises:
        InputError: If there is no such config, backbone or neck file, or the
            model has no feature pyramid for a neck file.
    """
    from ..config import load_config

    settings = load_config(str(config), list(options))
    settings.model.backbone.pop('init_cfg', None)
    if init != RANDOM:
        _start_from(settings.model, 'backbone', init)
        if neck is not None:
            if not takes_pyramid(settings.model):
                raise InputError(
                    f'{config}: its model has no FPN that the neck file '
                    f'{neck} could start; leave the neck out'
                )
            _start_from(settings.model, 'neck', neck)
    data = settings.train_dataloader.dataset
    if data.get('type') == 'geokr_mm.FewLabels':
        data.seed = seed
        if labels is not None:
            of_each = settings.benchmark.task == 'classification'
            data.per_class = labels if of_each else None
            data.count = None if of_each else labels
            data.share = None
        if share is not None:
            data.per_class = data.count = None
            data.share = share
    elif labels is not None or share is not None:
        raise InputError(
            f'{config}: its training set takes no number of labels; wrap it '
            'in geokr_mm.FewLabels'
        )
    if iterations is not None:
        spend(settings, iterations)
    settings.work_dir = str(work_dir)
    settings.randomness = dict(seed=seed)
    # What counts is the table; the weights of each run would fill the disk.
    settings.default_hooks.checkpoint = None
    if settings.test_evaluator.get('type') == 'IoUMetric':
        settings.test_evaluator.output_dir = str(Path(work_dir, PREDICTIONS))
    for name in ('val_dataloader', 'val_cfg', 'val_evaluator'):
        settings[name] = None
    return settings


def finetune(
    config: str | Path,
    init: str,
    seed: int,
    labels: int | None,
    work_dir: str | Path,
    options: Sequence[str] = (),
    share: float | None = None,
    iterations: int | None = None,
    neck: str | Path | None = None,
) -> dict[str, float]:
    """Train from few labels and test once.

    Twins differ in ``init`` only: the seed alone draws the labelled images,
    their order, and every weight that is not loaded.

    Args:
        config (str | Path): See :func:`twin_config`, as all others.
        init (str): ``'random'``, or a backbone file.
        seed (int): Same seed, same draw.
        labels (int, optional): Number of labelled images.
        work_dir (str | Path): For logs and predictions.
        options (Sequence[str]): Settings to override.
        share (float, optional): Share of the labels. Defaults to None.
        iterations (int, optional): Optimiser steps. Defaults to None.
        neck (str | Path, optional): Neck file. Defaults to None.

    Returns:
        dict[str, float]: Test metrics as the config's evaluator reports
        them, and ``seconds``, wall time.
    """
    from .. import registry  # noqa: F401
    from ..engine.run_errors import one_line_errors
    from ..runners import build_runner, train_runner

    start = time.monotonic()
    settings = twin_config(
        config, init, seed, labels, work_dir, options, share, iterations, neck
    )
    # Runners of one process must not share a name.
    settings.experiment_name = f'{Path(work_dir).resolve()}-{time.time_ns()}'
    with one_line_errors():
        runner = build_runner(settings)
        train_runner(runner)
        found = runner.test()
    metrics = {
        k: float(v)
        for k, v in found.items()
        if isinstance(v, int | float | np.number)
    }
    metrics['seconds'] = time.monotonic() - start
    return metrics


def finetune_twins(
    config: str | Path,
    inits: Sequence[str],
    seeds: Sequence[int],
    labels: int | None,
    work_dir: str | Path,
    results: str | Path,
    options: Sequence[str] = (),
    method: str = 'geokr',
    share: float | None = None,
    iterations: int | None = None,
    protocol: str | None = None,
    pretraining_seed: int | None = None,
    neck: str | Path | None = None,
    random: str = RANDOM,
) -> list[dict[str, str]]:
    """Run :func:`finetune` for each start and seed, one row for each.

    Args:
        config (str | Path): Its ``benchmark`` names task, data set, protocol
            and metric.
        inits (Sequence[str]): ``'random'`` and backbone files.
        seeds (Sequence[int]): Seeds.
        labels (int, optional): Number of labelled images.
        work_dir (str | Path): Gets a folder for each run.
        results (str | Path): Results table to append to.
        options (Sequence[str]): Settings to override.
        method (str): Name of runs that start from a file. Defaults to
            'geokr'.
        share (float, optional): Share of the labels in place of a number.
            Defaults to None.
        iterations (int, optional): Optimiser steps in place of the config's
            schedule. Defaults to None.
        protocol (str, optional): Name in the table. Defaults to the
            config's.
        pretraining_seed (int, optional): Of the run that made the backbone
            files. Defaults to None.
        neck (str | Path, optional): Neck file of the runs that start from a
            file. Defaults to None.
        random (str): Name of runs that start at random. Defaults to
            'random'.

    Returns:
        list[dict[str, str]]: The rows.
    """
    from ..export import load_backbone
    from .results import append_row, numbered

    digests = {
        init: '' if init == RANDOM else load_backbone(init)[1]['sha256']
        for init in inits
    }
    runs = [(init, seed) for seed in seeds for init in inits]
    rows = []
    for number, (init, seed) in enumerate(runs, 1):
        name = random if init == RANDOM else method
        # Read by those who watch the log.
        print(f'run {number}/{len(runs)}: {name}, seed {seed}', flush=True)
        folder = Path(work_dir) / f'{name}-{seed}'
        job = (
            config,
            init,
            seed,
            labels,
            folder,
            options,
            share,
            iterations,
            neck,
        )
        metrics = finetune(*job)
        about = twin_config(*job)
        bench = about.benchmark
        if bench.metric not in metrics:
            raise InputError(
                f'{config}: reports {", ".join(metrics)}, not '
                f'{bench.metric}; mend benchmark.metric'
            )
        value = metrics[bench.metric]
        print(f'{name}, seed {seed}: {bench.metric} {value:.2f}', flush=True)
        rows.append(
            append_row(
                results,
                protocol=protocol or bench.protocol,
                method=name,
                task=bench.task,
                dataset=bench.dataset,
                labels=_labels(about),
                seed=numbered(pretraining_seed, seed),
                metric=bench.metric,
                value=value,
                seconds=round(metrics['seconds'], 1),
                checkpoint_sha256=digests[init],
            )
        )
    return rows


def takes_pyramid(model: Any) -> bool:
    """Whether a downstream model has the feature pyramid of mmseg or mmdet.

    Args:
        model (Config): A classifier, segmentor or detector.

    Returns:
        bool: False for a classifier, whose neck only pools.
    """
    return bool((model.get('neck') or {}).get('type') == 'FPN')


def _start_from(model: Any, part: str, path: str | Path) -> None:
    """Let a part of a downstream model start from a file."""
    if not Path(path).is_file():
        raise InputError(
            f'{path}: no such {part} file; write one with '
            'tools/export_backbone.py'
            + (f' or give {RANDOM!r}' if part == 'backbone' else ' --neck')
        )
    model[part].init_cfg = dict(type='Pretrained', checkpoint=str(path))


def _labels(settings: Any) -> str:
    """Number of labels in the words of the results table."""
    data = settings.train_dataloader.dataset
    if data.get('per_class') is not None:
        return f'{data.per_class} per class'
    if data.get('count') is not None:
        return str(data.count)
    if data.get('share') is not None:
        return f'{100 * data.share:g} %'
    return 'all'
