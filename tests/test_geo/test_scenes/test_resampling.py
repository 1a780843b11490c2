"""Scenes whose files lie on grids of several resolutions."""

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import KnowledgeIndex, Window, read_patch
from geokr_mm.geo.pipeline.build import BuildOptions, build_index
from geokr_mm.geo.scenes.options import SceneOptions
from geokr_mm.geo.scenes.patch import footprint
from geokr_mm.geo.scenes.scene_files import SceneFile, join_files

FINE, COARSE = (60, 64), (30, 32)


@pytest.fixture
def files(make_raster):
    rng = np.random.default_rng(1)
    fine = rng.integers(100, 900, FINE).astype(np.uint16)
    coarse = rng.integers(100, 900, COARSE).astype(np.uint16)
    return (
        make_raster('x_B11_20m.tif', coarse, res=20.0),
        make_raster('x_B04_10m.tif', fine),
        coarse,
        fine,
    )


def test_coarser_files_come_to_the_finest_grid(files):
    low, high, coarse, fine = files
    both = [SceneFile(low, ('B11',)), SceneFile(high, ('B04',))]
    nearest = SceneOptions(resample='nearest')
    with pytest.raises(InputError, match='another grid.*--bands.*--resample'):
        join_files(both)
    scene = join_files(both, options=nearest)
    assert (scene.height, scene.width) == FINE and scene.gsd() == 10.0
    pixels, valid = scene.read_masked(Window(3, 5, 20, 11))
    assert valid is None
    expected = np.kron(coarse, np.ones((2, 2), np.uint16))[5:16, 3:23]
    assert (pixels[0] == expected).all()
    assert (pixels[1] == fine[5:16, 3:23]).all()
    one = join_files(both, options=SceneOptions(bands=('B04',)))
    assert one.files == (high,) and one.grid is None


def test_a_file_that_ends_early_is_empty_there(make_raster, files):
    small = make_raster('x_B12_20m.tif', files[2][:, :16], res=20.0)
    both = [SceneFile(small, ('B12',)), SceneFile(files[1], ('B04',))]
    scene = join_files(both, options=SceneOptions(resample='nearest'))
    pixels, valid = scene.read_masked()
    assert valid is not None
    assert valid[0, :, :32].all() and not valid[0, :, 32:].any()
    assert valid[1].all() and pixels.shape == (2, *FINE)


def test_an_index_reads_them_on_the_same_grid(make_raster, tmp_path, files):
    table = tmp_path / 'scenes.csv'
    table.write_text(f'path,scene,bands\n{files[0]},x,B11\n{files[1]},x,B04\n')
    codes = np.full(FINE, 10, np.uint8)
    cover = make_raster('ESA_WorldCover_10m_2021_v200_N45E014_Map.tif', codes)
    out = tmp_path / 'i.parquet'
    build_index(
        BuildOptions(
            (str(table),), 'worldcover', (cover,), 30, str(out),
            bands=('B11', 'B04'), resample='nearest',
        )
    )  # fmt: skip
    index = KnowledgeIndex.open(out)
    assert len(index) == 4
    record = index.record(3)
    pixels = read_patch(record, verify=True)
    expected = np.kron(files[2], np.ones((2, 2), np.uint16))[30:60, 30:60]
    assert (pixels[0] == expected).all()
    assert (pixels[1] == files[3][30:60, 30:60]).all()
    corners, crs = footprint(record)
    assert crs == 'EPSG:32633'
    assert corners[0].tolist() == [500300.0, 5099700.0]
    # The finest band alone needs no resampling and none is stored.
    build_index(
        BuildOptions(
            (str(table),), 'worldcover', (cover,), 30, str(out),
            bands=('B04',),
        )
    )  # fmt: skip
    assert KnowledgeIndex.open(out).record(0).grid is None
