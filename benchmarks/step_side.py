"""One side of benchmarks/step.py: steps of one source tree, in turns."""

import argparse
import itertools
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import reporting

CONFIG = """
_base_ = [
    '{bases}/models/geokr_resnet18.py',
    '{bases}/datasets/knowledge_rgb{suffix}.py',
    '{bases}/schedules/adamw_cosine.py',
    '{bases}/default_runtime.py',
]
model = dict(data_preprocessor={{{{_base_.data_preprocessor}}}})
train_dataloader = dict(
    batch_size={batch},
    num_workers={workers},
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True),
    dataset=dict(index='{index}', places='all'),
)
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=100000)
{scale}
param_scheduler = None
val_dataloader = val_evaluator = val_cfg = None
test_dataloader = test_evaluator = test_cfg = None
"""
SIDES = ('input', 'weights', 'plain')


def make_scenes(folder: Path, count: int = 4, side: int = 2048) -> None:
    """Scenes of three bands and a map under them, unless they are there."""
    import rasterio
    from affine import Affine

    if (folder / 'map.tif').exists():
        return
    rng = np.random.default_rng(0)
    codes = np.array([10, 30, 40, 50, 60, 80], np.uint8)
    blobs = codes[rng.integers(0, len(codes), (side // 64, count * 32))]

    def write(path: Path, planes: Any, left: float) -> None:
        with rasterio.open(
            path, 'w', driver='GTiff', count=len(planes), tiled=True,
            height=planes.shape[1], width=planes.shape[2], dtype='uint8',
            crs='EPSG:32633', compress='deflate', blockxsize=256,
            blockysize=256,
            transform=Affine(10.0, 0, left, 0, -10.0, 5_300_000.0),
        ) as sink:  # fmt: skip
            sink.write(planes)
            if len(planes) == 3:
                sink.descriptions = ('red', 'green', 'blue')

    (folder / 'scenes').mkdir(exist_ok=True)
    for number in range(count):
        coarse = rng.integers(30, 220, (3, side // 8, side // 8), np.uint8)
        planes = coarse.repeat(8, axis=1).repeat(8, axis=2)
        planes += rng.integers(0, 16, planes.shape, np.uint8)
        left = 200_000.0 + number * side * 10.0
        write(folder / 'scenes' / f's{number}.tif', planes, left)
    cover = np.kron(blobs, np.ones((64, 64), np.uint8))
    write(folder / 'map.tif', cover[None], 200_000.0)


def make_config(tree: Path, data: Path, args: argparse.Namespace) -> Path:
    """A config of a tree, with an index of its own."""
    from geokr_mm.geo.pipeline.cli import main as build_index

    work = Path(tempfile.mkdtemp(dir=data))
    index = work / 'index.parquet'
    build_index(
        [
            *('--scenes', str(data / 'scenes'), '--product', 'worldcover'),
            *('--year', '2021', '--land-cover', str(data / 'map.tif')),
            *('--patch-size', str(args.size), '--out', str(index), '--quiet'),
        ]
    )
    # Any side where a tree draws its views, else two bases.
    bases = tree / 'configs' / '_base_'
    draws = (
        'DrawnViews'
        in (bases / 'datasets' / 'knowledge_rgb_256px.py').read_text()
    )
    scale = (
        f"_base_.train_dataloader.dataset.pipeline[1]['scale'] = {args.size}"
    )
    config = work / 'config.py'
    config.write_text(
        CONFIG.format(
            bases=bases,
            suffix='_256px' if draws or args.size == 256 else '',
            scale=scale if draws else '',
            batch=args.batch_size if args.size == 64 else args.batch_size // 4,
            workers=args.workers,
            index=index,
        )
    )
    return config


def steps_of(until: str, config: Path) -> Iterator[int]:
    """Take step after step; gives the patches of each."""
    import torch

    from geokr_mm import commands
    from geokr_mm.engine.settings import settle_precision
    from geokr_mm.running import add_run_arguments

    parser = reporting.parser(None)
    add_run_arguments(parser)
    args = parser.parse_args(['--work-dir', str(config.parent / 'work')])
    args.config = str(config)
    settings = commands._open(args, commands.TRAINING)
    settle_precision(settings, False)
    settings.log_level = 'ERROR'
    runner = commands.build_runner(settings)
    loader, model = runner.train_dataloader, runner.model
    wrapper = runner.build_optim_wrapper(settings.optim_wrapper)
    runner._init_model_weights()
    model.train()
    device = next(model.parameters()).device.type
    for batch in itertools.cycle(loader):
        if until == 'input':
            model.data_preprocessor(batch, True)
        elif until == 'weights':
            model.train_step(batch, wrapper)
            model.teacher.follow(model, 0.99)
        else:
            with wrapper.optim_context(model):
                data = model.data_preprocessor(batch, True)
                target = torch.stack(
                    [each.class_fractions for each in data['data_samples']]
                )
                logits = model.head(model.extract_feat(data['inputs'][0]))
                log_p = logits.float().log_softmax(dim=1)
                loss = -(target * log_p).sum(dim=1).mean()
            loss.backward()
            wrapper.optimizer.step()
            wrapper.optimizer.zero_grad(set_to_none=True)
        if device == 'cuda':
            torch.cuda.synchronize()
        yield len(batch['data_samples'])


def run_side(args: argparse.Namespace) -> None:
    """Take a turn for each line of the standard input; print its rate."""
    import torch

    torch.set_num_threads(1)
    clock = time.monotonic if args.workers else time.process_time
    steps = steps_of(args.side, make_config(args.tree, args.data, args))
    for _ in sys.stdin:
        # Those that were loaded between the turns do not count.
        for _ in range(3 + 2 * args.workers if args.workers else 1):
            next(steps)
        start = clock()
        patches = sum(next(steps) for _ in range(args.steps))
        print('rate', patches / (clock() - start), flush=True)
    steps.close()


def main() -> None:
    """Parse what the other script gives, and take turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--side', choices=SIDES)
    parser.add_argument('--tree', type=Path)
    parser.add_argument('--data', type=Path)
    for name in ('size', 'steps', 'workers', 'batch-size'):
        parser.add_argument(f'--{name}', type=int)
    run_side(parser.parse_args())


if __name__ == '__main__':
    main()
