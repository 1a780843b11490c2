"""Windows and corners made from a few numbers are those of the scenes."""

import numpy as np
import pytest
from affine import Affine

from geokr_mm.geo.scenes import patch_grids
from geokr_mm.geo.scenes.patch_grids import PatchGrids
from geokr_mm.geo.scenes.scene import Scene
from geokr_mm.geo.scenes.windowed_read import Window

SIZE, STRIDE = 16, 7


@pytest.fixture
def scenes(make_raster):
    """Five scenes: three CRS, one turned, one too small for a patch."""
    turned = (
        Affine.translation(15, 46)
        @ Affine.rotation(20)
        @ Affine.scale(1e-4, -1e-4)
    )
    kinds = [
        (40, 61, 'EPSG:32633', None),
        (23, 16, 'EPSG:4326', turned),
        (15, 90, 'EPSG:32633', None),
        (16, 16, 'EPSG:32632', None),
        (30, 30, 'EPSG:32633', None),
    ]
    return [
        Scene.open(
            make_raster(f'{n}.tif', np.ones((h, w), np.uint8), crs,
                        origin=(500000.0 + 1000 * n, 5100000.0),
                        transform=transform)
        )
        for n, (h, w, crs, transform) in enumerate(kinds)
    ]  # fmt: skip


def test_grids_hold_the_patches_of_all_scenes(scenes):
    grids = PatchGrids.of(scenes, SIZE, STRIDE)
    windows = [scene.windows(SIZE, STRIDE) for scene in scenes]
    counts = [len(w) for w in windows]
    assert counts == [28, 2, 0, 1, 9] and len(grids) == 40
    spans = [grids.span(n) for n in range(5)]
    assert spans == [(0, 28), (28, 30), (30, 30), (30, 31), (31, 40)]
    for n, scene in enumerate(scenes):
        first, last = spans[n]
        made = [
            Window(col, row, SIZE, SIZE)
            for row in range(0, scene.height - SIZE + 1, STRIDE)
            for col in range(0, scene.width - SIZE + 1, STRIDE)
        ]
        assert windows[n] == made
        assert scene.windows(SIZE, STRIDE, 3, 5) == made[3:5]
        assert grids.columns[n] == scene.patch_counts(SIZE, STRIDE)[0]
        if counts[n]:
            corners = grids.corners(np.arange(first, last))
            assert np.array_equal(corners, scene.corners(windows[n]))
            crs = int(grids.crs_number[n])
            centres = grids.centres(np.arange(first, last), crs)
            assert np.allclose(centres, scene.centres(windows[n]), atol=1e-12)
    # In any order, from scenes of one CRS.
    some = np.array([39, 2, 31, 0])
    both = np.concatenate([windows[0], windows[4]]).reshape(-1, 4)
    assert both[[36, 2, 28, 0]][:, :2].tolist() == [
        [14, 14], [14, 0], [0, 0], [0, 0],
    ]  # fmt: skip
    x = grids.corners(some)[:, 0, 0]
    assert x.tolist() == [504140.0, 500140.0, 504000.0, 500000.0]


def test_patches_of_a_crs_come_a_few_at_a_time(scenes, monkeypatch):
    monkeypatch.setattr(patch_grids, 'SLICE', 10)
    grids = PatchGrids.of(scenes, SIZE, STRIDE)
    found = {
        text: [some.tolist() for some in grids.of_crs(crs)]
        for crs, text in enumerate(grids.crs)
    }
    utm, degrees, other = (found[s.crs] for s in (scenes[0], *scenes[1:4:2]))
    assert [len(some) for some in utm] == [10, 10, 10, 7]
    assert sum(utm, []) == [*range(28), *range(31, 40)]
    assert degrees == [[28, 29]] and other == [[30]]
    every = np.concatenate(
        [s.centres(s.windows(SIZE, STRIDE)) for s in scenes if s.width < 90]
    )
    extent = [*every.min(axis=0), *every.max(axis=0)]
    assert grids.extent() == pytest.approx(extent, abs=1e-9)


def test_many_patches_take_no_memory(scenes):
    import pickle

    few = PatchGrids.of(scenes, SIZE, STRIDE)
    many = PatchGrids.of(scenes, 1, 1)
    assert len(many) > 100 * len(few)
    assert len(pickle.dumps(many)) == len(pickle.dumps(few))
