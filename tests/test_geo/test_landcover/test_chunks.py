"""Footprints in portions: each place once, tiles and chunks together."""

import numpy as np

from geokr_mm.geo.landcover import block_reads as chunks
from geokr_mm.geo.landcover.chunks import RUN, ChunkLocator, chunk_batches
from geokr_mm.geo.landcover.tile import Tile


def in_portions(tiles, centres, most):
    """Numbers of the places in each portion."""
    runs = ChunkLocator(tiles).runs(centres, np.arange(len(centres)))
    assert runs['count'].sum() == len(centres)
    runs = runs[np.argsort(runs, order=RUN.names)]
    key = np.column_stack([runs[n] for n in ('tile', 'row', 'column')])
    return [
        np.concatenate(
            [runs['start'][entry] + np.arange(a, b) for entry, a, b in taken]
        )
        for taken in chunk_batches(key, runs['count'], most)
    ]


def test_portions_keep_tiles_and_chunks_together(make_raster, monkeypatch):
    monkeypatch.setattr(chunks, 'CHUNK', 32)
    options = dict(tiled=True, blockxsize=16, blockysize=16)
    plane = np.zeros((64, 64), np.uint8)
    names = ['n31_00.tif', 'n31_01.tif', 'far.tif']
    origins = [(10.0, 50.0), (10.64, 50.0), (179.5, 1.0)]
    tiles = [
        Tile.open(
            make_raster(n, plane, 'EPSG:4326', origin=o, res=0.01, **options)
        )
        for n, o in zip(names, origins, strict=True)
    ]
    rng = np.random.default_rng(3)
    lon = np.r_[rng.uniform(10, 11.28, 400), -179.9, 30.0]
    lat = np.r_[rng.uniform(49.36, 50, 400), 0.8, 30.0]
    centres = np.stack([lon, lat], axis=1)
    found = in_portions(tiles, centres, 120)
    together = np.concatenate(found)
    assert sorted(together) == list(range(402))
    assert max(map(len, found)) <= 120
    homes = [
        set(np.where(lon[p] < 0, 2, np.where(lon[p] > 20, 3, lon[p] > 10.64)))
        for p in found
    ]
    assert all(len(home) == 1 for home in homes)
    assert [p.tolist() for p in found[-2:]] == [[400], [401]]
    # Chunks of 32 cells: none is in two portions.
    chunk = np.floor((lon - 10) / 0.32) + 100 * np.floor((50 - lat) / 0.32)
    seen = [set(chunk[p]) for p in found[:-2]]
    assert sum(map(len, seen)) == len(set.union(*seen)) == 8
    # A chunk that holds too many is cut.
    small = in_portions(tiles, centres, 7)
    assert max(map(len, small)) <= 7
    assert sorted(np.concatenate(small)) == list(range(402))


def test_neighbours_in_a_chunk_are_one_run(make_raster, monkeypatch):
    monkeypatch.setattr(chunks, 'CHUNK', 32)
    plane = np.zeros((64, 64), np.uint8)
    tile = Tile.open(
        make_raster('t.tif', plane, 'EPSG:4326', origin=(10.0, 50.0), res=0.01,
                    tiled=True, blockxsize=16, blockysize=16)
    )  # fmt: skip
    lon = np.array([10.1, 10.2, 10.3, 10.4, 10.5, 10.2])
    centres = np.stack([lon, np.full(6, 49.8)], axis=1)
    # 10.32 divides the chunks; number 5 is not given.
    runs = ChunkLocator([tile]).runs(centres, np.array([0, 1, 2, 3, 4, 6]))
    listed = [[int(r[n]) for n in ('column', 'start', 'count')] for r in runs]
    assert listed == [[0, 0, 3], [1, 3, 2], [0, 6, 1]]
    assert runs['cell'].tolist() == [20, 20, 20]


def test_strips_are_chunks_of_whole_rows():
    assert chunks.chunk_size((8000, 8000), (1, 8000)) == (524, 8000)
    assert chunks.chunk_size((8000, 8000), (256, 256)) == (2048, 2048)
    assert chunks.chunk_size((8000, 8000), (4096, 4096)) == (4096, 4096)
