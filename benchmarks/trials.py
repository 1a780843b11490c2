"""Trials of a method's settings, read on validation images alone.

Pre-trains at equal compute and fits the linear probe (20 labels a class, five
draws, 64 pixels) to images of a table that lie west of a longitude. A line
for each trial goes to benchmarks/trials.csv, whatever came out.
"""

import argparse
import csv
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from geokr_mm.benchmark.budget import spend
from geokr_mm.benchmark.classifiers import draw, knn, linear_probe
from geokr_mm.benchmark.image_sets import Images, from_folder
from geokr_mm.benchmark.probe import features_of
from geokr_mm.benchmark.provenance import commit
from geokr_mm.config import load_config
from geokr_mm.errors import run_tool

ROOT = Path(__file__).parents[1]
TRIALS = ROOT / 'benchmarks' / 'trials.yaml'
COLUMNS = (
    'commit', 'trial', 'config', 'seed', 'steps', 'compute', 'validation',
    'linear', 'deviation', 'knn', 'seconds',
)  # fmt: skip
# Forward 1, backward 2: what a patch costs, by the method's class.
PATCH_COST = {'SimCLR': 6, 'BarlowTwins': 6, 'BYOL': 8, 'MoCo': 4}
LABELS, DRAWS, SIDE = 20, 5, 64


def patch_cost(model: Any) -> int:
    """Compute of one patch in a step: forward 1, backward 2."""
    kind = str(model.type).rpartition('.')[2]
    if kind != 'GeoKR':
        return PATCH_COST[kind]
    teacher = model.get('correction') or model.get('with_teacher')
    return 3 * model.get('student_views', 1) + bool(teacher)


def settings(trial: dict[str, Any], index: Path, seed: int, compute: int):
    """A trial's config, and its steps."""
    made = load_config(str(ROOT / 'configs' / trial['config']), [])
    made.merge_from_dict(trial.get('settings', {}))
    steps = compute // (
        patch_cost(made.model) * made.train_dataloader.batch_size
    )
    made.train_dataloader.dataset.update(index=str(index), places='all')
    made.train_dataloader.update(num_workers=0, persistent_workers=False)
    for part in ('dataloader', 'evaluator', 'cfg'):
        made[f'val_{part}'] = None
    spend(made, steps)
    made.optim_wrapper.type = 'geokr_mm.BFloat16OptimWrapper'
    made.default_hooks.checkpoint = dict(
        type='CheckpointHook', by_epoch=False, interval=steps
    )
    made.default_hooks.logger = dict(type='LoggerHook', interval=100)
    made.randomness = dict(seed=seed)
    return made, steps


def read(backbone: Path, images: Images) -> tuple[list[float], list[float]]:
    """Accuracy of linear probe and nearest neighbours, of each draw."""
    found, _ = features_of(str(backbone), images)
    labels = images.labels
    draws = [(*draw(labels, LABELS, n), n) for n in range(DRAWS)]
    return (
        [linear_probe(found, labels, *one) for one in draws],
        [knn(found, labels, *one) for one in draws],
    )


def call(folder: Path, tool: str, *words: object) -> None:
    """Run one of our tools with its output in a log."""
    with (folder / 'log.txt').open('a') as log:
        subprocess.run(
            [sys.executable, ROOT / 'tools' / tool, *map(str, words)],
            check=True,
            stdout=log,
            stderr=log,
        )


def run(name: str, args: argparse.Namespace) -> None:
    """Train, export and read one trial; a backbone that is there stays."""
    trial = yaml.safe_load(TRIALS.read_text())[name]
    index = args.indexes / f'{trial.get("index", "grid")}.parquet'
    start = time.monotonic()
    made, steps = settings(trial, index.resolve(), args.seed, args.compute)
    folder = args.out / f'{name.replace(" ", "-")}-{args.seed}'
    folder.mkdir(parents=True, exist_ok=True)
    made.dump(str(folder / 'trial.py'))
    checkpoint, backbone = (
        folder / f'iter_{steps}.pth',
        folder / 'backbone.pth',
    )
    if not backbone.exists():
        call(folder, 'train.py', folder / 'trial.py', '--work-dir', folder)
        branch = trial.get('branch', 'student')
        words = checkpoint, backbone, '--branch', branch
        call(folder, 'export_backbone.py', *words)
        checkpoint.unlink()
    images = from_folder(args.images, SIDE, east=args.west_of)
    linear, near = read(backbone, images)
    line = (
        commit(), name, Path(trial['config']).stem, args.seed, steps,
        args.compute, f'{args.images.name} west of {args.west_of:g}',
        round(float(np.mean(linear)), 2),
        round(float(np.std(linear, ddof=1)), 2),
        round(float(np.mean(near)), 2), round(time.monotonic() - start),
    )  # fmt: skip
    fresh = not args.table.exists()
    with args.table.open('a', newline='') as stream:
        writer = csv.writer(stream, lineterminator='\n')
        writer.writerows([COLUMNS, line] if fresh else [line])
    print(f'{name}: {line[7]} +- {line[8]} linear, {line[9]} k-NN', flush=True)


def main() -> None:
    """Run the trials that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('trials', nargs='+', help='names of trials.yaml')
    parser.add_argument('--indexes', type=Path, required=True)
    parser.add_argument('--images', type=Path, required=True)
    parser.add_argument('--west-of', type=float, default=3.0)
    parser.add_argument('--compute', type=int, default=96000)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--out', type=Path, default=Path('work_dirs/trials'))
    parser.add_argument(
        '--table', type=Path, default=ROOT / 'benchmarks' / 'trials.csv'
    )
    args = parser.parse_args()
    for name in args.trials:
        run(name, args)


if __name__ == '__main__':
    run_tool(main)
