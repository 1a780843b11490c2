"""A map of the wrong year is never silent."""

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import LandCover, load_product
from geokr_mm.geo.landcover.map_years import tiles_by_year, year_of_name
from geokr_mm.geo.pipeline.cli import main

CODES = np.full((4, 4), 1, np.uint8)


@pytest.fixture
def clcd(make_raster):
    """Files of CLCD of some years, and their folder."""

    def make(*years):
        files = [make_raster(f'c/CLCD_v01_{y}_albert.tif', CODES)
                 for y in years]  # fmt: skip
        return files, files[0].rsplit('/', 1)[0]

    return make


def years(product, paths, year=None):
    found = tiles_by_year(load_product(product), paths, year)
    return {
        y: [t.path.rsplit('/')[-1] for t in tiles]
        for y, tiles in found.items()
    }


@pytest.mark.parametrize('year', [2019, 2035, 21])
def test_years_that_the_product_does_not_have(make_raster, year, tmp_path):
    path = make_raster('own.tif', CODES * 10)
    with pytest.raises(InputError) as caught:
        LandCover.open('worldcover', path, year=year)
    text = str(caught.value)
    assert text.startswith(
        f"year {year}: product 'worldcover' has maps of 2020, 2021; choose"
    )
    scene = make_raster('s.tif', np.ones((3, 8, 8), np.uint8))
    for words in (
        ['--product', 'worldcover', '--land-cover', path, '--year', '2035'],
        ['--map', f'worldcover@2035={path}'],
    ):
        with pytest.raises(InputError, match='year 2035: .* has maps of 2020'):
            main(
                ['--scenes', scene, '--patch-size', '4', '--quiet', *words,
                 '--out', str(tmp_path / 'i.parquet')]
            )  # fmt: skip


def test_a_product_without_years_has_any(make_raster, tmp_path):
    own = tmp_path / 'own.yaml'
    own.write_text(
        'classes: [{code: 1, name: a, color: [0, 0, 0], common: water}]'
    )
    path = make_raster('own.tif', CODES)
    assert LandCover.open(str(own), path, year=1066).year == 1066
    with pytest.raises(InputError) as caught:
        LandCover.open(str(own), path)
    text = str(caught.value)
    assert text.startswith(f'{path}: its name holds no year of product')
    assert '--year' in text and '--map PRODUCT@YEAR=PATH' in text


def test_names_that_contradict_the_year(clcd, caplog):
    files, folder = clcd(1995, 2005, 2020)
    with pytest.raises(InputError) as caught:
        years('clcd', files[2], 2005)
    assert str(caught.value).startswith(
        f'{files[2]}: no map of 2005; the names or bands of these files have '
        '2020: give'
    )
    with pytest.raises(InputError, match='have 1995, 2005, 2020: give'):
        years('clcd', folder, 2010)
    assert not caplog.messages
    assert years('clcd', folder, 2005) == {2005: ['CLCD_v01_2005_albert.tif']}
    assert caplog.messages == [
        f'{files[0]}: 2 files of other years (1995, 2020) left out; the map '
        'is that of 2005'
    ]


def test_all_years_of_a_folder(clcd):
    _, folder = clcd(2020, 1995)
    assert years('clcd', folder) == {
        1995: ['CLCD_v01_1995_albert.tif'],
        2020: ['CLCD_v01_2020_albert.tif'],
    }
    with pytest.raises(InputError, match=r'several years \(1995, 2020\)'):
        LandCover.open('clcd', folder)


def test_names_that_tell_a_year_unknown_to_the_product(clcd):
    _, folder = clcd(1987, 1990)
    words = r"1987_albert\.tif: year 1987: product 'clcd' has maps of 1985, 19"
    with pytest.raises(InputError, match=words):
        years('clcd', folder)
    # Not wanted, it does not matter.
    assert list(years('clcd', folder, 1990)) == [1990]


def test_names_that_tell_no_year(make_raster, clcd, caplog):
    files, _ = clcd(1995)
    own = make_raster('mine.tif', CODES, origin=(600000.0, 5100000.0))
    assert years('clcd', [own, *files]) == {
        1995: ['mine.tif', 'CLCD_v01_1995_albert.tif']
    }
    assert 'mine.tif: its name holds no year; taken for 1995' in caplog.text
    both, _ = clcd(1995, 2000)
    with pytest.raises(InputError, match=r'mine\.tif: its name holds no year'):
        years('clcd', [*both, own])
    caplog.clear()
    assert years('clcd', [own], 2000) == {2000: ['mine.tif']}
    assert not caplog.messages  # as it was told
    # The only year of a product needs no word.
    assert list(years('from_glc10', [make_raster('f.tif', CODES * 10)])) == [
        2017
    ]


def test_patterns_of_ones_own(tmp_path):
    own = tmp_path / 'own.yaml'
    classes = 'classes: [{code: 1, name: a, color: [0, 0, 0], common: water}]'
    own.write_text(f"{classes}\ntiles: 'lc_(?P<year>\\w+?)\\.'\n")
    product = load_product(str(own))
    assert year_of_name(product, '/2003/lc_2011.tif') == 2011
    assert year_of_name(product, '/2003/other.tif') is None
    with pytest.raises(InputError, match="finds 'new' as its year"):
        year_of_name(product, 'lc_new.tif')
    own.write_text(f"{classes}\ntiles: 'lc(_(?P<year>\\d+))?'\n")
    assert year_of_name(load_product(str(own)), 'lc.tif') is None
