"""Tiles sorted into layers by a spatial index, as by comparing all pairs."""

import time

import numpy as np
import pytest
from affine import Affine

from geokr_mm.geo.landcover.chunks import ChunkLocator
from geokr_mm.geo.landcover.tile import Tile
from geokr_mm.geo.landcover.tile_index import index_tiles

UTM = 'EPSG:32633', 'EPSG:32634'


def tile(left, top, width=100, height=100, crs='EPSG:32633', cell=10.0):
    return Tile(
        path=f'{crs}-{left}-{top}.tif', crs=crs,
        transform=Affine(cell, 0, left, 0, -cell, top), width=width,
        height=height, dtype='uint8', nodata=None, block=(100, 100),
        geographic=crs == 'EPSG:4326', unit=1.0,
    )  # fmt: skip


def brute(tiles):
    """Layers by the rule: the first of the CRS without an overlap."""

    def overlap(one, other):
        a, b = one.bounds, other.bounds
        slack = 1e-3 * min(*one.cell, *other.cell)
        return (
            min(a[2], b[2]) - max(a[0], b[0]) > slack
            and min(a[3], b[3]) - max(a[1], b[1]) > slack
        )

    groups = []
    for new in tiles:
        for group in groups:
            if group[0].crs == new.crs and not any(
                overlap(new, old) for old in group
            ):
                group.append(new)
                break
        else:
            groups.append([new])
    return [[t.path for t in g] for g in groups]


def paths(layers):
    return [[t.path for t in layer.tiles] for layer in layers]


@pytest.mark.parametrize('seed', range(6))
def test_random_tiles_come_as_by_comparing_all(seed):
    rng = np.random.default_rng(seed)
    # Few places a cell apart at most: edges that touch, slivers, copies.
    tiles = [
        tile(
            500000 + float(x) + float(dx), 5e6 + float(y),
            int(w), 100, UTM[int(zone)],
        )
        for x, dx, y, w, zone in zip(
            rng.integers(0, 8, 150) * 500, rng.choice([0, 0.005, 5], 150),
            rng.integers(0, 8, 150) * 500, rng.choice([50, 100], 150),
            rng.integers(0, 2, 150), strict=True,
        )
    ]  # fmt: skip
    found = paths(index_tiles(tiles, None))
    assert found == brute(tiles)
    assert len(found) > 6


def test_tiles_that_touch_are_one_layer_and_slivers_do_not_count():
    row = [tile(500000 + 1000 * n - 0.004 * n, 5e6) for n in range(5)]
    assert len(index_tiles(row, None)) == 1
    assert len(index_tiles([*row, tile(500020, 5e6)], None)) == 2


def test_many_tiles_take_seconds():
    side = 142
    tiles = [
        tile(-180 + 2.5 * x, 89 - 1.25 * y, 250, 125, 'EPSG:4326', 0.01)
        for y in range(side)
        for x in range(side)
    ]
    # The same again, so that each tile has one under it.
    start = time.perf_counter()
    layers = index_tiles([*tiles, *tiles], None)
    took = time.perf_counter() - start
    assert [len(layer.tiles) for layer in layers] == [side**2] * 2
    assert took < 30  # all pairs would take an hour
    centres = np.array([[-180 + 2.5 * x + 1, 88.5] for x in range(side)])
    assert ChunkLocator(tiles).tile_of(centres).tolist() == list(range(side))
