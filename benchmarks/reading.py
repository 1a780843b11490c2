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
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import reading_data
import reporting

ROOT = Path(__file__).resolve().parents[1]


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
    with rasterio.open(file) as source, rasterio.Env(GDAL_CACHEMAX=2**26):
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
    places = list(RandomGeoSampler(data, size=reading_data.PATCH, length=400))
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
    reading_data.make_data(args.data, args.scenes, args.rows)
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
