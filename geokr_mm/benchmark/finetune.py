"""Fine-tuning a downstream config from few labels."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from .budget import spend
from .results import append_rows

RANDOM = 'random'
# Folder, in the work folder of a segmentation run, of the predicted masks.
PREDICTIONS = 'predictions'


@dataclass(frozen=True)
class Run:
    """One fine-tuning. Twins differ in ``init`` and ``neck`` only.

    Attributes:
        config (str | Path): A config of ``configs/downstream``, either twin.
            Its ``benchmark`` names task, data set, protocol and metric.
        work_dir (str | Path): For logs and predictions.
        init (str): ``'random'``, or a backbone file.
        method (str): Name in the results table.
        seed (int): Draws labels, initial weights and the order of images.
        labels (int, optional): Labelled images, of each class in
            classification and in all otherwise; None for those of the
            config.
        share (float, optional): Share of the labels in place of a number.
        iterations (int, optional): Optimiser steps in place of the config's
            schedule.
        options (tuple[str, ...]): Settings to override, ``key=value``.
        neck (str | Path, optional): Neck file that the model's neck starts
            from, unless ``init`` is ``'random'``.
        rate (float, optional): Learning rate in place of the config's.
    """

    config: str | Path
    work_dir: str | Path
    init: str = RANDOM
    method: str = RANDOM
    seed: int = 0
    labels: int | None = None
    share: float | None = None
    iterations: int | None = None
    options: tuple[str, ...] = ()
    neck: str | Path | None = None
    rate: float | None = None


def run_settings(run: Run) -> Any:
    """The complete config of one run.

    Returns:
        Config: Without validation on the way: the test at the end is the
        result, and nothing is chosen by it.

    Raises:
        InputError: If there is no such config, backbone or neck file, or the
            model has no feature pyramid for a neck file.
    """
    from ..config import load_config

    settings = load_config(str(run.config), list(run.options))
    settings.model.backbone.pop('init_cfg', None)
    if run.init != RANDOM:
        _start_from(settings.model, 'backbone', run.init)
        if run.neck is not None:
            if not takes_pyramid(settings.model):
                raise InputError(
                    f'{run.config}: its model has no FPN that the neck file '
                    f'{run.neck} could start; leave the neck out'
                )
            _start_from(settings.model, 'neck', run.neck)
    _set_labels(settings, run)
    if run.rate is not None:
        settings.optim_wrapper.optimizer.lr = run.rate
    if run.iterations is not None:
        spend(settings, run.iterations)
    settings.work_dir = str(run.work_dir)
    settings.randomness = dict(seed=run.seed)
    # The table is the result; the weights of each run would fill the disk.
    settings.default_hooks.checkpoint = None
    if settings.test_evaluator.get('type') == 'IoUMetric':
        masks = Path(run.work_dir, PREDICTIONS)
        settings.test_evaluator.output_dir = str(masks)
    for name in ('val_dataloader', 'val_cfg', 'val_evaluator'):
        settings[name] = None
    return settings


def train_and_test(settings: Any) -> dict[str, float]:
    """Train and test once; metrics by the names of the config's evaluator."""
    from .. import registry  # noqa: F401
    from ..engine.run_errors import one_line_errors
    from ..runners import build_runner, train_runner

    # Runners of one process must not share a name.
    folder = Path(settings.work_dir).resolve()
    settings.experiment_name = f'{folder}-{time.time_ns()}'
    with one_line_errors():
        runner = build_runner(settings)
        train_runner(runner)
        found = runner.test()
    return {
        k: float(v)
        for k, v in found.items()
        if isinstance(v, int | float | np.number)
    }


def finetune(
    runs: Sequence[Run],
    results: str | Path,
    protocol: str | None = None,
    **about: Any,
) -> list[dict[str, str]]:
    """Do several runs, one row of the results table for each.

    Args:
        protocol (str, optional): Name in the table; by default the config's.
        **about: More columns of :func:`.results.append_rows`.

    Raises:
        InputError: See :func:`run_settings`; or if a backbone file is
            damaged, or the config's metric is not reported.
    """
    from ..export import load_backbone

    digests = {RANDOM: ''}
    for init in dict.fromkeys(run.init for run in runs):
        if init != RANDOM:
            digests[init] = load_backbone(init)[1]['sha256']
    rows = []
    for number, run in enumerate(runs, 1):
        name = f'{run.method}, seed {run.seed}'
        print(f'run {number}/{len(runs)}: {name}', flush=True)
        settings = run_settings(run)
        benchmark = settings.benchmark
        metrics = train_and_test(settings)
        if benchmark.metric not in metrics:
            raise InputError(
                f'{run.config}: reports {", ".join(metrics)}, not '
                f'{benchmark.metric}; mend benchmark.metric'
            )
        value = metrics[benchmark.metric]
        print(f'{name}: {benchmark.metric} {value:.2f}', flush=True)
        figure = dict(
            dataset=benchmark.dataset,
            method=benchmark.protocol,
            shots=_labels(settings),
            seed=run.seed,
            metric_name=benchmark.metric,
            metric_value=value,
        )
        rows += append_rows(
            results,
            [figure],
            **{
                'protocol': protocol or benchmark.protocol,
                'model': run.method,
                'checkpoint_sha256': digests[run.init],
                **about,
            },
        )
    return rows


def takes_pyramid(model: Any) -> bool:
    """Whether a downstream model has the feature pyramid of mmseg or mmdet.

    A classifier has none: its neck only pools.
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


def _set_labels(settings: Any, run: Run) -> None:
    """Draw the labels of a run."""
    data = settings.train_dataloader.dataset
    if data.get('type') != 'geokr_mm.FewLabels':
        if run.labels is not None or run.share is not None:
            raise InputError(
                f'{run.config}: its training set takes no number of labels; '
                'wrap it in geokr_mm.FewLabels'
            )
        return
    data.seed = run.seed
    if run.share is not None:
        data.update(per_class=None, count=None, share=run.share)
    elif run.labels is not None:
        of_each = settings.benchmark.task == 'classification'
        data.update(
            per_class=run.labels if of_each else None,
            count=None if of_each else run.labels,
            share=None,
        )


def _labels(settings: Any) -> str:
    """The column ``shots`` of the results table."""
    data = settings.train_dataloader.dataset
    if data.get('per_class') is not None:
        return str(data.per_class)
    if data.get('count') is not None:
        return f'{data.count} images'
    if data.get('share') is not None:
        return f'{100 * data.share:g} %'
    return 'all'
