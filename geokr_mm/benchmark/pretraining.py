"""Pre-training under a protocol: the same images and compute for all."""

import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from .. import commands
from ..errors import InputError
from ..processes import last_line, started
from .budget import spend
from .grid import CONFIG, ROOT, Grid
from .protocol import WHITENED, Finetune, ImageSet, Method


def prepare(grid: Grid) -> None:
    """Make world and index unless they are there."""
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
    if grid.protocol.index:
        make_index(grid, grid.index, grid.protocol.index)


def make_index(grid: Grid, out: Path, words: Sequence[str]) -> None:
    """Build a knowledge index from arguments unless it is there."""
    if not out.is_file():
        _call(
            out.with_suffix('.log'),
            'build_index.py',
            *(grid.fill(word) for word in words),
            *('--out', out, '--resume'),
        )


def make_labels(grid: Grid, task: Finetune | ImageSet) -> None:
    """Make the images and labels of a task unless they are there."""
    made = Path(grid.fill(task.leaves or task.set))
    if not task.prepare or made.exists():
        return
    for command in task.prepare:
        log = grid.out / f'{made.name} {Path(command[0]).name}.log'
        _call(log, *(grid.fill(word) for word in command))


def settings(grid: Grid, method: Method, seed: int) -> Any:
    """A method's config under the protocol's budget.

    Start, index, patches a step, compute and the shape of the schedule are
    the protocol's for every method; model, views, optimiser and its rate
    are the config's.

    The seed is that of weights and order.
    """
    from ..config import load_config

    options = [*grid.protocol.options, *method.options]
    made = load_config(str(ROOT / method.config), options)
    steps = grid.protocol.iterations(method)
    loader = made.train_dataloader
    loader.dataset.index = str(grid.index_of(method).resolve())
    if grid.protocol.held_out:
        loader.dataset.update(
            places='train',
            val_share=grid.protocol.val_share,
            place_degrees=grid.protocol.place_degrees,
        )
    else:
        loader.dataset.places = 'all'
    start = grid.start_file(seed)
    if start is not None:
        made.model.backbone.init_cfg = dict(
            type='Pretrained', checkpoint=str(start.resolve())
        )
    # The benchmark measures all methods alike, after training.
    for part in ('dataloader', 'evaluator', 'cfg'):
        made[f'val_{part}'] = None
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
    from ..export import export_backbone

    if method.index:
        words = grid.protocol.indexes[method.index]
        make_index(grid, grid.index_of(method), words)
    make_start(grid, seed)
    folder = grid.folder(method, seed)
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / CONFIG
    settings(grid, method, seed).dump(str(config))
    with _logged(folder / 'pretrain.log'):
        commands.train(
            Namespace(
                config=str(config),
                cfg_options=[],
                work_dir=str(folder),
                launcher='none',
                local_rank=0,
                resume='auto',
                amp=False,
                auto_scale_lr=False,
                seed=None,
            )
        )
    checkpoint = grid.checkpoint(method, seed)
    export_backbone(checkpoint, target, method.branch)
    if not grid.protocol.held_out:
        # Three times as large as what is read.
        checkpoint.unlink()


def make_start(grid: Grid, seed: int) -> None:
    """Write the whitened start of a seed unless it is there."""
    target = grid.start_file(seed)
    if grid.start != WHITENED or target is None or target.is_file():
        return
    # A whitened start depends on images and views, which methods share.
    method = next(m for m in grid.protocol.methods if m.config)
    made = settings(grid, method, seed)
    made.model.backbone.pop('init_cfg')
    target.parent.mkdir(parents=True, exist_ok=True)
    config = target.with_suffix('.py')
    made.dump(str(config))
    with _logged(target.with_suffix('.log')):
        commands.start(
            Namespace(
                config=str(config),
                cfg_options=[],
                out=str(target),
                images=256,
                seed=seed,
            )
        )


@contextmanager
def _logged(log: Path) -> Iterator[None]:
    """Put what is printed into a log."""
    from mmengine.logging import MMLogger

    with log.open('a') as stream:
        with redirect_stdout(stream):
            yield
        # The logger of the last run goes on, and the log is closed.
        for handler in MMLogger.get_current_instance().handlers:
            if getattr(handler, 'stream', None) is stream:
                handler.setStream(sys.stdout)


def _call(log: Path, tool: str, *words: object) -> None:
    """Run one of our tools with its output in a log."""
    command = [sys.executable, str(ROOT / 'tools' / tool), *map(str, words)]
    with (
        log.open('a') as stream,
        started(command, stdout=stream, stderr=subprocess.STDOUT) as process,
    ):
        status = process.wait()
    if status:
        raise InputError(f'{log}: tools/{tool} failed: {last_line(log)}')
