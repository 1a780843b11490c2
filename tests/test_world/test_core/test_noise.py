"""Hashes and smooth random fields."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from geokr_mm.world.core.grid import Grid
from geokr_mm.world.core.hashing import cell_hash, mix, subseed, unit
from geokr_mm.world.core.noise import fractal_noise, interpolate, lattice_noise


def test_hash_is_uniform_and_fixed() -> None:
    # A changed value here changes every world ever made.
    assert mix(np.uint32([0, 1, 2])).tolist() == [0, 1753845952, 3507691905]
    assert subseed(7, 'a', 1) == subseed(7, 'a', 1) != subseed(7, 'a', 2)
    i, j = np.meshgrid(np.arange(-300, 300), np.arange(-300, 300))
    u = unit(cell_hash(i, j, 11))
    counts, _ = np.histogram(u, 20, (0, 1))
    assert abs(counts / u.size - 0.05).max() < 0.002
    assert abs(np.corrcoef(u[:, 1:].ravel(), u[:, :-1].ravel())[0, 1]) < 0.01


def test_interpolate_reproduces_a_plane() -> None:
    rows, cols = np.indices((12, 15), dtype=np.float32)
    plane = 2 * cols - 3 * rows + 1
    at_c, at_r = np.array([3.25, 7.5, 10.0]), np.array([2.5, 8.125])
    got = interpolate(plane, at_c, at_r)
    assert_allclose(got, 2 * at_c - 3 * at_r[:, None] + 1, atol=1e-5)
    free = interpolate(
        plane, np.tile(at_c, (2, 1)), np.tile(at_r[:, None], (1, 3))
    )
    assert_allclose(free, got, atol=1e-5)


def test_noise_belongs_to_the_ground() -> None:
    """A window and a part of it see the same noise."""
    whole = Grid.window(0, 640, 2, 320, 320)
    part = Grid.window(200, 400, 2, 100, 120)
    a, b = (fractal_noise(g, 150, 5, 9) for g in (whole, part))
    assert_allclose(a[120:220, 100:220], b, atol=2e-5)
    wide = lattice_noise(Grid.window(0, 1e5, 100, 1000, 1000), 330, 3)
    assert abs(wide.mean()) < 0.05
    assert wide.std() == pytest.approx(1, abs=0.06)
