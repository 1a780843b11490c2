"""Patches as images and masks: pixels, classes, and sides that keep apart."""

import json
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from PIL import Image

from geokr_mm.errors import InputError
from geokr_mm.geo import (
    BuildOptions,
    KnowledgeIndex,
    LandCover,
    Scene,
    build_index,
)
from geokr_mm.geo.index.segmentation_export import write_masks
from geokr_mm.geo.index.spatial_split import held_out
from geokr_mm.geo.scenes.patch import footprint, read_patch
from geokr_mm.geo.scenes.radiometry import stretch
from geokr_mm.geo.scenes.windowed_read import Window

SHARE, DEGREES = 0.4, 0.02


@pytest.fixture
def scene_and_map(make_raster, tmp_path):
    """A scene of 64 patches, a map on its own grid, and their index."""
    rng = np.random.default_rng(3)
    blobs = np.kron(rng.choice([10, 40, 80], (32, 32)), np.ones((4, 4)))
    blobs[:2] = 0
    cover = make_raster('map_2020.tif', blobs.astype(np.uint8), res=20.0)
    pixels = rng.integers(1, 3000, (2, 256, 256)).astype(np.uint16)
    scene = make_raster('a.tif', pixels, descriptions=('red', 'nir'))
    out = tmp_path / 'index.parquet'
    build_index(
        BuildOptions(
            (scene,),
            'worldcover',
            (cover,),
            32,
            str(out),
            year=2020,
            filters=(),
        )
    )
    return KnowledgeIndex.open(out), LandCover.open('worldcover', cover, 2020)


def test_masks_hold_the_map_pixel_by_pixel(scene_and_map, tmp_path):
    index, cover = scene_and_map
    out = tmp_path / 'out'
    count = write_masks(index, cover, out, SHARE, DEGREES, quiet=True)
    files = {s: sorted((out / 'masks' / s).iterdir()) for s in count}
    assert {s: len(f) for s, f in files.items()} == count
    with rasterio.open(tmp_path / 'map_2020.tif') as source:
        codes = source.read(1).repeat(2, axis=0).repeat(2, axis=1)
    names = list(cover.classes)
    number = {10: 'forest', 40: 'cultivated', 80: 'water'}
    table = np.full(256, 255, np.uint8)
    for code, name in number.items():
        table[code] = names.index(name)
    for side in count:
        for path in files[side]:
            record = index.record(int(path.stem))
            w = record.window
            wanted = table[
                codes[w.row : w.row + w.height, w.col : w.col + w.width]
            ]
            np.testing.assert_array_equal(Image.open(path), wanted)
            with rasterio.open(
                out / 'images' / side / f'{path.stem}.tif'
            ) as image:
                assert image.descriptions == ('red', 'nir')
                shown = stretch(read_patch(record), record.low, record.high)
                np.testing.assert_array_equal(image.read(), shown)
    about = json.loads((out / 'about.json').read_text())
    assert about['classes'] == names
    assert about['palette'] == cover.legend.palette.tolist()
    assert (about['product'], about['product_year']) == ('worldcover', 2020)


def test_no_training_patch_reaches_into_validation(scene_and_map, tmp_path):
    index, cover = scene_and_map
    out = tmp_path / 'out'
    count = write_masks(index, cover, out, SHARE, DEGREES, quiet=True)
    lonlat = np.stack([index.column('lon'), index.column('lat')], axis=1)
    val = held_out(lonlat, SHARE, DEGREES)
    rows = {
        side: [int(p.stem) for p in sorted((out / 'masks' / side).iterdir())]
        for side in count
    }
    assert val[rows['val']].all() and not val[rows['train']].any()
    assert set(rows['train']) == set(np.flatnonzero(~val))
    # Some of the held-out patches touch a training place and are left out.
    assert 0 < len(rows['val']) < val.sum()
    # A training patch may begin anywhere, so long as its centre lies in a
    # training place: none such comes within half a patch of a kept one.
    fine = np.stack(np.meshgrid(*[np.arange(0, 256, 4)] * 2), -1).reshape(
        -1, 2
    )
    centres = fine + 16

    scene = Scene.open(index.record(0).files[0])
    places = scene.centres([Window(*map(int, p), 32, 32) for p in fine])
    train = centres[~held_out(places, SHARE, DEGREES)]
    for row in rows['val']:
        w = index.record(row).window
        middle = np.array([w.col + 16, w.row + 16])
        assert np.abs(train - middle).max(axis=1).min() >= 32 - 4


def test_wrong_places_say_so_and_write_nothing(scene_and_map, tmp_path):
    index, cover = scene_and_map
    out = tmp_path / 'out'
    with pytest.raises(InputError, match='and 0 validation patches with 0.1'):
        write_masks(index, cover, out, 0.1, 50.0, quiet=True)
    assert not out.exists()
    out.mkdir()
    with pytest.raises(InputError, match='exists already'):
        write_masks(index, cover, out, SHARE, DEGREES, quiet=True)


def test_oblong_patches_are_refused(scene_and_map, tmp_path):
    index, cover = scene_and_map
    record = index.record(0)
    index.record = lambda row: replace(
        record, window=record.window._replace(width=16)
    )
    index.kept = lambda: index
    with pytest.raises(InputError, match='16 x 32 pixels; masks are written'):
        write_masks(index, cover, tmp_path / 'o', 0.4, DEGREES, quiet=True)
    assert not (tmp_path / 'o').exists()


def test_footprint_with_a_margin(scene_and_map):
    index, _ = scene_and_map
    plain, crs = footprint(index.record(9))
    wide, same = footprint(index.record(9), margin=0.5)
    assert crs == same
    np.testing.assert_allclose(wide.mean(axis=0), plain.mean(axis=0))
    np.testing.assert_allclose(np.ptp(wide, axis=0), [640, 640])
    np.testing.assert_allclose(np.ptp(plain, axis=0), [320, 320])


def test_places_stay_whatever_comes_beside_them():
    rng = np.random.default_rng(0)
    lonlat = rng.uniform([-180, -90], [180, 90], (4000, 2))
    side = held_out(lonlat, 0.3, 5.0)
    assert 0.2 < side.mean() < 0.4
    np.testing.assert_array_equal(held_out(lonlat[::7], 0.3, 5.0), side[::7])
    # All points of a place go to one side.
    cell = np.floor(lonlat / 5.0) @ [1, 1000]
    for value in np.unique(cell):
        assert len(np.unique(side[cell == value])) == 1
    assert not held_out(lonlat, 0.0, 5.0).any()
    assert held_out(lonlat, 1.0, 5.0).all()
