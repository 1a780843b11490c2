"""A CRS without a place on Earth is one line, wherever it is met."""

import re

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, LandCover, build_index
from geokr_mm.geo.core.crs import crs_fault, parse_crs, same_place, transformer
from geokr_mm.geo.scenes.scene import Scene

LOCAL = 'LOCAL_CS["{}",UNIT["metre",1],AXIS["E",EAST],AXIS["N",NORTH]]'
FAULTS = [
    # Some programs keep the name only: it tells what to assign.
    (LOCAL.format('RGF93 v1 / Lambert-93'), 'is local .* e.g. EPSG:2154'),
    (LOCAL.format('Unknown engineering datum'), 'is local .* e.g. EPSG:32633'),
    (
        f'COMPD_CS["both",{LOCAL.format("site")},'
        'VERT_CS["h",VERT_DATUM["d",2005],UNIT["metre",1]]]',
        'is local',
    ),
    ('EPSG:4978', 'EPSG:4978 is geocentric, not one of a map'),
    ('EPSG:5773', 'EPSG:5773 is vertical, not one of a map'),
    ('IAU_2015:49910', 'no way to longitude and latitude on Earth'),
    ('EPSG:1', "unknown CRS 'EPSG:1'"),
]


@pytest.mark.parametrize(('crs', 'words'), FAULTS)
def test_what_is_wrong_is_said(crs, words):
    fault = crs_fault(crs)
    assert fault is not None and re.search(words, fault)
    assert '\n' not in fault


@pytest.mark.parametrize(
    'crs',
    ['EPSG:32633', 'EPSG:4326', 'EPSG:4979', 'EPSG:32633+5773', 'ESRI:54009'],
)
def test_maps_of_the_earth_have_no_fault(crs):
    assert crs_fault(crs) is None


def test_heights_and_axes_make_no_other_place():
    assert same_place('EPSG:4326', 'OGC:CRS84')
    assert same_place('EPSG:4979', 'EPSG:4326')
    assert same_place('EPSG:32633', parse_crs('EPSG:32633').to_wkt())
    assert not same_place('EPSG:32633', 'EPSG:32634')
    with pytest.raises(InputError, match="from CRS 'Moon .* to EPSG:4326"):
        transformer('IAU_2015:30100', 'EPSG:4326')


@pytest.mark.parametrize('crs', [LOCAL.format('site'), 'IAU_2015:49910'])
def test_scenes_and_maps_are_refused_by_name(make_raster, tmp_path, crs):
    rng = np.random.default_rng(0)
    pixels = rng.integers(40, 220, (3, 64, 64), np.uint8)
    cover = make_raster('map.tif', np.full((64, 64), 10, np.uint8))
    good = make_raster('scenes/a.tif', pixels)
    bad = make_raster('scenes/b.tif', pixels, crs)
    with pytest.raises(InputError, match='b.tif: its CRS .*rio edit-info'):
        Scene.open(bad)
    with pytest.raises(InputError, match='b.tif: its CRS'):
        LandCover.open('worldcover', bad, 2021)
    options = BuildOptions(
        (good, bad), 'worldcover', (cover,), 32, str(tmp_path / 'i.parquet'),
        year=2021,
    )  # fmt: skip
    with pytest.raises(InputError, match='b.tif: its CRS'):
        build_index(options)
    assert not list(tmp_path.glob('*i.parquet*'))
    summary = build_index(options, max_bad_fraction=0.5)
    assert summary.left_out == {'no_crs': 1}
    assert set(KnowledgeIndex.open(options.out).frame['scene']) == {'a'}
