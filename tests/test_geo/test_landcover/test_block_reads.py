"""Windows to decode: all that footprints touch, and no other block."""

import numpy as np
import pytest

from geokr_mm.geo.landcover.block_reads import block_runs, plan_reads


@pytest.mark.parametrize('block', [(16, 16), (8, 32), (5, 97), (1, 97)])
@pytest.mark.parametrize('seed', range(4))
def test_runs_are_the_touched_blocks(block, seed):
    rng = np.random.default_rng(seed)
    size = (83, 97)
    low = rng.integers(0, [90, 76], (seed * 4 + 1, 2))
    high = low + rng.integers(1, 8, low.shape)
    boxes = np.concatenate([low, high], axis=1)
    (x, y), (right, bottom) = low.min(axis=0), high.max(axis=0)
    if block[1] >= size[1]:
        x, right = 0, size[1]
    touched = np.zeros(size, bool)
    for a, b, c, d in boxes:
        rows = slice(b // block[0] * block[0], -(-d // block[0]) * block[0])
        cols = slice(a // block[1] * block[1], -(-c // block[1]) * block[1])
        touched[rows, cols] = True
    inside = np.zeros(size, bool)
    inside[y:bottom, x:right] = True
    read = np.zeros(size, int)
    for col, row, w, h in block_runs(
        boxes, (x, y, right - x, bottom - y), block
    ):
        assert w > 0 and h > 0
        read[row : row + h, col : col + w] += 1
    # Each cell once at most.
    assert (read == (touched & inside)).all()


def test_a_plan_has_every_footprint_once():
    rng = np.random.default_rng(3)
    low = rng.integers(-20, 5000, (500, 2))
    boxes = np.concatenate([low, low + rng.integers(1, 90, (500, 2))], axis=1)
    seen = []
    for group, (x, y, w, h), runs in plan_reads(
        boxes, (4800, 4900), (256, 256)
    ):
        seen += group.tolist()
        found = np.clip(boxes[group], 0, [4900, 4800, 4900, 4800])
        assert (found[:, :2] >= [x, y]).all()
        assert (found[:, 2:] <= [x + w, y + h]).all()
        area = sum(c * d for _, _, c, d in runs)
        assert 0 < area <= w * h
    on = (boxes[:, 2:] > 0).all(1) & (low < [4900, 4800]).all(1)
    assert sorted(seen) == np.flatnonzero(on).tolist()
