"""Reading for training: rates and memory, both sides of each ratio in turn.

Each part runs in a process of its own, with one thread; rates are of CPU
time, the best round of each side:

bare       rasterio alone: one open file, one GDAL environment, random windows
           on the blocks of a file of 4096 x 4096 pixels
patches    read_patch of the same windows
samples    GeoKRDataset of the same windows: label, CRC, stretch, copy
random     GeoKRDataset over many files, patches of 64 pixels, in any order
sampler    the same in the order of geokr_mm.SceneSampler, where there is one
open       an index of --rows rows opened and 2,000 of its rows read: the
           process's own memory, and what it maps and shares
torchgeo   RasterDataset with RandomGeoSampler over the same file, with
           another interpreter that has torchgeo

--before names a checkout of an earlier version, which is measured in turn.

example: python benchmarks/reading.py --scenes 2000 --rows 1000000 --json
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import reporting

ROOT = Path(__file__).resolve().parents[1]
SIDE, SMALL, PATCH = 4096, 1024, 256
ORIGIN = (500_000.0, 5_100_000.0)


def make_scene(path: Path, side: int, seed: int) -> None:
    """A smooth scene with noise, tiled and compressed."""
    import cv2
    import rasterio
    from affine import Affine

    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (side // 8, side // 8, 3), np.uint8)
    noise = rng.integers(0, 7, (side, side, 3), np.uint8)
    pixels = cv2.add(cv2.resize(coarse, (side, side)), noise)
    with rasterio.open(
        path, 'w', driver='GTiff', count=3, height=side, width=side,
        dtype='uint8', crs='EPSG:32633', tiled=True, blockxsize=256,
        blockysize=256, compress='deflate', predictor=2, interleave='pixel',
        transform=Affine(10.0, 0, ORIGIN[0], 0, -10.0, ORIGIN[1]),
    ) as sink:  # fmt: skip
        sink.write(pixels.transpose(2, 0, 1))


def make_index(scenes: Path, cover: Path, patch: int, out: Path) -> None:
    """Index the scenes of a folder."""
    from geokr_mm.geo.pipeline.cli import main as build

    build(
        [
            *('--scenes', str(scenes), '--product', 'worldcover'),
            *('--year', '2021', '--land-cover', str(cover), '--quiet'),
            *('--patch-size', str(patch), '--out', str(out)),
        ]
    )


def make_data(folder: Path, scenes: int, rows: int) -> None:
    """Scenes, a map and three indexes, unless they are there."""
    import rasterio
    from affine import Affine

    cover = folder / 'map.tif'
    if not cover.exists():
        rng = np.random.default_rng(1)
        codes = rng.choice(
            np.array([10, 30, 40, 50, 80], np.uint8), (700,) * 2
        )
        left, top = ORIGIN[0] - 300.0, ORIGIN[1] + 300.0
        with rasterio.open(
            cover, 'w', driver='GTiff', count=1, height=1400, width=1400,
            dtype='uint8', crs='EPSG:32633',
            transform=Affine(30.0, 0, left, 0, -30.0, top),
        ) as sink:  # fmt: skip
            sink.write(np.kron(codes, np.ones((2, 2), np.uint8)), 1)
    for name, side, patch in (('one', SIDE, PATCH), ('small', SMALL, 64)):
        place = folder / name
        if not place.with_suffix('.parquet').exists():
            place.mkdir(exist_ok=True)
            make_scene(place / 's00000.tif', side, seed=side)
            make_index(place, cover, patch, place.with_suffix('.parquet'))
    many = folder / f'many_{scenes}'
    many.mkdir(exist_ok=True)
    for number in range(scenes):
        # One file by many names: as many handles, little disk.
        if not (many / f's{number:05d}.tif').exists():
            os.link(folder / 'small/s00000.tif', many / f's{number:05d}.tif')
    small = folder / 'small.parquet'
    make_rows(small, many.with_suffix('.parquet'), scenes * 256, scenes)
    make_rows(small, folder / f'rows_{rows}.parquet', rows, scenes, cells=8)


def make_rows(
    source: Path, out: Path, rows: int, scenes: int, cells: int = 0
) -> None:
    """An index with the rows of one scene for each of many like it.

    With cells, each row has ``cells`` x ``cells`` of them, of one class each.
    """
    import pyarrow as pa

    from geokr_mm.geo import KnowledgeIndex
    from geokr_mm.geo.index.writer import Extent, write_tables

    if out.exists():
        return
    index = KnowledgeIndex.open(source)
    table, k = index.table, len(index.classes)
    rng = np.random.default_rng(2)

    def lists(values: Any) -> Any:
        width = values.size // len(values)
        offsets = np.arange(len(values) + 1, dtype=np.int32) * width
        return pa.ListArray.from_arrays(offsets, values.ravel())

    def tables() -> Iterator[Any]:
        for start in range(0, rows, len(table)):
            part = table.slice(0, rows - start)
            scene = f's{start // len(table) % scenes:05d}'
            file = [f'many_{scenes}/{scene}.tif'] * len(part)
            ids = [f'{start + n}' for n in range(len(part))]
            new = {
                'patch_id': pa.array(ids),
                'scene': pa.array([scene] * len(part)),
                'files': pa.ListArray.from_arrays(
                    np.arange(len(part) + 1, dtype=np.int32), pa.array(file)
                ),
            }
            if cells:
                major = rng.integers(0, k, (len(part), cells**2))
                ones = np.ones((len(part), cells**2), np.float32)
                new |= {
                    'grid_fractions': lists(
                        np.eye(k, dtype=np.float32)[major]
                    ),
                    'grid_valid': lists(ones),
                    'grid_confidence': lists(ones),
                }
            for name, column in new.items():
                place = part.schema.get_field_index(name)
                part = part.set_column(place, name, column)
            yield part

    grid = cells or index.metadata.grid
    metadata = dataclasses.replace(index.metadata, grid=grid)
    write_tables(out, tables(), metadata, Extent())


def rate(read: Callable[[int], Any], order: Any, seconds: float) -> float:
    """Reads a second of CPU time, after a twentieth of them."""
    for number in order[: len(order) // 20]:
        read(int(number))
    count, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        read(int(order[count % len(order)]))
        count += 1
    return count / spent


def dataset(index: Path) -> Any:
    """The dataset of a config, without augmentation."""
    from mmengine.registry import DefaultScope

    import geokr_mm.datasets  # noqa: F401
    from geokr_mm.registry import DATASETS

    load = dict(type='geokr_mm.LoadPatch', cache_mb=0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return DATASETS.build(
            dict(
                type='geokr_mm.GeoKRDataset', index=str(index), pipeline=[load]
            )
        )


def windows(path: Path) -> tuple[str, list[tuple[int, int, int, int]]]:
    """File and windows of an index of one scene, in random order."""
    import pyarrow.parquet as pq

    names = ['col_off', 'row_off', 'width', 'height']
    found = pq.read_table(path, columns=names).to_pandas()
    found = found.sample(frac=1, random_state=0)
    return str(path.with_suffix('') / 's00000.tif'), [
        tuple(row) for row in found.to_numpy().tolist()
    ]


def part_bare(args: argparse.Namespace) -> dict[str, Any]:
    """Only rasterio."""
    import rasterio
    from rasterio.windows import Window

    file, places = windows(args.data / 'one.parquet')
    with rasterio.open(file) as source, rasterio.Env(GDAL_CACHEMAX=2**21):
        found = rate(
            lambda n: source.read([1, 2, 3], window=Window(*places[n])),
            np.arange(len(places)),
            args.seconds,
        )
    return {'rate': found}


def part_patches(args: argparse.Namespace) -> dict[str, Any]:
    """Pixels by the records of an index."""
    from geokr_mm.geo import KnowledgeIndex, read_patch

    index = KnowledgeIndex.open(args.data / 'one.parquet')
    records = [index.record(n) for n in range(len(index))]
    order = np.random.default_rng(0).permutation(len(records))
    return {
        'rate': rate(lambda n: read_patch(records[n]), order, args.seconds)
    }


def part_samples(args: argparse.Namespace) -> dict[str, Any]:
    """Whole samples of one file."""
    data = dataset(args.data / 'one.parquet')
    order = np.random.default_rng(0).permutation(len(data))
    return {'rate': rate(lambda n: data[n], order, args.seconds)}


def part_random(args: argparse.Namespace) -> dict[str, Any]:
    """Samples of many files in any order."""
    data = dataset(args.data / f'many_{args.scenes}.parquet')
    order = np.random.default_rng(0).permutation(len(data))[: 2**14]
    return {'rate': rate(lambda n: data[n], order, args.seconds)}


def part_sampler(args: argparse.Namespace) -> dict[str, Any]:
    """Samples of many files in the sampler's order."""
    from geokr_mm.datasets import SceneSampler

    data = dataset(args.data / f'many_{args.scenes}.parquet')
    order = np.array(list(SceneSampler(data, seed=0)))[: 2**14]
    return {'rate': rate(lambda n: data[n], order, args.seconds)}


def part_open(args: argparse.Namespace) -> dict[str, Any]:
    """Memory of a process with a large index."""
    import pyarrow as pa

    import geokr_mm.datasets  # noqa: F401

    before, start = memory(), time.process_time()
    data = dataset(args.data / f'rows_{args.rows}.parquet')
    seconds, opened = time.process_time() - start, memory()
    order = np.random.default_rng(0).permutation(len(data))[:2000]
    read = rate(lambda n: data.get_data_info(n), order, args.seconds)
    after = memory()
    return {
        'rate': read,
        'cpu_seconds': seconds,
        # Of this process alone, beyond what importing takes.
        'own_mib': opened['Anonymous'] - before['Anonymous'],
        'own_after_reads_mib': after['Anonymous'] - before['Anonymous'],
        'arrow_peak_mib': pa.default_memory_pool().max_memory() / 2**20,
        'process_mib': after['Anonymous'],
        'mapped_mib': after['Rss'] - after['Anonymous'],
    }


def memory() -> dict[str, int]:
    """Kinds of memory of this process, MiB."""
    lines = Path('/proc/self/smaps_rollup').read_text().splitlines()[1:]
    return {
        name.rstrip(':'): int(amount) // 1024
        for name, amount, *_ in map(str.split, lines)
    }


def part_torchgeo(args: argparse.Namespace) -> dict[str, Any]:
    """The dataset and sampler of torchgeo, over the same file."""
    import torch
    from torchgeo.datasets import RasterDataset
    from torchgeo.samplers import RandomGeoSampler

    torch.set_num_threads(1)

    class Scenes(RasterDataset):
        filename_glob = '*.tif'

    data = Scenes(str(args.data / 'one'))
    places = list(RandomGeoSampler(data, size=PATCH, length=400))
    return {
        'rate': rate(
            lambda n: data[places[n]], np.arange(len(places)), args.seconds
        )
    }


def run(
    part: str, args: argparse.Namespace, root: Path, python: str
) -> dict[str, Any]:
    """A part in a process of its own, with the package in ``root``."""
    env = {**os.environ, 'PYTHONPATH': str(root), 'OMP_NUM_THREADS': '1'}
    done = subprocess.run(
        [
            python, __file__, '--part', part, '--data', str(args.data),
            '--scenes', str(args.scenes), '--rows', str(args.rows),
            '--seconds', str(args.seconds),
        ],
        env=env, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Parse the command line and measure."""
    parser = reporting.parser(__doc__)
    parser.add_argument('--scenes', type=int, default=2000)
    parser.add_argument('--rows', type=int, default=1_000_000)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=float, default=3.0)
    parser.add_argument('--before', type=Path, help='checkout to compare with')
    parser.add_argument('--torchgeo', help='interpreter that has torchgeo')
    parser.add_argument('--only', nargs='+', help='parts to run')
    parser.add_argument('--part', help=argparse.SUPPRESS)
    parser.add_argument(
        '--data',
        type=Path,
        default=Path(tempfile.gettempdir()) / 'geokr_mm_reading',
        help='where scenes and indexes are made and kept',
    )
    args = parser.parse_args()
    if args.part:
        print(json.dumps(globals()[f'part_{args.part}'](args)))
        return
    args.data.mkdir(parents=True, exist_ok=True)
    make_data(args.data, args.scenes, args.rows)
    here = ['bare', 'patches', 'samples', 'random', 'sampler', 'open']
    sides = {part: (part, ROOT, sys.executable) for part in here}
    if args.before:
        for part in ('patches', 'samples', 'random', 'open'):
            sides[f'{part}_before'] = (part, args.before, sys.executable)
    if args.torchgeo:
        sides['torchgeo'] = ('torchgeo', ROOT, args.torchgeo)
    best: dict[str, dict[str, Any]] = {}
    for _ in range(args.rounds):
        for name, (part, root, python) in sides.items():
            if args.only and part not in args.only:
                continue
            one = run(part, args, root, python)
            if one['rate'] > best.get(name, {'rate': 0})['rate']:
                best[name] = one
    found: dict[str, Any] = {}
    for name, one in best.items():
        found |= {
            f'{name}_{key}': round(value, 1) for key, value in one.items()
        }
    for over, under in (
        ('patches', 'bare'), ('samples', 'bare'), ('samples', 'torchgeo'),
        ('patches', 'torchgeo'), ('samples', 'samples_before'),
        ('patches', 'patches_before'), ('sampler', 'random_before'),
        ('sampler', 'random'), ('open', 'open_before'),
    ):  # fmt: skip
        if over in best and under in best:
            ratio = best[over]['rate'] / best[under]['rate']
            found[f'{over}_over_{under}'] = round(ratio, 2)
    reporting.report(found, args)


if __name__ == '__main__':
    main()
