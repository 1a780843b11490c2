"""Pre-training under a protocol: the same images and steps for all."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ..errors import InputError
from .budget import spend
from .grid import CONFIG, ROOT, Grid
from .protocol import Method


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
