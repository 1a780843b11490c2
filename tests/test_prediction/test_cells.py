"""Windows cover a scene, overlap, and blend to cells without seams."""

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo.cover.cells import Blend, CellGrid, gathered, make_grid


@pytest.mark.parametrize('size', [(97, 200), (64, 64), (20, 300), (1, 1)])
@pytest.mark.parametrize('grid', [1, 4])
def test_every_cell_is_read_and_equal_windows_blend_to_themselves(size, grid):
    cells = make_grid(size[1], size[0], 64, grid, None)
    assert cells.shape == (-(-size[0] // 16), -(-size[1] // 16))
    (span,) = cells.blocks
    blend = Blend(cells, span, 2)
    values = np.broadcast_to(np.float32([0.25, 0.75]), (grid, grid, 2))
    for corner in cells.corners(span):
        blend.add(*corner, values)
    np.testing.assert_allclose(
        blend.mean(), np.broadcast_to([0.25, 0.75], (*cells.shape, 2))
    )


def test_cells_are_means_of_their_windows_weighted_by_the_middle():
    cells = CellGrid(width=48, height=16, cell=16, window=32, stride=16)
    (span,) = cells.blocks
    assert list(cells.corners(span)) == [(0, 0), (0, 1)]
    blend = Blend(cells, span, 1)
    left, right = np.random.default_rng(0).random((2, 2, 2, 1), np.float32)
    blend.add(0, 0, left)
    blend.add(0, 1, right)
    expected = [left[0, 0], (left[0, 1] + right[0, 0]) / 2, right[0, 1]]
    np.testing.assert_allclose(blend.mean()[0], expected, rtol=1e-6)


def test_blocks_together_are_the_scene(monkeypatch):
    monkeypatch.setattr('geokr_mm.geo.cover.cells.BLOCK', 64)
    monkeypatch.setattr('geokr_mm.geo.cover.cells.BLOCK_WINDOWS', 1)
    cells = CellGrid(300, 200, cell=8, window=64, stride=32, coarse=3)
    seen = np.zeros(cells.shape, int)
    for span in cells.blocks:
        assert span.row % 3 == span.col % 3 == 0
        seen[span.row : span.row_end, span.col : span.col_end] += 1
        around = cells.around(span)
        assert around.row <= span.row and around.col_end >= span.col_end
    assert len(cells.blocks) > 4 and (seen == 1).all()


def test_coarser_cells_weigh_by_what_they_hold():
    values = np.arange(12, dtype=np.float32).reshape(3, 4, 1)
    weights = np.ones((3, 4), np.float32)
    weights[0, 0], values[0, 0] = 0, np.nan
    weights[2, 2:] = 0
    mean, share = gathered(values, weights, 2)
    np.testing.assert_allclose(mean[..., 0], [[10 / 3, 4.5], [8.5, np.nan]])
    np.testing.assert_allclose(share, [[0.75, 1], [1, 0]])


@pytest.mark.parametrize('grid, stride', [(1, 15), (4, 24), (4, 80), (1, 0)])
def test_a_stride_that_divides_no_window_is_refused(grid, stride):
    with pytest.raises(InputError, match=f'--stride {stride}: give a'):
        make_grid(300, 300, 64, grid, stride)
