"""Pre-training under a protocol: the same images and steps for all."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..processes import started
from .budget import spend
from .grid import CONFIG, ROOT, Grid
from .protocol import Method


def prepare(grid: Grid) -> None:
    """Make world, index and masks unless they are there."""
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
    _index(grid, grid.index, grid.protocol.index)
    if grid.protocol.masks:
        os.environ['GEOKR_MASKS'] = str(grid.masks)
        _masks(grid)


def _index(grid: Grid, out: Path, words: Sequence[str]) -> None:
    if not out.is_file():
        _call(
            out.with_suffix('.log'),
            'build_index.py',
            *(grid.fill(word) for word in words),
            *('--out', out, '--resume'),
        )


def _masks(grid: Grid) -> None:
    if grid.masks.is_dir():
        return
    tiles = grid.masks.with_suffix('.parquet')
    _index(grid, tiles, grid.protocol.tiles)
    _call(
        grid.masks.with_suffix('.log'),
        'export_masks.py',
        tiles,
        *(grid.fill(word) for word in grid.protocol.masks),
        *('--val-share', grid.protocol.val_share),
        *('--place-degrees', grid.protocol.place_degrees),
        *('--out', grid.masks),
    )


def settings(grid: Grid, method: Method, seed: int) -> Any:
    """A method's config under the protocol's budget.

    Index, patches a step, student passes and the shape of the schedule are
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
    if grid.protocol.held_out or grid.protocol.masks:
        loader.dataset.update(
            places='train',
            val_share=grid.protocol.val_share,
            place_degrees=grid.protocol.place_degrees,
        )
    else:
        loader.dataset.places = 'all'
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
    if method.index:
        words = grid.protocol.indexes[method.index]
        _index(grid, grid.index_of(method), words)
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
        *(('--neck', grid.neck(method, seed)) if method.neck else ()),
    )


def _call(log: Path, tool: str, *words: object) -> None:
    """Run one of our tools with its output in a log."""
    command = [sys.executable, str(ROOT / 'tools' / tool), *map(str, words)]
    with (
        log.open('a') as stream,
        started(command, stdout=stream, stderr=subprocess.STDOUT) as process,
    ):
        status = process.wait()
    if status:
        last = log.read_text().strip().splitlines()[-1:] or ['no output']
        raise InputError(f'{log}: tools/{tool} failed: {last[0]}')
