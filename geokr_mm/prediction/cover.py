"""Maps of whole scenes by a network, and where a product differs."""

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..files import check_output, final_path, folder_written_whole
from ..geo.core.atomic_output import build_lock
from ..geo.core.executor import Cached, Executor, open_executor
from ..geo.core.progress import Progress
from ..geo.cover.areas import Area, write_areas
from ..geo.cover.block_cache import BlockCache
from ..geo.cover.cells import CellGrid, make_grid
from ..geo.discovery.opening import open_scenes
from ..geo.landcover.landcover import LandCover
from ..geo.maps.legend import Legend
from ..geo.pipeline.fingerprint import (
    SCENE_PLACES,
    facts_of,
    fingerprint,
    map_facts,
)
from ..geo.scenes.scene import Scene
from ..version import __version__
from .block import Task, View, read_block
from .network import Network, choose_device, network_of
from .options import PredictOptions, RunOptions
from .radiometry import Radiometry
from .scene_maps import SceneBlocks, SceneMaps

# Options that say where things are, or count after the blocks only.
LEFT_OUT = frozenset(
    {
        'checkpoint', 'scenes', 'out', 'product', 'land_cover', 'held_out',
        'least', 'areas',
    }
)  # fmt: skip


@dataclass(frozen=True)
class Cover:
    """What a run found, in a folder.

    Attributes:
        legend (Legend): Classes of all maps.
        year (int | None): Of the product.
        branches (tuple[str, ...]): Networks; the maps are of the first.
    """

    folder: Path
    network: str
    legend: Legend
    branches: tuple[str, ...]
    product: str
    maps: tuple[SceneMaps, ...]
    areas: tuple[Area, ...]


def predict_cover(
    options: PredictOptions, command: str = '', run: RunOptions | None = None
) -> Cover:
    """Write maps of scenes, and of where a product differs, to a folder.

    Raises:
        InputError: Any input that cannot be used; nothing is written.
    """
    run = run or RunOptions(quiet=True)
    options.check()
    check_output(options.out, folder=True)
    out = final_path(options.out, folder=True)
    if out.exists():
        raise InputError(
            f'{options.out}: exists already; remove it or choose another'
        )
    if run.batch < 1:
        raise InputError(f'--batch {run.batch}: must be at least 1')
    device = choose_device(run.device)
    network = network_of(options.checkpoint, options.branch, device)
    legend = network.legend(options.product)
    with (
        build_lock(out),
        open_executor(run.workers, run.scheduler) as executor,
    ):
        for left in out.parent.glob(f'.{out.name}.*.part'):
            shutil.rmtree(left, ignore_errors=True)
        task = make_task(options, network, legend, executor, run.batch)
        key = _key(options, task, executor)
        with BlockCache(out, key, run.resume) as cache:
            _read_blocks(task, cache, executor, run.quiet)
            with folder_written_whole(out) as draft:
                found = _write(draft, options, task, legend, cache)
                _show(found, options, command)
    return replace(found, folder=out)


def make_task(
    options: PredictOptions,
    network: Network,
    legend: Legend,
    executor: Executor,
    batch: int,
) -> Task:
    """Open scenes and product.

    Raises:
        InputError: One cannot be used.
    """
    cover = None
    if options.product is not None:
        cover = LandCover.open(
            options.product,
            list(options.land_cover),
            options.year,
            'common' if legend.name == 'common' else 'native',
            executor=executor,
        )
    bands = tuple(network.card['bands'])
    wanted = replace(options, bands=bands)
    scenes = open_scenes(options.scenes, wanted, executor=executor)
    views = tuple(
        View(
            scene.select(bands),
            _grid(scene, network, options, cover),
            Radiometry.of(network.card, scene, network.source, options.units),
        )
        for scene in scenes
    )
    return Task(
        options.checkpoint,
        options.branch,
        network.device,
        batch,
        views,
        cover,
    )


def _grid(
    scene: Scene,
    network: Network,
    options: PredictOptions,
    cover: LandCover | None,
) -> CellGrid:
    grid = make_grid(
        scene.width, scene.height, network.window, network.grid, options.stride
    )
    if cover is None:
        return grid
    metres = max(cover.gsd, options.metres)
    # Pixels are rarely as large as their name has it.
    coarse = int(np.ceil(metres / (grid.cell * scene.gsd()) - 0.05))
    return replace(grid, coarse=max(1, coarse))


def _key(options: PredictOptions, task: Task, executor: Executor) -> str:
    """Hash of everything that the maps depend on."""
    rasters = [file for view in task.views for file in view.scene.files]
    facts: list[Any] = [__version__, facts_of(options, LEFT_OUT)]
    facts += [facts_of(view.scene, SCENE_PLACES) for view in task.views]
    if task.cover is not None:
        rasters += [tile.path for tile in task.cover.tiles]
        facts += list(map_facts(task.cover))
    facts.append([task.batch, task.device.partition(':')[0]])
    return fingerprint(rasters, [options.checkpoint], facts, executor)


def _read_blocks(
    task: Task, cache: BlockCache, executor: Executor, quiet: bool
) -> None:
    """Put all blocks into the cache that are not there."""
    every = [
        (scene, block)
        for scene, view in enumerate(task.views)
        for block in range(len(view.grid.blocks))
    ]
    progress = Progress('blocks', len(every), quiet)
    shared = executor.share(task)
    jobs = (
        Cached(None) if cache.has(*job) else (shared, *job) for job in every
    )
    results = executor.map(read_block, jobs)
    for job, block in zip(every, results, strict=True):
        if block is not None:
            cache.put(*job, block)
        progress.add()


def _write(
    folder: Path,
    options: PredictOptions,
    task: Task,
    legend: Legend,
    cache: BlockCache,
) -> Cover:
    network = network_of(task.checkpoint, task.branch, task.device)
    tags = {
        'checkpoint': Path(task.checkpoint).name,
        'network': network.branches[0],
        'geokr_mm': __version__,
    }
    product = ''
    if task.cover is not None:
        product = f'{task.cover.product.name} {task.cover.year}'
        tags['product'] = product
    stems = [re.sub(r'[^\w.-]+', '_', v.scene.name) for v in task.views]
    if len(set(stems)) < len(stems):
        stems = [f'{n:04d}_{stem}' for n, stem in enumerate(stems)]
    maps: list[SceneMaps] = []
    areas: list[Area] = []
    for number, (view, stem) in enumerate(zip(task.views, stems, strict=True)):
        blocks = SceneBlocks(view, legend, cache, number)
        maps.append(blocks.write(folder, stem, tags))
        if task.cover is not None:
            areas += blocks.areas(options.least, options.areas)
    areas.sort(key=lambda area: -area.disputed)
    return Cover(
        folder,
        Path(task.checkpoint).name,
        legend,
        network.branches,
        product,
        tuple(maps),
        tuple(areas[: options.areas]),
    )


def _show(found: Cover, options: PredictOptions, command: str) -> None:
    """Write areas, their images and the page."""
    from ..visualization.area_pictures import AreaPictures
    from ..visualization.cover_page import cover_page
    from ..visualization.page import save_page

    calibration = None
    if options.held_out is not None:
        from .calibration import calibrate

        calibration = calibrate(options.checkpoint, options.held_out)
        calibration.write(found.folder / 'calibration.csv')
    pictures = AreaPictures(found)
    if found.product:
        chips = pictures.save(found.folder / 'chips')
        write_areas(
            found.folder / 'areas.gpkg', found.areas, found.legend, chips
        )
    text = cover_page(found, pictures, calibration, command)
    save_page(found.folder / 'index.html', text)
