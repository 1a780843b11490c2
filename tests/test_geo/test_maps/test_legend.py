"""Legends and product files: names, codes and sizes that are published."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import Legend, list_products, load_product
from geokr_mm.geo.landcover.map_years import year_of_name
from geokr_mm.geo.maps.legend import common_legend

COMMON = (
    'cultivated', 'forest', 'grassland', 'shrubland', 'wetland', 'water',
    'tundra', 'artificial', 'bareland', 'snow_ice',
)  # fmt: skip


def test_common_legend_is_globeland30s():
    legend = common_legend()
    assert legend.names == COMMON
    assert [c.code for c in legend.classes] == list(range(10, 101, 10))
    assert legend.palette[7].tolist() == [255, 0, 0]
    assert legend.palette.dtype == np.uint8


@pytest.mark.parametrize('name', list_products())
def test_every_product_file_is_complete(name):
    product = load_product(name)
    assert product.name == name
    for key in ('title', 'years', 'gsd', 'crs', 'source', 'licence',
                'citation'):  # fmt: skip
        assert product.about[key], key
    assert set(product.common) <= set(COMMON)
    assert len({c.name for c in product.classes}) == len(product.classes)
    assert not set(product.codes) & (product.nodata | product.sea)


@pytest.mark.parametrize(
    ('name', 'code', 'native', 'common'),
    [
        ('globeland30', 77, 'tundra', 'tundra'),
        ('globeland30', 80, 'artificial', 'artificial'),
        ('worldcover', 95, 'mangroves', 'wetland'),
        ('worldcover', 100, 'moss_lichen', 'tundra'),
        ('nlcd', 90, 'woody_wetlands', 'wetland'),
        ('nlcd', 24, 'developed_high', 'artificial'),
        ('nlcd8', 4, 'forest', 'forest'),
        ('glcnmo', 12, 'paddy_field', 'cultivated'),
        ('s2_slovenia', 5, 'water', 'water'),
        ('dynamic_world', 6, 'built', 'artificial'),
        ('esri_lulc', 11, 'rangeland', 'grassland'),
        ('glc_fcs30d', 185, 'mangrove', 'wetland'),
        ('cgls_lc100', 126, 'open_other', 'forest'),
        ('mcd12q1', 17, 'water', 'water'),
        ('mcd12c1', 0, 'water', 'water'),
        ('mcd12c1', 16, 'barren', 'bareland'),
        ('corine', 312, 'coniferous_forest', 'forest'),
        ('corine', 24, 'coniferous_forest', 'forest'),
        ('corine', 43, 'estuaries', 'water'),
        ('s2_slovenia', 8, 'artificial', 'artificial'),
        ('from_glc10', 80, 'impervious', 'artificial'),
        ('clcd', 9, 'wetland', 'wetland'),
        ('glc_fcs30', 61, 'deciduous_broadleaved_closed', 'forest'),
        ('glc_fcs30d', 61, 'deciduous_broadleaved_open', 'forest'),
    ],
)
def test_codes_find_their_classes(name, code, native, common):
    product = load_product(name)
    own, shared = product.legend('native'), product.legend('common')
    assert own.names[product.columns(own)[code]] == native
    assert shared.names[product.columns(shared)[code]] == common


def test_a_product_that_shows_no_land_cover():
    climate = load_product('koppen_geiger')
    assert climate.common == ()
    assert climate.legend('native').names[0] == 'tropical'
    with pytest.raises(InputError, match='no common classes; give --legend'):
        climate.legend('common')


def test_sizes_of_the_named_legends():
    # Of the producers' own tables; no product without a line here.
    sizes = {
        'cgls_lc100': 21,
        'cgls_lc100_fractions': 10,
        'chesapeake_lc': 4,
        'clcd': 9,
        'corine': 43,
        'dynamic_world': 9,
        'esri_lulc': 10,
        'from_glc10': 10,
        'glc_fcs30': 30,
        'glc_fcs30d': 35,
        'glcnmo': 20,
        'globeland30': 10,
        'koppen_geiger': 5,
        'mcd12c1': 17,
        'mcd12q1': 17,
        'nlcd': 16,
        'nlcd8': 8,
        's2_slovenia': 10,
        'terramesh_lulc': 8,
        'worldcover': 11,
    }
    for name in list_products():
        own = load_product(name).legend('native')
        assert len(own.names) == len(own.palette) == sizes.pop(name), name
        if name != 'koppen_geiger':
            assert len(load_product(name).legend('common').names) == 10
    assert not sizes
    assert load_product('corine').sea == {44, 523}


def test_legend_survives_its_dict():
    legend = load_product('chesapeake_lc').legend('native')
    stored = json.loads(json.dumps(asdict(legend)))
    assert stored == {
        'name': 'native',
        'product': 'chesapeake_lc',
        'classes': [
            {'code': 1, 'name': 'water', 'color': [0, 197, 255]},
            {'code': 2, 'name': 'forest', 'color': [38, 115, 0]},
            {'code': 3, 'name': 'field', 'color': [163, 255, 115]},
            {'code': 4, 'name': 'impervious', 'color': [156, 156, 156]},
        ],
    }
    copy = Legend.from_dict(stored)
    assert copy == legend and copy.classes[1].color == (38, 115, 0)


def test_own_product_file(tmp_path):
    path = tmp_path / 'mine.yaml'
    path.write_text(
        'classes:\n'
        '- {code: 1, codes: [1, 2], name: a, color: [0, 0, 0], '
        'common: water}\n'
    )
    product = load_product(str(path))
    assert product.name == 'mine' and product.codes == {1: 0, 2: 0}


def test_unknown_names_list_the_known():
    with pytest.raises(InputError, match='choose one of .*worldcover'):
        load_product('worldcove')
    with pytest.raises(InputError, match='no such product file'):
        load_product('nowhere.yaml')
    with pytest.raises(InputError, match='common, native'):
        load_product('nlcd').legend('other')


@pytest.mark.parametrize(
    ('name', 'file', 'year'),
    [
        ('globeland30', 'n49_30_2010LC030.tif', 2010),
        ('worldcover', 'ESA_WorldCover_10m_2021_v200_N00E006_Map.tif', 2021),
        ('glcnmo', 'glcnmo2008_20class.tif', 2008),
        ('nlcd', 'nlcd2011.tif', 2011),
        ('esri_lulc', '33T_20200101-20210101.tif', 2020),
        ('mcd12q1', 'MCD12Q1.A2019001.h18v04.061.tif', 2019),
        ('corine', 'U2018_CLC2018_V2020_20u1.tif', 2018),
        ('clcd', 'CLCD_v01_1995_albert_province.tif', 1995),
        ('glc_fcs30', 'GLC_FCS30_2020_E85N35.tif', 2020),
        ('from_glc10', 'fromglc10v01_26_120.tif', None),
        ('mcd12q1', 'MCD12Q1.061_LC_Type1_doy2019001_aid0001.tif', 2019),
        ('nlcd', 'Annual_NLCD_LndCov_2019_CU_C1V0.tif', 2019),
        ('cgls_lc100_fractions', 'PROBAV_LC100_global_v3.0.1_2019-nrt_'
         'BuiltUp-CoverFraction-layer_EPSG-4326.tif', 2019),
        ('cgls_lc100', 'PROBAV_LC100_global_v3.0.1_2019-nrt_Map.tif', 2019),
    ],
)  # fmt: skip
def test_year_from_the_producers_file_names(name, file, year):
    assert year_of_name(load_product(name), f'2003/{file}') == year


def test_published_accuracies_by_year():
    worldcover = load_product('worldcover')
    assert worldcover.accuracy(2020) == 0.744
    assert worldcover.accuracy(2021) == 0.767
    assert worldcover.accuracy(2024) == 0.767  # the nearest known
    assert load_product('clcd').accuracy(1990) == 0.7931
    assert load_product('nlcd8').accuracy(2011) == 0.7  # none stated
    for name in list_products():
        product = load_product(name)
        stated = product.about.get('accuracy', '')
        value = f'{100 * product.accuracy(2020):.2f}'.rstrip('0').rstrip('.')
        if stated and name != 'worldcover':
            assert f'{value} %' in stated, name
