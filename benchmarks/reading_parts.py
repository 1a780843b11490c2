"""What reading.py measures, all sides of a ratio in one process."""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import reading_data

# A read by number, and how many there are.
Side = tuple[Callable[[int], Any], int]
# Seconds of a turn, in which each side reads blocks that no cache holds.
TURN = 0.2


def measure(
    names: Sequence[str], args: argparse.Namespace
) -> dict[str, float]:
    """Reads a second of CPU time of each side, in the best of its turns.

    Turns are short, so that all sides find the machine quiet at some time.
    """
    import cv2
    import rasterio

    cv2.setNumThreads(1)
    # For all sides, as geokr_mm has it.
    rasterio.Env(GDAL_CACHEMAX=2**26).__enter__()
    sides = {name: globals()[name](args) for name in names}
    orders, done, best = {}, {}, dict.fromkeys(names, 0.0)
    for name, (read, count) in sides.items():
        order = np.random.default_rng(0).permutation(count)[: 2**14]
        orders[name] = [int(n) for n in order]
        if name == 'sampler':
            orders[name] = args.order[: 2**14]
        done[name] = 0
        for number in orders[name][: count // 20]:
            read(number)
    for _ in range(round(args.seconds / TURN)):
        for name, (read, _) in sides.items():
            order, count = orders[name], done[name]
            start = time.process_time()
            while (lasted := time.process_time() - start) < TURN:
                read(order[count % len(order)])
                count += 1
            best[name] = max(best[name], (count - done[name]) / lasted)
            done[name] = count
    return {f'{name}_rate': best[name] for name in names}


def dataset(index: Path, packed: str | None = None) -> Any:
    """The dataset of a config, without augmentation."""
    from mmengine.registry import DefaultScope

    import geokr_mm.datasets  # noqa: F401
    from geokr_mm.registry import DATASETS

    load = dict(type='geokr_mm.LoadPatch', cache_mb=0)
    settings = dict(index=str(index), pipeline=[load])
    if packed:
        settings['packed'] = packed
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return DATASETS.build(dict(type='geokr_mm.GeoKRDataset', **settings))


def windows(path: Path) -> tuple[str, list[tuple[int, int, int, int]]]:
    """File and windows of an index of one scene, in random order."""
    import pyarrow.parquet as pq

    names = ['col_off', 'row_off', 'width', 'height']
    found = pq.read_table(path, columns=names).to_pandas()
    found = found.sample(frac=1, random_state=0)
    return str(path.with_suffix('') / 's00000.tif'), [
        tuple(row) for row in found.to_numpy().tolist()
    ]


def bare(args: argparse.Namespace) -> Side:
    """Only rasterio."""
    import rasterio
    from rasterio.windows import Window

    file, places = windows(args.data / 'one.parquet')
    source = rasterio.open(file)
    bands = [1, 2, 3]
    return (
        lambda n: source.read(bands, window=Window(*places[n])),
        len(places),
    )


def patches(args: argparse.Namespace) -> Side:
    """Pixels by the records of an index."""
    from geokr_mm.geo import KnowledgeIndex, read_patch

    index = KnowledgeIndex.open(args.data / 'one.parquet')
    records = [index.record(n) for n in range(len(index))]
    return lambda n: read_patch(records[n]), len(records)


def samples(args: argparse.Namespace) -> Side:
    """Whole samples of one file."""
    data = dataset(args.data / 'one.parquet')
    return lambda n: data[n], len(data)


def jpeg_files(args: argparse.Namespace) -> list[bytes]:
    """JPEG of the packed patches, in memory."""
    import tarfile

    with tarfile.open(args.data / 'one_packed' / 'shard-000000.tar') as tar:
        return [
            tar.extractfile(member).read()
            for member in tar
            if member.name.endswith('.jpg')
        ]


def decoder(args: argparse.Namespace) -> Side:
    """Only simplejpeg."""
    import simplejpeg

    files = jpeg_files(args)
    return lambda n: simplejpeg.decode_jpeg(files[n], 'RGB'), len(files)


def opencv(args: argparse.Namespace) -> Side:
    """Only OpenCV."""
    import cv2

    files = [np.frombuffer(file, np.uint8) for file in jpeg_files(args)]
    return lambda n: cv2.imdecode(files[n], cv2.IMREAD_COLOR), len(files)


def packed(args: argparse.Namespace, name: str = 'one') -> Side:
    """Pixels of packed patches."""
    from dataclasses import replace
    from functools import partial

    from geokr_mm.geo import KnowledgeIndex, read_patch
    from geokr_mm.packing.packed import PackedPatches

    index = KnowledgeIndex.open(args.data / f'{name}.parquet')
    reader = PackedPatches(args.data / f'{name}_packed')
    records = [
        replace(index.record(n), packed=partial(reader.read, n))
        for n in range(len(index))
    ]
    return lambda n: read_patch(records[n]), len(records)


def packed16(args: argparse.Namespace) -> Side:
    """The same of 16 bits."""
    return packed(args, 'four')


def packed_samples(args: argparse.Namespace) -> Side:
    """Whole samples of packed patches."""
    data = dataset(args.data / 'one.parquet', str(args.data / 'one_packed'))
    return lambda n: data[n], len(data)


def crops16(args: argparse.Namespace) -> Side:
    """A GeoTIFF file for each patch."""
    import rasterio

    files = sorted((args.data / 'four_crops').glob('*.tif'))
    rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN='EMPTY_DIR').__enter__()

    def read(number: int) -> Any:
        with rasterio.open(files[number]) as source:
            return source.read()

    return read, len(files)


def random(args: argparse.Namespace) -> Side:
    """Samples of many files in any order."""
    data = dataset(args.data / f'many_{args.scenes}.parquet')
    return lambda n: data[n], len(data)


def sampler(args: argparse.Namespace) -> Side:
    """Samples of many files in the sampler's order."""
    from geokr_mm.datasets import SceneSampler

    data = dataset(args.data / f'many_{args.scenes}.parquet')
    args.order = list(SceneSampler(data, seed=0))
    return lambda n: data[n], len(data)


def open_index(args: argparse.Namespace) -> dict[str, float]:
    """Memory of a process with a large index."""
    import pyarrow as pa

    import geokr_mm.datasets  # noqa: F401

    before, start = memory(), time.process_time()
    data = dataset(args.data / f'rows_{args.rows}.parquet')
    seconds, opened = time.process_time() - start, memory()
    for number in np.random.default_rng(0).permutation(len(data))[:2000]:
        data.get_data_info(int(number))
    after = memory()
    return {
        'cpu_seconds': seconds,
        # Of this process alone, beyond what importing takes.
        'own_mib': opened['Anonymous'] - before['Anonymous'],
        'own_after_reads_mib': after['Anonymous'] - before['Anonymous'],
        'arrow_peak_mib': pa.default_memory_pool().max_memory() / 2**20,
        'process_mib': after['Anonymous'],
        'mapped_mib': after['Rss'] - after['Anonymous'],
    }


def shared(args: argparse.Namespace) -> dict[str, float]:
    """Memory of two processes with the same large index, both alive."""
    import multiprocessing

    open_index(args)
    mine, yours = multiprocessing.get_context('spawn').Pipe()
    other = multiprocessing.get_context('spawn').Process(
        target=open_beside, args=(args, yours)
    )
    other.start()
    second = mine.recv()
    both = memory(), second
    mine.send('end')
    other.join()
    return {
        'process_mib': max(one['Anonymous'] for one in both),
        'mapped_mib': max(one['Rss'] - one['Anonymous'] for one in both),
        # Pages of files count by halves where both have them.
        'both_mib': sum(one['Pss'] for one in both),
    }


def open_beside(args: argparse.Namespace, pipe: Any) -> None:
    """The second process of :func:`shared`."""
    open_index(args)
    pipe.send(memory())
    pipe.recv()


def memory() -> dict[str, int]:
    """Kinds of memory of this process, MiB."""
    lines = Path('/proc/self/smaps_rollup').read_text().splitlines()[1:]
    return {
        name.rstrip(':'): int(amount) // 1024
        for name, amount, *_ in map(str.split, lines)
    }


def torchgeo(args: argparse.Namespace) -> Side:
    """The dataset and sampler of torchgeo, over the same file."""
    import torch

    from geokr_mm.compat import ensure_torchvision

    ensure_torchvision()
    from torchgeo.datasets import RasterDataset
    from torchgeo.samplers import RandomGeoSampler

    torch.set_num_threads(1)

    class Scenes(RasterDataset):
        filename_glob = '*.tif'

    data = Scenes(str(args.data / 'one'))
    places = list(RandomGeoSampler(data, size=reading_data.PATCH, length=400))
    return lambda n: data[places[n]], len(places)
