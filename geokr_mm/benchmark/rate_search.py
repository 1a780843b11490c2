"""The learning rate of a fine-tuning, by labels that it learns from."""

import copy
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..files import written_whole
from .finetune import Run, run_settings, train_and_test

# Of as many training images one is held out to choose by.
EVERY = 5


def with_rate(run: Run, rates: Sequence[float]) -> Run:
    """Choose the learning rate of a run on a part of its own labels.

    Each rate trains the whole schedule on four of five labelled images and
    is read on the others. So no test image is looked at, and every start gets
    the same number of tries. They are kept in the run's work folder, and done
    once.

    Args:
        rates (Sequence[float]): To try.

    Returns:
        Run: With the rate of the highest metric, of equals the first.
    """
    found = {}
    for rate in rates:
        folder = Path(run.work_dir, f'rate-{rate:g}-seed-{run.seed}')
        found[rate] = _tried(replace(run, work_dir=folder, rate=rate))
    tried = ', '.join(f'{found[rate]:.2f} at {rate:g}' for rate in rates)
    name = f'{run.method}, seed {run.seed}'
    print(f'{name}: on its own labels {tried}', flush=True)
    # No number, as where the part has none of a class, is below all.
    values = np.nan_to_num([found[rate] for rate in rates], nan=-np.inf)
    return replace(run, rate=rates[int(values.argmax())])


def _tried(run: Run) -> float:
    """Metric on the labels that are held out; that of an equal run before."""
    kept = Path(run.work_dir, 'metric.json')
    about = {key: str(value) for key, value in asdict(run).items()}
    if kept.is_file():
        before = json.loads(kept.read_text())
        if before['run'] == about:
            return float(before['metric'])
    settings = _on_a_fold(run)
    metric = train_and_test(settings)[settings.benchmark.metric]
    with written_whole(kept) as draft:
        draft.write_text(json.dumps(dict(run=about, metric=metric)))
    return metric


def _on_a_fold(run: Run) -> Any:
    """Settings that train on most of the labels and test on the others."""
    settings = run_settings(run)
    labelled = settings.train_dataloader.dataset
    shown = copy.deepcopy(labelled)
    inner = shown.dataset if 'dataset' in shown else shown
    inner.pipeline = settings.test_dataloader.dataset.pipeline
    fold = dict(type='geokr_mm.Fold', every=EVERY)
    settings.train_dataloader.dataset = dict(
        **fold, held_out=False, dataset=labelled
    )
    settings.test_dataloader.dataset = dict(
        **fold, held_out=True, dataset=shown
    )
    if settings.benchmark.task == 'detection':
        _annotations_of_images(settings, inner)
    return settings


def _annotations_of_images(settings: Any, images: Any) -> None:
    """Let COCO's metric take the boxes from the images that it is shown.

    A file of annotations would have those of all training images.
    """
    settings.test_evaluator.ann_file = None
    packed = images.pipeline[-1]
    packed.meta_keys = (*packed.meta_keys, 'instances')
