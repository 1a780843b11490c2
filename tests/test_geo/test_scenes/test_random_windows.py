"""Random windows beside the grid: drawn, labelled and read."""

import numpy as np
import pytest

from geokr_mm.datasets.geokr_dataset import GeoKRDataset
from geokr_mm.datasets.transforms.loading import resampled
from geokr_mm.errors import InputError
from geokr_mm.geo import (
    BuildOptions,
    KnowledgeIndex,
    LandCover,
    Scene,
    build_index,
    read_patch,
)
from geokr_mm.geo.pipeline.cli import main
from geokr_mm.geo.scenes.random_windows import random_windows

RNG = np.random.default_rng(6)


def opened(make_raster, sizes):
    return [
        Scene.open(
            make_raster(f'{n}.tif', np.ones((h, w), np.uint8), res=10.0)
        )
        for n, (h, w) in enumerate(sizes)
    ]


def test_windows_of_several_scales(make_raster):
    scenes = opened(make_raster, [(200, 300), (50, 40), (20, 500)])
    found = random_windows(scenes, 32, 4000, (0.5, 2.0), 5)
    assert np.array_equal(
        found, random_windows(scenes, 32, 4000, (0.5, 2.0), 5)
    )
    assert not np.array_equal(
        found, random_windows(scenes, 32, 4000, (0.5, 2.0), 6)
    )
    owner, column, row, side = found.T
    assert (np.diff(owner) >= 0).all()
    # Even over pixels: 60,000, 2,000 and 10,000 of them.
    shares = np.bincount(owner) / 4000
    assert shares == pytest.approx([60 / 72, 2 / 72, 10 / 72], abs=0.02)
    assert side.min() == 16 and side[owner == 0].max() == 64
    assert side[owner == 1].max() == 40 and (side[owner == 2] <= 20).all()
    size = np.array([[s.width, s.height] for s in scenes])[owner]
    assert (column >= 0).all() and (column + side <= size[:, 0]).all()
    assert (row >= 0).all() and (row + side <= size[:, 1]).all()
    # Even on a logarithmic scale: as many below the patch size as above.
    assert (side[owner == 0] < 32).mean() == pytest.approx(0.5, abs=0.04)


@pytest.fixture
def options(make_raster, tmp_path, cover_codes):
    pixels = RNG.integers(1, 250, (3, 120, 150)).astype(np.uint8)
    return BuildOptions(
        (make_raster('a.tif', pixels), make_raster('b.tif', pixels[:, :60])),
        'worldcover',
        (make_raster('map.tif', cover_codes),),
        32,
        str(tmp_path / 'i.parquet'),
        year=2021,
        stretch='none',
        sample=25,
        sample_seed=2,
    )


def test_they_have_the_fractions_and_pixels_of_their_ground(options):
    build_index(options)
    index = KnowledgeIndex.open(options.out)
    # 3 x 4 and 1 x 4 patches of the grids, and 25 windows.
    assert len(index) == 12 + 4 + 25
    scenes = {
        n: Scene.open(p) for n, p in zip('ab', options.scenes, strict=True)
    }
    cover = LandCover.open('worldcover', list(options.land_cover), 2021)
    beside = 0
    for n in range(len(index)):
        record = index.record(n)
        window, scene = record.window, scenes[record.scene]
        beside += window.col % 32 > 0 or window.row % 32 > 0
        wanted = cover.fractions(scene.corners([window]), scene.crs)[0]
        assert record.fractions == pytest.approx(np.ravel(wanted), abs=1e-6)
        assert (read_patch(record, verify=True) == scene.read(window)).all()
        parts = record.patch_id.split('_')
        assert parts[1:3] == [str(window.col), str(window.row)]
        assert (window.width == 32) == (len(parts) == 3)
    assert beside > 20
    sizes = set(index.column('width').tolist())
    assert min(sizes) >= 16 and max(sizes) <= 64 and len(sizes) > 8
    data = GeoKRDataset(options.out, pipeline=[{'type': 'geokr_mm.LoadPatch'}])
    for n in range(len(data)):
        sample = data[n]
        assert sample['img'].shape == sample['img_shape'] + (3,)
        assert sample['img_shape'] == (32, 32)


def test_resampling():
    image = np.zeros((4, 4, 2), np.uint8)
    image[:2, :2, 0], image[2:, 2:, 1] = 200, 100
    small = resampled(image, 2)
    assert small[..., 0].tolist() == [[200, 0], [0, 0]]
    assert small[..., 1].tolist() == [[0, 0], [0, 100]]
    assert resampled(image[..., :1], 8).shape == (8, 8, 1)


def test_wrong_scales_are_refused(options, capsys):
    words = [
        *('--scenes', options.scenes[0], '--product', 'worldcover'),
        *('--land-cover', options.land_cover[0], '--year', '2021'),
        *('--patch-size', '32', '--out', options.out, '--sample', '3'),
    ]
    for text in ('2,1', '0,1', 'fine', '1'):
        with pytest.raises(InputError, match='give two numbers above 0'):
            main([*words, '--scales', text])
