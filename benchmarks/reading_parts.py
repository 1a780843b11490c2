"""What reading.py measures: each function in a process of its own."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import reading_data


def rate(read: Callable[[int], Any], order: Any, seconds: float) -> float:
    """Reads a second of CPU time, after a twentieth of them."""
    for number in order[: len(order) // 20]:
        read(int(number))
    count, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        read(int(order[count % len(order)]))
        count += 1
    return count / spent


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


def bare(args: argparse.Namespace) -> dict[str, Any]:
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


def patches(args: argparse.Namespace) -> dict[str, Any]:
    """Pixels by the records of an index."""
    from geokr_mm.geo import KnowledgeIndex, read_patch

    index = KnowledgeIndex.open(args.data / 'one.parquet')
    records = [index.record(n) for n in range(len(index))]
    order = np.random.default_rng(0).permutation(len(records))
    return {
        'rate': rate(lambda n: read_patch(records[n]), order, args.seconds)
    }


def samples(
    args: argparse.Namespace, packed: str | None = None
) -> dict[str, Any]:
    """Whole samples of one file."""
    import cv2

    cv2.setNumThreads(1)
    data = dataset(args.data / 'one.parquet', packed)
    order = np.random.default_rng(0).permutation(len(data))
    return {'rate': rate(lambda n: data[n], order, args.seconds)}


def decoder(args: argparse.Namespace) -> dict[str, Any]:
    """Only OpenCV."""
    import tarfile

    import cv2

    cv2.setNumThreads(1)
    with tarfile.open(args.data / 'one_packed' / 'shard-000000.tar') as tar:
        files = [
            np.frombuffer(tar.extractfile(member).read(), np.uint8)
            for member in tar
            if member.name.endswith('.jpg')
        ]
    order = np.random.default_rng(0).permutation(len(files))
    found = rate(
        lambda n: cv2.imdecode(files[n], cv2.IMREAD_COLOR), order, args.seconds
    )
    return {'rate': found, 'kib': sum(map(len, files)) / len(files) / 1024}


def packed(args: argparse.Namespace, name: str = 'one') -> dict[str, Any]:
    """Pixels of packed patches."""
    import cv2

    from geokr_mm.geo import read_patch

    cv2.setNumThreads(1)
    data = dataset(
        args.data / f'{name}.parquet', str(args.data / f'{name}_packed')
    )
    records = [data.get_data_info(n)['record'] for n in range(len(data))]
    order = np.random.default_rng(0).permutation(len(records))
    return {
        'rate': rate(lambda n: read_patch(records[n]), order, args.seconds)
    }


def packed16(args: argparse.Namespace) -> dict[str, Any]:
    """The same of 16 bits."""
    return packed(args, 'four')


def packed_samples(args: argparse.Namespace) -> dict[str, Any]:
    """Whole samples of packed patches."""
    return samples(args, str(args.data / 'one_packed'))


def crops16(args: argparse.Namespace) -> dict[str, Any]:
    """A GeoTIFF file for each patch."""
    import rasterio

    files = sorted((args.data / 'four_crops').glob('*.tif'))
    order = np.random.default_rng(0).permutation(len(files))

    def read(number: int) -> Any:
        with rasterio.open(files[number]) as source:
            return source.read()

    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN='EMPTY_DIR'):
        return {'rate': rate(read, order, args.seconds)}


def random(args: argparse.Namespace) -> dict[str, Any]:
    """Samples of many files in any order."""
    data = dataset(args.data / f'many_{args.scenes}.parquet')
    order = np.random.default_rng(0).permutation(len(data))[: 2**14]
    return {'rate': rate(lambda n: data[n], order, args.seconds)}


def sampler(args: argparse.Namespace) -> dict[str, Any]:
    """Samples of many files in the sampler's order."""
    from geokr_mm.datasets import SceneSampler

    data = dataset(args.data / f'many_{args.scenes}.parquet')
    order = np.array(list(SceneSampler(data, seed=0)))[: 2**14]
    return {'rate': rate(lambda n: data[n], order, args.seconds)}


def open_index(args: argparse.Namespace) -> dict[str, Any]:
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


def shared(args: argparse.Namespace) -> dict[str, Any]:
    """Memory of two processes with the same large index, both alive."""
    import multiprocessing

    found = open_index(args)
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
        'rate': found['rate'],
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


def torchgeo(args: argparse.Namespace) -> dict[str, Any]:
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
    return {
        'rate': rate(
            lambda n: data[places[n]], np.arange(len(places)), args.seconds
        )
    }
