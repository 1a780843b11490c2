#!/usr/bin/env python
"""How well disagreement of map and network finds change, on the planet.

Reads all scenes of a world of tools/make_world.py with a checkpoint that was
trained on its older product, and ranks cells by the total variation between
that map and the network. The truth is known: a cell changed where the total
variation between the true maps of the map's year and of the image's year is
above a limit. Beside it stand a random ranking, whose average precision is
the share of changed cells, and rankings by two products: that map against
the newer product of another maker, and against an older map of its maker,
where the image is newer than both. Cells count that lie in places which the
run held out, and all others apart.

example: python benchmarks/change.py work_dirs/RUN/iter_10000.pth data/world
"""

import json
import tempfile
from collections import defaultdict
from dataclasses import replace
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
# True change above which a cell changed.
LIMITS = (0.1, 0.5)
STEPS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
RANKINGS = ('network', 'newer product', 'older product')


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
    """True class fractions of square cells, (N, K); the sea has none."""
    rows, cols = (-(-n // side) for n in cover.shape)
    full = np.zeros((rows * side, cols * side), cover.dtype)
    full[: cover.shape[0], : cover.shape[1]] = cover
    cells = full.reshape(rows, side, cols, side)
    counts = np.stack([(cells == c).sum(axis=(1, 3)) for c in codes], -1)
    counts = counts.reshape(-1, len(codes))
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Total variation of fractions (N, K)."""
    return np.abs(one - other).sum(axis=-1) / 2


def measure(
    checkpoint: Path, world: Path, sensors: list[str], quiet: bool
) -> dict:
    """Rankings, truth and errors of all cells, by held out and sensor."""
    about = json.loads((world / 'world.json').read_text())
    settings = about['settings']
    preset = settings['preset']
    places = {
        place.name: place
        for place in (
            make_place(settings['seed'], n, 'train', preset['place_size'])
            for n in range(preset['places'])
        )
    }
    network = network_of(str(checkpoint), None, 'cpu')
    options = PredictOptions(
        checkpoint=str(checkpoint),
        scenes=tuple(str(world / f'scenes/*_{s}_*.tif') for s in sensors),
        product='globeland30',
        land_cover=(str(world / 'landcover'),),
        out='',
    )
    task = make_task(options, network, network.legend(), Executor(), 64)
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
            true_now, true_then = (
                shares(cover, codes, side) for cover in (now, then)
            )
            on_map, read = (
                block[name].reshape(len(windows), -1)
                for name in ('map', 'network')
            )
            columns = {'network': block['disagreement'].ravel()}
            good = np.isfinite(columns['network'])
            good &= (true_now.sum(1) > 0) & (true_then.sum(1) > 0)
            corners = scene.corners(windows)
            for name, cover in others.items():
                measured = cover.coverage(corners, scene.crs)
                order = [cover.classes.index(c) for c in network.classes]
                columns[name] = apart(measured.fractions[:, 0, order], on_map)
                good &= measured.valid[:, 0] >= 0.5
            columns['change'] = apart(true_now, true_then)
            columns['map error'] = apart(on_map, true_now)
            columns['network error'] = apart(read, true_now)
            apart_from = held_out(
                scene.centres(windows),
                split['val_share'],
                split['place_degrees'],
            )
            sensor = scene.name.split('_')[1]
            for side_of in (True, False):
                use = good & (apart_from == side_of)
                for name, values in columns.items():
                    found[side_of, sensor][name].append(values[use])
            progress.add()
    return {
        key: {name: np.concatenate(v) for name, v in columns.items()}
        for key, columns in found.items()
    }


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
    for held in (True, False):
        sensors = sorted(sensor for side, sensor in cells if side == held)
        groups = {sensor: [cells[held, sensor]] for sensor in sensors}
        groups['all'] = [cells[held, sensor] for sensor in sensors]
        where = 'held out' if held else 'trained on'
        for sensor, parts in groups.items():
            one = {
                name: np.concatenate([part[name] for part in parts])
                for name in parts[0]
            }
            for limit in LIMITS:
                changed = one['change'] > limit
                if not changed.any():
                    continue
                row = dict(
                    steps=steps, places=where, sensor=sensor,
                    changed_above=limit, cells=len(changed),
                    random=round(float(changed.mean()), 4),
                )  # fmt: skip
                for name in RANKINGS:
                    score = average_precision_score(changed, one[name])
                    row[name] = round(float(score), 4)
                rows.append(row)
            if sensor != 'all':
                continue
            for step in STEPS:
                above = one['network'] >= step
                count = max(int(above.sum()), 1)
                right = one['network error'] < one['map error']
                table.append(
                    dict(
                        steps=steps,
                        places=where,
                        disagreement=step,
                        cells=int(above.sum()),
                        changed=round(
                            float((one['change'][above] > 0.5).sum() / count),
                            4,
                        ),
                        network_nearer_to_truth=round(
                            float(right[above].sum() / count), 4
                        ),
                    )  # fmt: skip
                )
    reporting.write_rows(args.out, rows)
    reporting.write_rows(args.thresholds, table)
    if args.json:
        print(json.dumps(dict(change=rows, thresholds=table)))
        return
    for line in (*rows, *table):
        print(', '.join(f'{name} {value}' for name, value in line.items()))


if __name__ == '__main__':
    main()
