"""Folders of maps as they are delivered: layers told apart, links, copies."""

import os
import zipfile

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import LandCover, load_product
from geokr_mm.geo.core.addresses import file_name
from geokr_mm.geo.maps.files import MapFile, find_files, parse_map

WORLDCOVER = 'ESA_WorldCover_10m_2021_v200_N45E015_{}.tif'
CGLS = 'PROBAV_LC100_global_v3.0.1_2019-nrt_{}_EPSG-4326.tif'


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names(product, *paths):
    found = find_files(load_product(product), [str(p) for p in paths])
    return [file_name(file.path) for file in found]


@pytest.mark.parametrize(
    ('product', 'maps', 'others'),
    [
        ('worldcover', [WORLDCOVER.format('Map')],
         [WORLDCOVER.format(n) for n in ('InputQuality', 'S2RGBNIR')]),
        ('cgls_lc100', [CGLS.format('Discrete-Classification-map')],
         [CGLS.format(n) for n in (
             'Discrete-Classification-proba', 'Forest-Type-layer',
             'Tree-CoverFraction-layer', 'DataDensityIndicator')]),
        ('cgls_lc100_fractions', [CGLS.format('Tree-CoverFraction-layer')],
         [CGLS.format(n) for n in (
             'Discrete-Classification-map', 'Tree-CoverFraction-StdDev')]),
        ('mcd12q1', ['MCD12Q1.061_LC_Type1_doy2019001_aid0001.tif'],
         ['MCD12Q1.061_LC_Type2_doy2019001_aid0001.tif',
          'MCD12Q1.061_QC_doy2019001_aid0001.tif',
          'MCD12Q1.061_LC_Prop1_Assessment_doy2019001_aid0001.tif']),
        ('nlcd', ['Annual_NLCD_LndCov_2019_CU_C1V0.tif',
                  'Annual_NLCD_H05V02_LndCov_2001_CU_C1V0.tif'],
         ['Annual_NLCD_LndCnf_2019_CU_C1V0.tif',
          'nlcd_2019_impervious_l48_20210604.img']),
        ('dynamic_world', ['dynamic_world_2020.tif'],
         ['dynamic_world_2020_probability.tif', 'thumbnail.tif']),
        ('esri_lulc', ['33T_20200101-20210101.tif'], ['overview.tif']),
        ('globeland30', ['n33_45_2020lc030.tif'], ['n33_45_hillshade.tif']),
        ('glc_fcs30d', ['GLC_FCS30D_20002022_E10N50_Annual.tif'],
         ['GLC_FCS30D_E10N50_accuracy.tif']),
    ],
)  # fmt: skip
def test_delivered_folders(tmp_path, caplog, product, maps, others):
    touch(tmp_path, *maps, *others, 'readme.txt', '._hidden.tif')
    assert names(product, tmp_path) == sorted(maps)
    (text,) = caplog.messages
    assert text.startswith(f'{tmp_path}: {len(others)} file')
    assert repr(product) in text and sorted(others)[0] in text


def test_other_layers_named_by_their_own_path_are_refused(tmp_path):
    touch(tmp_path, WORLDCOVER.format('InputQuality'), 'clip.tif')
    path = tmp_path / WORLDCOVER.format('InputQuality')
    for given in (path, tmp_path / '*Quality*', f'{path}#1'):
        with pytest.raises(InputError) as caught:
            names('worldcover', given)
        text = str(caught.value)
        assert text.startswith(f'{path}: by its name another layer of')
    # A name of one's own is no other layer.
    assert names('worldcover', tmp_path / 'clip.tif') == ['clip.tif']
    (tmp_path / 'clip.tif').unlink()
    with pytest.raises(InputError, match='holds only other layers of prod'):
        names('worldcover', tmp_path)


def test_names_of_ones_own_are_all_taken(tmp_path, caplog):
    touch(tmp_path, 'b.tif', 'a.IMG', 'c.jp2', 'notes.txt')
    assert names('worldcover', tmp_path) == ['a.IMG', 'b.tif', 'c.jp2']
    assert not caplog.messages
    # Beside producer's names they are left out, by their own path taken.
    touch(tmp_path, WORLDCOVER.format('Map'))
    assert names('worldcover', tmp_path) == [WORLDCOVER.format('Map')]
    assert '3 files are left out' in caplog.text
    both = names('worldcover', tmp_path / 'b.tif', tmp_path)
    assert both == ['b.tif', WORLDCOVER.format('Map')]


def test_usual_names_of_other_layers(tmp_path, caplog):
    """Of a product that names neither its files nor other layers."""
    own = tmp_path / 'own.yaml'
    own.write_text(
        'classes: [{code: 1, name: a, color: [0, 0, 0], common: water}]'
    )
    maps = ['PROBAV_lc.tif', 'lc_2019.tif', 'problem.tif']
    touch(
        tmp_path / 'm', *maps, 'lc_2019_QA.tif', 'lc_quality.tif',
        'lc-proba.tif', 'Probability.tif', 'lc.confidence.tif',
        'thumbnail.tif',
    )  # fmt: skip
    product = load_product(str(own))
    found = find_files(product, tmp_path / 'm')
    assert [file_name(file.path) for file in found] == maps
    assert '6 files are left out' in caplog.text
    # Given by its own path, or where there is nothing else, it is the map.
    path = str(tmp_path / 'm' / 'lc_quality.tif')
    assert find_files(product, path) == [MapFile(path)]
    touch(tmp_path / 'q', 'quality_map.tif')
    assert len(find_files(product, tmp_path / 'q')) == 1


def test_folders_below_and_links_to_folders(tmp_path):
    touch(tmp_path / 'maps', 'z.tif', 'N45/one/a.tif', 'N48/b.tif')
    touch(tmp_path / 'disk2', 'c.tif')
    os.symlink(tmp_path / 'disk2', tmp_path / 'maps' / 'linked')
    # A link upwards ends, and finds nothing twice.
    os.symlink(tmp_path / 'maps', tmp_path / 'maps' / 'N48' / 'round')
    expected = ['a.tif', 'b.tif', 'c.tif', 'z.tif']
    assert sorted(names('worldcover', tmp_path / 'maps')) == expected
    os.symlink(tmp_path / 'maps', tmp_path / 'all')
    assert sorted(names('worldcover', tmp_path / 'all')) == expected


def test_a_file_given_twice_is_once(tmp_path, monkeypatch):
    touch(tmp_path, 'a.tif', 'd/b.tif')
    os.symlink(tmp_path / 'a.tif', tmp_path / 'd' / 'link.tif')
    monkeypatch.chdir(tmp_path)
    product = load_product('worldcover')
    found = find_files(
        product, ['a.tif', './a.tif', tmp_path / 'a.tif', 'd', 'd/../a.tif']
    )
    assert found == [MapFile('a.tif'), MapFile('d/b.tif')]
    # Two bands of one file are two maps.
    assert find_files(product, ['a.tif#1', 'a.tif#2', './a.tif#1']) == [
        MapFile('a.tif', '1'),
        MapFile('a.tif', '2'),
    ]


def test_patterns(tmp_path):
    touch(tmp_path, 'a/x1.tif', 'a/x2.tif', 'b/x3.tif', 'b/y.tif')
    assert names('worldcover', tmp_path / '*' / 'x?.tif') == [
        'x1.tif', 'x2.tif', 'x3.tif',
    ]  # fmt: skip
    with pytest.raises(InputError, match=r'q\*\.tif: no such land-cover file'):
        names('worldcover', tmp_path / 'q*.tif')


def test_empty_folders_and_lists(tmp_path):
    touch(tmp_path, 'below/readme.md')
    with pytest.raises(InputError, match='no images .*; give the folder'):
        names('worldcover', tmp_path)
    with pytest.raises(InputError, match='no land-cover file given'):
        names('worldcover')


def test_remote_names_are_told_without_their_query():
    url = f'https://host/x/{WORLDCOVER.format("Map")}?sig=InputQuality'
    product = load_product('worldcover')
    assert file_name(url) == WORLDCOVER.format('Map')
    assert find_files(product, url) == [MapFile(url)]
    zipped = f'/vsizip/a.zip/{WORLDCOVER.format("InputQuality")}'
    with pytest.raises(InputError, match='another layer'):
        find_files(product, zipped)
    assert find_files(product, f'{url}#2') == [MapFile(url, '2')]


def test_archives_are_named_with_what_is_inside(tmp_path):
    touch(tmp_path, 'map.tif')
    archive = tmp_path / 'z' / 'map.zip'
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, 'w') as out:
        out.write(tmp_path / 'map.tif', 'in/map.tif')
    for given in (archive, archive.parent):
        with pytest.raises(InputError) as caught:
            names('worldcover', given)
        assert f'/vsizip/{archive}/in/map.tif' in str(caught.value)


def test_file_addresses(tmp_path, monkeypatch):
    touch(tmp_path, 'a b.tif')
    product = load_product('worldcover')
    (found,) = find_files(product, f'file://{tmp_path}/a%20b.tif#2')
    assert found == MapFile(f'{tmp_path}/a b.tif', '2')
    monkeypatch.chdir(tmp_path)
    (found,) = find_files(product, '/vsizip/z.zip/in/map.tif')
    assert found == MapFile(f'/vsizip/{tmp_path}/z.zip/in/map.tif')


def test_values_of_a_delivered_folder_are_those_of_the_map(make_raster):
    codes = np.full((20, 20), 10, np.uint8)
    path = make_raster(f'w/N45/{WORLDCOVER.format("Map")}', codes)
    quality = make_raster(
        f'w/N45/{WORLDCOVER.format("InputQuality")}',
        np.stack([codes * 0 + 31, codes * 0 + 32, codes]),
    )
    cover = LandCover.open('worldcover', path.rsplit('/N45', 1)[0])
    assert [t.path for t in cover.tiles] == [path] and cover.year == 2021
    foot = np.array([[[0.0, 0], [99, 0], [99, -99], [0, -99]]])
    found = cover.fractions(foot + [500000, 5100000], 'EPSG:32633')
    assert found[0, 0, cover.classes.index('forest')] == 1
    with pytest.raises(InputError, match='another layer of product'):
        LandCover.open('worldcover', [path, quality])


def test_map_options_keep_bands():
    assert parse_map(['own.yaml@2020=a.tif#2', 'b#x']).paths == (
        'a.tif#2',
        'b#x',
    )
