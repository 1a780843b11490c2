#!/usr/bin/env python
"""How well disagreement of map and network finds change, on the planet.

Reads all scenes of a world of tools/make_world.py with a checkpoint that was
trained on its older product, and ranks cells by the total variation between
that map and the network. The truth is known: a cell changed where the total
variation between the true maps of the map's year and of the image's year is
above a limit. Beside it stand a random ranking, whose average precision is
the share of changed cells, and rankings by two products: that map against
the newer product of another maker, and against an older map of its maker,
where the image is newer than both. The column ``truth`` is the truth of the
image's year in the network's place: the best that any network can do, as the
map has other errors than age. Cells count that lie in places which the
run held out, and all others apart.

example: python benchmarks/change.py work_dirs/RUN/iter_10000.pth data/world
"""

import json
import tempfile
from collections import defaultdict
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import rasterio
import reporting
from sklearn.metrics import average_precision_score

from geokr_mm.export.checkpoint import read_checkpoint
from geokr_mm.export.predict import load_run, trained_on
from geokr_mm.geo import LandCover
from geokr_mm.geo.core.executor import Executor
from geokr_mm.geo.core.progress import Progress
from geokr_mm.geo.index.spatial_split import held_out
from geokr_mm.geo.scenes.scene import Window
from geokr_mm.prediction.block import read_block
from geokr_mm.prediction.cover import make_task
from geokr_mm.prediction.network import network_of
from geokr_mm.prediction.options import PredictOptions
from geokr_mm.world.core.grid import Grid
from geokr_mm.world.land.cover import settle, survey
from geokr_mm.world.land.place import make_place
from geokr_mm.world.pipeline.presets import LAST_YEAR
from geokr_mm.world.products.map_errors import ProductNoise
from geokr_mm.world.products.product_maps import product_maps

MAP_YEAR, OLDER = 2010, 20
# Sides of the cells that are compared, metres; no finer than the network's.
CELLS = (0, 240)
# True change above which a cell changed.
LIMITS = (0.1, 0.5)
STEPS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
RANKINGS = ('network', 'newer product', 'older product', 'truth')


def older_product(folder: Path, settings: dict, places: list) -> LandCover:
    """The same maker's map of ten years before."""
    noise = ProductNoise(**settings['preset']['noise'])
    noise = replace(noise, lag=OLDER)
    (made,) = (
        one
        for one in product_maps(noise, LAST_YEAR, settings['seed'])
        if one.product == 'globeland30'
    )
    (folder / '.making').mkdir()
    for place in places:
        np.save(made.part(folder, place), made.draw(place))
    made.write(folder, places)
    return LandCover.open('globeland30', [folder / 'landcover'])


def shares(cover: np.ndarray, codes: list[int], side: int) -> np.ndarray:
    """True class fractions of square cells, (H, W, K); the sea has none."""
    rows, cols = (-(-n // side) for n in cover.shape)
    full = np.zeros((rows * side, cols * side), cover.dtype)
    full[: cover.shape[0], : cover.shape[1]] = cover
    cells = full.reshape(rows, side, cols, side)
    counts = np.stack([(cells == c).sum(axis=(1, 3)) for c in codes], -1)
    return counts / np.maximum(counts.sum(-1, keepdims=True), 1)


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Total variation of fractions (N, K)."""
    return np.abs(one - other).sum(axis=-1) / 2


def compared(
    parts: dict[str, np.ndarray], good: np.ndarray, count: int
) -> dict[str, np.ndarray]:
    """Distances of cells of count x count smaller ones, (N,) each.

    Args:
        parts (dict): Class fractions (H, W, K) by name.
        good (ndarray): Cells that count, (H, W); half of a larger one have
            to.
    """
    rows, cols = (n // count for n in good.shape)

    def gathered(values: np.ndarray) -> np.ndarray:
        held = values[: rows * count, : cols * count]
        blocks = held.reshape(rows, count, cols, count, -1)
        return blocks.sum(axis=(1, 3))

    share = gathered(good)[..., 0]
    use = share >= count * count / 2
    fractions = {
        name: gathered(np.where(good[..., None], values, 0))[use]
        / share[use][:, None]
        for name, values in parts.items()
    }
    on_map, now = fractions['map'], fractions['truth']
    return {
        'change': apart(now, fractions['before']),
        'map error': apart(on_map, now),
        'network error': apart(fractions['network'], now),
        **{name: apart(fractions[name], on_map) for name in RANKINGS},
    }


def measure(
    checkpoint: Path, world: Path, sensors: list[str], quiet: bool
) -> dict:
    """Rankings, change and errors, by cell side, held out and sensor."""
    about = json.loads((world / 'world.json').read_text())
    settings = about['settings']
    preset = settings['preset']
    network = network_of(str(checkpoint), None, 'cpu')
    options = PredictOptions(
        checkpoint=str(checkpoint),
        scenes=tuple(str(world / f'scenes/*_{s}_*.tif') for s in sensors),
        product='globeland30',
        land_cover=(str(world / 'landcover'),),
        out='',
    )
    task = make_task(options, network, network.legend(), Executor(), 64)
    shown = {view.scene.name.split('_')[0] for view in task.views}
    places = {
        place.name: place
        for place in (
            make_place(settings['seed'], n, 'train', preset['place_size'])
            for n in range(preset['places'])
        )
        if place.name in shown
    }
    code = dict(zip(about['classes'], about['codes'], strict=True))
    codes = [code[name] for name in network.classes]
    _, config, _ = load_run(checkpoint)
    split = trained_on(config)
    found = defaultdict(lambda: defaultdict(list))
    with tempfile.TemporaryDirectory() as folder:
        others = {
            'newer product': LandCover.open(
                'worldcover', [world / 'landcover_worldcover']
            ),
            'older product': older_product(
                Path(folder), settings, list(places.values())
            ),
        }
        progress = Progress('scenes', len(task.views), quiet)
        for number, view in enumerate(task.views):
            scene, grid = view.scene, view.grid
            (_,) = grid.blocks
            side = grid.cell * grid.coarse
            block = read_block(task, number, 0)
            shape = block['disagreement'].shape
            windows = [
                Window(c * side, r * side, side, side)
                for r in range(shape[0])
                for c in range(shape[1])
            ]
            with rasterio.open(
                world / 'truth' / Path(scene.files[0]).name
            ) as source:
                now, at = source.read(1), source.transform
            place = places[scene.name.split('_')[0]]
            window = Grid.window(
                at.c - place.east, at.f - place.north, at.a, *now.shape
            )
            then = survey(settle(place), window, MAP_YEAR).cover
            parts = {
                'map': block['map'],
                'network': block['network'],
                'truth': shares(now, codes, side),
                'before': shares(then, codes, side),
            }
            good = np.isfinite(block['disagreement'])
            good &= (parts['truth'].sum(-1) > 0) & (
                parts['before'].sum(-1) > 0
            )
            corners = scene.corners(windows)
            for name, cover in others.items():
                measured = cover.coverage(corners, scene.crs)
                order = [cover.classes.index(c) for c in network.classes]
                fractions = measured.fractions[:, 0, order]
                parts[name] = fractions.reshape(*shape, -1)
                good &= measured.valid[:, 0].reshape(shape) >= 0.5
            apart_from = held_out(
                scene.centres(windows),
                split['val_share'],
                split['place_degrees'],
            ).reshape(shape)
            sensor = scene.name.split('_')[1]
            for metres in CELLS:
                count = max(1, round(metres / (side * scene.gsd())))
                for side_of in (True, False):
                    columns = compared(
                        parts, good & (apart_from == side_of), count
                    )
                    for name, values in columns.items():
                        found[metres, side_of, sensor][name].append(values)
            progress.add()
    return {
        key: {name: np.concatenate(v) for name, v in columns.items()}
        for key, columns in found.items()
    }


def precisions(cells: dict[str, np.ndarray], about: dict) -> list[dict]:
    """Average precision of the rankings, one row for each limit."""
    rows = []
    for limit in LIMITS:
        changed = cells['change'] > limit
        if changed.any():
            row = dict(about, changed_above=limit, cells=len(changed))
            row['random'] = round(float(changed.mean()), 4)
            for name in RANKINGS:
                score = average_precision_score(changed, cells[name])
                row[name] = round(float(score), 4)
            rows.append(row)
    return rows


def thresholds(cells: dict[str, np.ndarray], about: dict) -> list[dict]:
    """What is true of the cells above each disagreement."""
    nearer = cells['network error'] < cells['map error']
    rows = []
    for step in STEPS:
        above = cells['network'] >= step
        count = max(int(above.sum()), 1)
        rows.append(
            dict(
                about,
                disagreement=step,
                cells=int(above.sum()),
                changed=round(
                    float((cells['change'][above] > 0.5).sum() / count), 4
                ),
                network_nearer_to_truth=round(
                    float(nearer[above].sum() / count), 4
                ),
            )
        )
    return rows


def main() -> None:
    """Measure, print and write two tables."""
    here = Path(__file__).parent
    parser = reporting.parser(__doc__, here / 'change.csv')
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument('world', type=Path)
    # Those whose numbers are counts.
    parser.add_argument('--sensors', nargs='+', default=['b04', 'c08', 'd16'])
    parser.add_argument(
        '--thresholds', type=Path, default=here / 'change_thresholds.csv',
        help='second CSV: what is true above each disagreement',
    )  # fmt: skip
    args = parser.parse_args()
    cells = measure(args.checkpoint, args.world, args.sensors, args.json)
    steps = read_checkpoint(args.checkpoint)['meta'].get('iter')
    rows, table = [], []
    for metres, held in product(CELLS, (True, False)):
        own = {s: c for (*k, s), c in cells.items() if k == [metres, held]}
        groups = {sensor: [own[sensor]] for sensor in sorted(own)}
        groups['all'] = list(own.values())
        about = dict(
            steps=steps,
            places='held out' if held else 'trained on',
            cells_of=metres or 'network',
        )
        for sensor, parts in groups.items():
            one = {
                name: np.concatenate([part[name] for part in parts])
                for name in parts[0]
            }
            rows += precisions(one, dict(about, sensor=sensor))
        table += thresholds(one, about)
    reporting.write_rows(args.out, rows)
    reporting.write_rows(args.thresholds, table)
    if args.json:
        print(json.dumps(dict(change=rows, thresholds=table)))
        return
    for line in (*rows, *table):
        print(', '.join(f'{name} {value}' for name, value in line.items()))


if __name__ == '__main__':
    main()
