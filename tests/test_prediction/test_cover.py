"""Scenes become maps, areas and a page."""

import shutil
import subprocess
import sys
import time
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.shutil import copy

import geokr_mm
from geokr_mm.errors import InputError
from geokr_mm.geo import LandCover
from geokr_mm.geo.maps.legend import common_legend
from geokr_mm.prediction import cover as module
from geokr_mm.prediction.cover import predict_cover
from geokr_mm.prediction.options import PredictOptions, RunOptions

from .conftest import same_bytes

RUN = RunOptions(quiet=True, device='cpu')


@pytest.fixture(scope='module')
def options(gridded, index, tmp_path_factory):
    return PredictOptions(
        checkpoint=str(gridded),
        scenes=(str(index.with_suffix('.tif')),),
        product='worldcover',
        year=2021,
        land_cover=(str(index.with_name('map.tif')),),
        held_out=str(index),
        least=0.3,
        out=str(tmp_path_factory.mktemp('cover') / 'out'),
    )


@pytest.fixture(scope='module')
def made(options):
    """What a run on one scene writes."""
    return predict_cover(options, 'command', RUN)


def read(made, kind):
    with rasterio.open(made.folder / made.maps[0].file(kind)) as source:
        return source.read()


def test_geotiffs_are_cloud_optimised(made):
    cogeo = pytest.importorskip('rio_cogeo')
    files = sorted(made.folder.glob('*.tif'))
    assert len(files) == 5
    for file in files:
        valid, errors, warnings = cogeo.cog_validate(file, strict=True)
        assert valid, (file, errors, warnings)


def test_classes_have_codes_colours_and_names(made, tmp_path):
    fractions = read(made, 'fractions')
    assert fractions.shape == (10, 32, 64)
    np.testing.assert_allclose(fractions.sum(0), 1, atol=0.01)
    (codes,) = read(made, 'classes')
    legend = common_legend()
    own = np.array([c.code for c in legend.classes])
    np.testing.assert_array_equal(codes, own[fractions.argmax(0)])
    file = made.folder / made.maps[0].file('classes')
    with rasterio.open(file) as source:
        assert source.colormap(1)[20][:3] == legend.classes[1].color
    copy(file, tmp_path / 'classes.vrt', driver='VRT')
    names = (tmp_path / 'classes.vrt').read_text().split('<Category>')
    assert names[21].startswith('forest<') and names[22].startswith('<')


def test_disagreement_is_the_distance_from_the_exact_map(made, options):
    cover = LandCover.open('worldcover', list(options.land_cover), 2021)
    grid, scene = made.maps[0].view.grid, made.maps[0].view.scene
    assert (grid.cell, grid.coarse) == (8, 1)
    windows = scene.windows(8, 8)
    on_map = cover.fractions(scene.corners(windows), scene.crs)[:, 0]
    fractions = read(made, 'fractions').reshape(10, -1).T
    expected = np.abs(on_map - fractions).sum(1) / 2
    (found,) = read(made, 'disagreement')
    np.testing.assert_allclose(found.ravel(), expected, atol=2e-3)


def test_areas_are_ranked_and_lead_to_images(made):
    frame = gpd.read_file(made.folder / 'areas.gpkg')
    assert len(frame) == len(made.areas) > 3
    assert list(frame['rank']) == list(range(1, len(frame) + 1))
    assert frame['disputed_hectares'].is_monotonic_decreasing
    assert (frame['map_class'] != frame['network_class']).all()
    metres = frame.to_crs(made.maps[0].view.scene.crs).area
    np.testing.assert_allclose(metres / 1e4, frame['hectares'], rtol=1e-3)
    assert all((made.folder / chip).is_file() for chip in frame['chip'])
    (distance,), (on_map,) = read(made, 'disagreement'), read(made, 'map')
    first = made.areas[0].span
    inside = slice(first.row, first.row_end), slice(first.col, first.col_end)
    code = common_legend().classes[int(made.areas[0].map.argmax())].code
    assert (on_map[inside] == code).any()
    assert distance[inside].max() >= 0.3


def test_held_out_places_are_compared(made):
    lines = (made.folder / 'calibration.csv').read_text().splitlines()
    assert lines[0] == 'class,from,to,patches,network,map'
    rows = [line.split(',') for line in lines[1:]]
    counts = {
        name: sum(int(row[3]) for row in rows if row[0] == name)
        for name in {row[0] for row in rows}
    }
    assert len(set(counts.values())) == 1 and 0 < counts['forest'] < 32


def test_blocks_leave_no_seams(made, options, tmp_path, monkeypatch):
    monkeypatch.setattr('geokr_mm.geo.cover.cells.BLOCK', 128)
    monkeypatch.setattr('geokr_mm.geo.cover.cells.BLOCK_WINDOWS', 1)
    alone = replace(
        options, product=None, land_cover=(), held_out=None, year=None,
        out=str(tmp_path / 'out'),
    )  # fmt: skip
    found = predict_cover(alone, run=RUN)
    assert len(found.maps[0].view.grid.blocks) == 8
    assert {p.name.rpartition('_')[2] for p in found.folder.glob('*.tif')} == {
        'fractions.tif', 'classes.tif', 'confidence.tif',
    }  # fmt: skip
    for kind in ('fractions', 'confidence'):
        np.testing.assert_allclose(
            read(found, kind), read(made, kind), atol=2e-3
        )


def test_empty_parts_stay_empty(options, tmp_path):
    scene = tmp_path / 'scene.tif'
    shutil.copy(options.scenes[0], scene)
    with rasterio.open(scene, 'r+') as sink:
        pixels = sink.read()
        pixels[:, :, :100] = 0
        sink.write(pixels)
    found = predict_cover(
        replace(
            options, scenes=(str(scene),), held_out=None,
            out=str(tmp_path / 'out'),
        ),
        run=RUN,
    )  # fmt: skip
    empty = np.isnan(read(found, 'fractions')).all(0)
    assert empty[:, :12].all() and not empty[:, 13:].any()
    np.testing.assert_array_equal(
        np.isnan(read(found, 'disagreement')[0]), empty
    )
    assert (read(found, 'classes')[0][empty] == 255).all()


def test_plain_heads_slide(plain, options, tmp_path):
    found = predict_cover(
        replace(
            options, checkpoint=str(plain), held_out=None, metres=3000,
            out=str(tmp_path / 'out'),
        ),
        run=RUN,
    )  # fmt: skip
    grid = found.maps[0].view.grid
    assert (grid.cell, grid.stride, grid.coarse) == (16, 16, 2)
    assert read(found, 'fractions').shape == (10, 16, 32)
    assert read(found, 'disagreement').shape == (1, 8, 16)


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bytes(
    repo, made, options, tmp_path, monkeypatch
):
    out = tmp_path / 'out'
    words = [
        *(sys.executable, '-c', SLOW, str(repo / 'tools')),
        *(options.checkpoint, '--scenes', *options.scenes),
        *('--product', 'worldcover', '--year', '2021', '--device', 'cpu'),
        *('--land-cover', *options.land_cover, '--least', '0.3'),
        *('--out', str(out)),
    ]
    running = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        wait = time.monotonic() + 600
        while not list(tmp_path.glob('.out.parts-*/0/*.npz')):
            assert running.poll() is None and time.monotonic() < wait
            time.sleep(0.05)
    finally:
        running.kill()
        running.wait()
    assert not out.exists()
    kept = len(list(tmp_path.glob('.out.parts-*/0/*.npz')))
    monkeypatch.setattr('geokr_mm.geo.cover.cells.BLOCK', 128)
    monkeypatch.setattr('geokr_mm.geo.cover.cells.BLOCK_WINDOWS', 1)
    read_blocks = []
    monkeypatch.setattr(
        module, 'read_block',
        lambda *job: read_blocks.append(job) or whole(*job),
    )  # fmt: skip
    whole = sys.modules['geokr_mm.prediction.block'].read_block
    again = replace(options, held_out=None, out=str(out))
    predict_cover(again, 'c', replace(RUN, resume=True))
    assert len(read_blocks) == 8 - kept < 8
    assert sorted(p.name for p in tmp_path.iterdir()) == ['out']
    read_blocks.clear()
    fresh = replace(again, out=str(tmp_path / 'fresh'))
    predict_cover(fresh, 'c', RUN)
    assert len(read_blocks) == 8
    same_bytes(out, tmp_path / 'fresh')


SLOW = """
import runpy, sys, time
import geokr_mm.geo.cover.cells as cells
from geokr_mm.geo.cover.block_cache import BlockCache
cells.BLOCK, cells.BLOCK_WINDOWS = 128, 1
put = BlockCache.put
def slow(*args):
    put(*args)
    time.sleep(1)
BlockCache.put = slow
sys.argv = ['predict_cover.py', *sys.argv[2:]]
runpy.run_path(sys.orig_argv[3] + '/predict_cover.py', run_name='__main__')
"""


@pytest.mark.slow
def test_several_workers_give_the_same(made, options, tmp_path):
    again = replace(options, held_out=None, out=str(tmp_path / 'out'))
    found = predict_cover(again, run=replace(RUN, workers=2))
    for kind in ('fractions', 'disagreement'):
        np.testing.assert_allclose(
            read(found, kind), read(made, kind), atol=2e-3
        )


def test_what_cannot_be_used_is_refused(options, made, tmp_path):
    def refused(words, run=RUN, **changed):
        given = {'out': str(tmp_path / 'out'), **changed}
        with pytest.raises(InputError, match=words):
            predict_cover(replace(options, **given), run=run)
        assert not list(tmp_path.iterdir())

    refused('exists already', out=str(made.folder))
    refused('--product and --land-cover', land_cover=())
    refused('--least 0: ', least=0)
    refused('--areas -1: ', areas=-1)
    refused('--batch 0: ', replace(RUN, batch=0))
    refused('no such scene', scenes=('nowhere.tif',))


def test_a_notebook_gets_a_dataset(made, options):
    pytest.importorskip('xarray')
    found = geokr_mm.predict(options.scenes[0], options.checkpoint)
    assert found.fractions.dims == ('class', 'y', 'x')
    np.testing.assert_allclose(
        found.fractions.values, read(made, 'fractions'), atol=2e-3
    )
    assert set(found.data_vars) == {'fractions', 'entropy', 'student_teacher'}
    with rasterio.open(made.folder / made.maps[0].file('fractions')) as source:
        assert source.xy(2, 3) == (found.x[3], found.y[2])
