"""Labels against a better map of the same place."""

import subprocess
import sys

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from geokr_mm.benchmark.reference import (
    measure_distances,
    reference_fractions,
)
from geokr_mm.benchmark.results import read_rows
from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, LandCover, build_index
from geokr_mm.geo.maps.crosswalk import load_crosswalk


def write(path, array, res, crs='EPSG:26917'):
    planes = array if array.ndim == 3 else array[None]
    with rasterio.open(
        path,
        'w',
        driver='GTiff',
        count=len(planes),
        height=planes.shape[1],
        width=planes.shape[2],
        dtype=planes.dtype,
        crs=crs,
        transform=from_origin(671664.0, 4374596.0, res, res),
    ) as sink:
        sink.write(planes)
    return str(path)


@pytest.fixture
def place(tmp_path):
    """Four patches: NLCD says forest, half of it is field on the 1 m map."""
    rng = np.random.default_rng(1)
    image = write(
        tmp_path / 'naip.tif',
        rng.integers(1, 255, (3, 64, 64)).astype(np.uint8),
        1.0,
    )
    nlcd = np.full((4, 4), 41, np.uint8)
    nlcd[:, 2:] = 21
    coarse = write(tmp_path / 'nlcd_2011.tif', nlcd, 16.0)
    fine = np.full((64, 64), 2, np.uint8)
    fine[::2] = 3
    fine[:, 32:] = 5
    # The last patch is not on the 1 m map.
    fine[32:, 32:] = 15
    better = write(tmp_path / 'lc.tif', fine, 1.0)
    out = tmp_path / 'index.parquet'
    build_index(
        BuildOptions(
            (image,),
            'nlcd',
            (coarse,),
            32,
            str(out),
            legend='native',
            filters=(),
        )
    )
    return KnowledgeIndex.open(out), better


def test_what_the_better_map_says(place):
    index, better = place
    cover = LandCover.open('chesapeake_lc', better, 2013, legend='native')
    assert cover.classes == ('water', 'forest', 'field', 'impervious')
    found, known = reference_fractions(index, cover)
    np.testing.assert_allclose(known, [1, 1, 1, 0], atol=1e-6)
    half, paved = [0, 0.5, 0.5, 0], [0, 0, 0, 1]
    np.testing.assert_allclose(found[:3], [half, paved, half], atol=1e-6)


def test_distances_in_the_classes_of_the_better_map(place, tmp_path):
    index, better = place
    cover = LandCover.open('chesapeake_lc', better, 2013, legend='native')
    walk = load_crosswalk(
        'nlcd_to_chesapeake_lc', index.classes, cover.classes
    )
    # Half deciduous forest, half pasture: the truth of patches 0 and 2.
    label = np.zeros_like(index.fractions)
    label[:, [index.classes.index('deciduous_forest')]] = 0.5
    label[:, [index.classes.index('pasture_hay')]] = 0.5
    table = tmp_path / 'r.csv'
    found = measure_distances(
        index, {'mine': label}, cover, walk, 'tile', 3, table
    )
    # Patch 1: 90 % lawn on the map, 100 % paved in truth.
    assert found['map']['tv'] == pytest.approx((0.5 + 0.9 + 0.5) / 3)
    assert found['mine']['tv'] == pytest.approx((0 + 1 + 0) / 3, abs=1e-6)
    assert found['mine']['patches'] == 3
    rows = read_rows(table)
    keys = ('model', 'metric_name', 'pretraining_seed')
    assert [tuple(r[key] for key in keys) for r in rows] == [
        ('map', 'tv', '3'),
        ('map', 'patches', '3'),
        ('mine', 'tv', '3'),
        ('mine', 'patches', '3'),
    ]
    assert rows[0]['protocol'] == 'labels'
    assert rows[0]['method'] == 'distance from chesapeake_lc'


def test_elsewhere_is_refused(place, tmp_path):
    index, _ = place
    far = write(
        tmp_path / 'far.tif', np.full((8, 8), 2, np.uint8), 1.0, 'EPSG:26918'
    )
    cover = LandCover.open('chesapeake_lc', far, 2013, legend='native')
    walk = load_crosswalk(
        'nlcd_to_chesapeake_lc', index.classes, cover.classes
    )
    with pytest.raises(InputError, match='covers none of its patches'):
        measure_distances(index, {}, cover, walk, 'tile')


@pytest.mark.slow
def test_the_tool_prints_the_map_itself(place, repo):
    index, better = place
    done = subprocess.run(
        [
            *(sys.executable, 'tools/compare_labels.py', index.path),
            *('--product', 'chesapeake_lc', '--year', '2013'),
            *('--land-cover', better),
            *('--crosswalk', 'nlcd_to_chesapeake_lc'),
        ],
        cwd=repo,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert 'map: TV from chesapeake_lc 0.6333 (1.00 of the map)' in done.stdout
