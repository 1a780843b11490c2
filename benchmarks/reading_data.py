"""Scenes and indexes that reading.py reads."""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine

# Three times what GDAL's cache holds, as most archives are larger than it.
SIDE, SMALL, PATCH = 8192, 1024, 256
ORIGIN = (500_000.0, 5_100_000.0)
PLACE = Affine(10.0, 0, ORIGIN[0], 0, -10.0, ORIGIN[1])


def make_scene(
    path: Path, side: int, seed: int, bands: int = 3, kind: str = 'uint8'
) -> None:
    """A smooth scene with noise, tiled and compressed."""
    import cv2
    import rasterio

    # Of 16 bits some 12 are used, as in products of reflectance.
    most, least = (255, 7) if kind == 'uint8' else (4000, 60)
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, most, (side // 8, side // 8, bands), kind)
    noise = rng.integers(0, least, (side, side, bands), kind)
    pixels = cv2.add(cv2.resize(coarse, (side, side)), noise)
    with rasterio.open(
        path, 'w', driver='GTiff', count=bands, height=side, width=side,
        dtype=kind, crs='EPSG:32633', tiled=True, blockxsize=256,
        blockysize=256, compress='deflate', predictor=2, interleave='pixel',
        transform=PLACE,
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

    cover = folder / 'map.tif'
    if not cover.exists():
        rng = np.random.default_rng(1)
        codes = rng.choice(
            np.array([10, 30, 40, 50, 80], np.uint8), (1400,) * 2
        )
        left, top = ORIGIN[0] - 300.0, ORIGIN[1] + 300.0
        with rasterio.open(
            cover, 'w', driver='GTiff', count=1, height=2800, width=2800,
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
    make_packed(folder, cover)
    many = folder / f'many_{scenes}'
    many.mkdir(exist_ok=True)
    for number in range(scenes):
        # One file by many names: as many handles, little disk.
        if not (many / f's{number:05d}.tif').exists():
            os.link(folder / 'small/s00000.tif', many / f's{number:05d}.tif')
    small = folder / 'small.parquet'
    make_rows(small, many.with_suffix('.parquet'), scenes * 256, scenes)
    make_rows(small, folder / f'rows_{rows}.parquet', rows, scenes, cells=8)


def make_packed(folder: Path, cover: Path) -> None:
    """Packed patches of 8-bit colours and of 16-bit bands, and crops."""
    import rasterio

    from geokr_mm.geo import KnowledgeIndex, read_patch
    from geokr_mm.packing.pack import PackOptions, pack_patches

    scene = folder / 'four' / 's00000.tif'
    if not scene.exists():
        scene.parent.mkdir(exist_ok=True)
        make_scene(scene, SIDE // 2, 16, 4, 'uint16')
    for name in ('one', 'four'):
        index = (folder / name).with_suffix('.parquet')
        if not index.exists():
            make_index(folder / name, cover, PATCH, index)
        if not (folder / f'{name}_packed').exists():
            opened = KnowledgeIndex.open(index)
            pack_patches(opened, folder / f'{name}_packed', PackOptions())
    crops = folder / 'four_crops'
    crops.mkdir(exist_ok=True)
    index = KnowledgeIndex.open(folder / 'four.parquet')
    for number in range(len(index)):
        path = crops / f'{number:05d}.tif'
        if not path.exists():
            with rasterio.open(
                path, 'w', driver='GTiff', count=4, height=PATCH, width=PATCH,
                dtype='uint16', crs='EPSG:32633', compress='deflate',
                predictor=2, transform=PLACE,
            ) as sink:  # fmt: skip
                sink.write(read_patch(index.record(number)))


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
