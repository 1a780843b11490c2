#!/usr/bin/env python
"""Whether the teacher takes a map's errors out of class fractions.

Patches of a planet of tools/make_world.py get the class fractions of maps
that are 0, 5 or 10 years older than the image and have cells of 10, 30 or
100 m; each place has one of the nine. The same network learns from them with
and without the teacher's term; where the term is off the teacher still
follows the student. Distances are total variation of class fractions from the
true ones, half the sum of absolute differences: the share of a patch with a
wrong class. One row per pre-training seed, term and place.

example: python benchmarks/teacher.py data/planet150 work_dirs/teacher
"""

import json
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import reporting
from rasterio.transform import from_origin
from teacher_figure import teacher_figure, teacher_table

from geokr_mm.benchmark.budget import spend
from geokr_mm.benchmark.ground_truth import GroundTruth
from geokr_mm.config import load_config
from geokr_mm.export.predict import read_fractions
from geokr_mm.geo import LandCover
from geokr_mm.geo.core.progress import Progress
from geokr_mm.geo.index.corrected_labels import write_soft_labels
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.index.spatial_split import held_out
from geokr_mm.world.core.hashing import subseed
from geokr_mm.world.land.cover import Country, settle
from geokr_mm.world.land.place import CLIMATES, Place, make_place
from geokr_mm.world.products.map_errors import ProductNoise, map_country

ROOT = Path(__file__).resolve().parents[1]
DATA = 'configs/gridded/gridded-fpn_resnet18_1xb16-coslr-10000i_planet.py'
MODEL = 'configs/geokr/geokr_resnet18_1xb32-coslr-21e_zion.py'
# Years from map to image, and metres.
MAPS = tuple(product((0, 5, 10), (10, 30, 100)))
# Weight of the teacher's term.
TERMS = {'with': 1.0, 'without': 0.0}
STEPS = 10_000


def places_of(world: dict[str, Any]) -> dict[str, tuple[int, Place]]:
    """Number and place of the places of a world, by name."""
    size = world['preset']['place_size']
    found = {}
    for number in range(world['preset']['places']):
        place = make_place(world['seed'], number, 'train', size)
        found[place.name] = number, place
    return found


def map_of(place: int, seed: int) -> tuple[int, int]:
    """Age and cell of the map of a place; climates and seeds take turns."""
    return MAPS[(place + place // len(CLIMATES) + 4 * seed) % len(MAPS)]


def draw_map(
    country: Country, year: int, cell: int, seed: int, path: Path
) -> LandCover:
    """A map with the usual errors of a product, written and opened."""
    place = country.place
    codes = map_country(
        country,
        place.grid(cell),
        year,
        ProductNoise(),
        subseed(seed, 'teacher', cell),
    )
    corner = place.east - place.size / 2, place.north + place.size / 2
    with rasterio.open(
        path, 'w', driver='GTiff', count=1, dtype='uint8',
        height=len(codes), width=len(codes), nodata=0,
        crs=f'EPSG:{place.epsg}', transform=from_origin(*corner, cell, cell),
    ) as target:  # fmt: skip
        target.write(codes, 1)
    # No class of the map depends on the product's year.
    return LandCover.open('globeland30', [path], year=2020)


def make_labels(
    index: KnowledgeIndex, world: dict[str, Any], seed: int, quiet: bool
) -> np.ndarray:
    """Class fractions (N, K) of the patches in use by the maps of places."""
    places = places_of(world)
    kept = index.kept()
    frame = kept.table.select(
        ['files', 'col_off', 'row_off', 'width', 'height']
    ).to_pandas()
    found = np.zeros((len(kept), len(index.classes)), np.float32)
    scenes = frame.groupby(frame['files'].map(lambda files: files[0]))
    progress = Progress('scenes', len(scenes), quiet)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'n00_00_2020LC030.tif')
        for file, rows in scenes:
            name, _, day = Path(file).stem.split('_')
            number, place = places[name]
            age, cell = map_of(number, seed)
            cover = draw_map(
                settle(place), int(day[:4]) - age, cell, world['seed'], path
            )
            with rasterio.open(kept.resolve(file)) as source:
                crs, at = source.crs, source.transform
            columns = np.stack(
                [rows['col_off'], rows['col_off'] + rows['width']]
            )
            lines = np.stack(
                [rows['row_off'], rows['row_off'] + rows['height']]
            )
            corners = np.stack(
                [at.c + at.a * columns[[0, 1, 1, 0]],
                 at.f + at.e * lines[[0, 0, 1, 1]]], axis=-1,
            )  # fmt: skip
            shares = cover.fractions(corners.swapaxes(0, 1), crs)[:, 0]
            order = [cover.classes.index(name) for name in index.classes]
            found[rows.index] = shares[:, order]
            progress.add()
    # Where such a map has nothing but sea the label stays.
    none = found.sum(axis=1) == 0
    found[none] = kept.fractions[none]
    return found


def train(
    index: Path, folder: Path, weight: float, seed: int, steps: int
) -> Path:
    """Pre-train with one weight of the teacher's term; the checkpoint."""
    last = folder / f'iter_{steps}.pth'
    if last.is_file():
        return last
    settings = load_config(str(ROOT / DATA), [])
    model = load_config(str(ROOT / MODEL), []).model
    # As narrow as the network that reads maps.
    model.backbone = settings.model.backbone
    model.backbone.out_indices = (3,)
    model.data_preprocessor = settings.model.data_preprocessor
    model.correction.loss_weight = weight
    settings.model = model
    data = settings.train_dataloader.dataset
    data.index, data.soft_labels = str(index), True
    # All patches of the planet fit.
    data.pipeline[0].cache_mb = 1024
    settings.randomness = dict(seed=seed)
    spend(settings, steps)
    for name in ('val_dataloader', 'val_cfg', 'val_evaluator'):
        settings[name] = None
    folder.mkdir(parents=True, exist_ok=True)
    settings.dump(str(folder / 'config.py'))
    started = list(folder.glob('iter_*.pth'))
    subprocess.run(
        [
            sys.executable, str(ROOT / 'tools/train.py'),
            str(folder / 'config.py'), '--work-dir', str(folder),
            *(['--resume'] if started else []),
        ],
        check=True,
    )  # fmt: skip
    return last


def place_rows(
    index: KnowledgeIndex,
    world: Path,
    labels: np.ndarray,
    read: dict[str, np.ndarray],
    split: dict[str, Any],
) -> list[dict[str, Any]]:
    """Mean distances from the truth in every place.

    Args:
        index (KnowledgeIndex): Patches in use, N.
        labels (ndarray): By the maps, (N, K).
        read (dict): By student and teacher, (N, K) each.
        split (dict): ``val_share`` and ``place_degrees``.
    """
    truth = GroundTruth(index, world).fractions
    land = truth.sum(axis=1) > 0
    lonlat = np.stack([index.column('lon'), index.column('lat')], axis=1)
    apart = held_out(lonlat, split['val_share'], split['place_degrees'])
    files = index.table['files'].to_pylist()
    names = np.array([Path(some[0]).name.split('_')[0] for some in files])
    rows = []
    for name, side in product(np.unique(names), (True, False)):
        here = land & (names == name) & (apart == side)
        if not here.any():
            continue
        gaps = {
            who: float(np.abs(given[here] - truth[here]).sum(axis=1).mean())
            for who, given in {'map': labels, **read}.items()
        }
        rows.append(
            {
                'place': name,
                'held_out': int(side),
                'patches': int(here.sum()),
                **{who: round(gap / 2, 4) for who, gap in gaps.items()},
            }
        )
    return rows


def main() -> None:
    """Parse the command line, train what is missing and print distances."""
    parser = reporting.parser(__doc__)
    parser.add_argument('world', type=Path, help='with an index.parquet in it')
    parser.add_argument('work', type=Path, help='for trainings')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument('--steps', type=int, default=STEPS)
    parser.add_argument(
        '--figure', type=Path, metavar='FILE.svg', help='to draw'
    )
    parser.add_argument('--quiet', action='store_true')
    args = parser.parse_args()
    world = json.loads((args.world / 'world.json').read_text())['settings']
    index = KnowledgeIndex.open(args.world / 'index.parquet')
    split = load_config(str(ROOT / DATA), []).train_dataloader.dataset
    places = places_of(world)
    rows = []
    for seed in args.seeds:
        labelled = args.world / f'teacher-{seed}.parquet'
        if not labelled.is_file():
            labels = make_labels(index, world, seed, args.quiet)
            write_soft_labels(index, labels, labelled, 'benchmarks/teacher.py')
        kept = KnowledgeIndex.open(labelled).kept()
        for term, weight in TERMS.items():
            folder = args.work / f'{term}-{seed}'
            last = train(labelled, folder, weight, seed, args.steps)
            for row in place_rows(
                kept, args.world, kept.soft_fractions,
                read_fractions(last, labelled), split,
            ):  # fmt: skip
                age, cell = map_of(places[row['place']][0], seed)
                about = {'seed': seed, 'term': term, 'age': age, 'cell': cell}
                rows.append({**about, **row})
    texts = [{key: str(value) for key, value in r.items()} for r in rows]
    if args.out:
        reporting.write_rows(args.out, rows)
    if args.figure:
        teacher_figure(texts, args.figure)
    if not args.json:
        print('\n'.join(teacher_table(texts)))
        return
    found = {}
    for term, side in product(TERMS, (1, 0)):
        mine = [r for r in rows if (r['term'], r['held_out']) == (term, side)]
        for who in ('map', 'student', 'teacher'):
            where = 'held out' if side else 'trained on'
            name = f'{who}, {term} the term, {where}'
            found[name] = round(float(np.mean([r[who] for r in mine])), 4)
    print(json.dumps(found))


if __name__ == '__main__':
    main()
