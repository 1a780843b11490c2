"""Files of several bands: which one is the map, and of which year."""

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from geokr_mm.errors import InputError
from geokr_mm.geo import KnowledgeIndex, LandCover, MapStack
from geokr_mm.geo.maps.files import parse_map
from geokr_mm.geo.pipeline.cli import main

WHOLE = np.array([[[0.0, 0], [200, 0], [200, -200], [0, -200]]]) + [
    500000,
    5100000,
]
FOREST, GRASS, CROP, BUILT = 10, 30, 40, 50
NAMES = {10: 'forest', 30: 'grassland', 40: 'cultivated', 50: 'artificial'}


def planes(*codes, dtype=np.uint8):
    """Bands of one code each."""
    return np.stack([np.full((20, 20), code, dtype) for code in codes])


def shown(cover):
    """Name of the one class that a map shows everywhere."""
    found = cover.fractions(WHOLE, 'EPSG:32633')[0, 0]
    assert found.max() == 1
    return cover.classes[found.argmax()]


def open_map(paths, year=2021, product='worldcover'):
    return LandCover.open(product, paths, year=year)


@pytest.fixture
def product(tmp_path):
    """Write a product file of WorldCover's codes with more lines."""

    def write(*lines):
        path = tmp_path / 'own.yaml'
        classes = ', '.join(
            f'{{code: {code}, name: {name}, color: [0, 0, 0], common: {name}}}'
            for code, name in NAMES.items()
        )
        path.write_text('\n'.join([f'classes: [{classes}]', *lines]))
        return str(path)

    return write


@pytest.mark.parametrize('count', [3, 4])
def test_pictures_in_colours_are_refused(make_raster, count):
    # The red band happens to hold codes of the product.
    path = make_raster('rgb.tif', planes(10, 100, 0, 255)[:count])
    with pytest.raises(InputError) as caught:
        open_map(path)
    text = str(caught.value)
    assert text.startswith(f'{path}: a picture of a map: {count} bands with')
    assert 'colours instead of class codes' in text and '\n' not in text


def test_a_picture_with_a_palette_band_beside_it_is_refused(make_raster):
    path = make_raster('x.tif', planes(10, 30, 40, 50, 60))
    with rasterio.open(path, 'r+') as file:
        file.colorinterp = [
            ColorInterp.gray, ColorInterp.blue, ColorInterp.green,
            ColorInterp.red, ColorInterp.undefined,
        ]  # fmt: skip
    with pytest.raises(InputError, match='a picture of a map: 5 bands'):
        open_map(path)


def test_several_bands_need_a_name(make_raster):
    path = make_raster(
        'm.tif', planes(10, 30, dtype=np.int16), descriptions=('lc', 'qa')
    )
    with pytest.raises(InputError) as caught:
        open_map(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: has 2 bands (1 'lc', 2 'qa'); name ")
    assert 'as in m.tif#1' in text
    assert shown(open_map(f'{path}#1')) == 'forest'
    assert shown(open_map(f'{path}#2')) == 'grassland'
    assert shown(open_map(f'{path}#qa')) == 'grassland'
    assert len(open_map([f'{path}#2', f'{path}#qa']).tiles) == 1
    for wrong in ('0', '3', 'QA', '-1', '1.0'):
        with pytest.raises(InputError, match=f'no band {wrong!r}; it has 2 b'):
            open_map(f'{path}#{wrong}')
    with pytest.raises(InputError, match='no band is named behind #'):
        open_map(f'{path}#')


def test_many_bands_are_listed_in_part(make_raster):
    path = make_raster('m.tif', planes(*[10] * 12))
    with pytest.raises(InputError, match=r'12 bands \(1, 2, .* 8, \.\.\.\)'):
        open_map(path)


def test_a_file_whose_name_has_the_sign(make_raster):
    path = make_raster('tile#2.tif', planes(10))
    assert shown(open_map(path)) == 'forest'
    both = make_raster('pair#2.tif', planes(10, 30))
    assert shown(open_map(f'{both}#2')) == 'grassland'


def test_a_named_band_of_a_picture_is_taken_and_said(make_raster, caplog):
    # GDAL calls any three bands of bytes red, green and blue.
    path = make_raster('three.tif', planes(10, 30, 40))
    assert shown(open_map(f'{path}#2')) == 'grassland'
    assert 'red, green and blue; band 2 is read' in caplog.text


def test_bands_of_a_folder(make_raster):
    for n, x in enumerate((500000.0, 500100.0)):
        make_raster(
            f'f/{n}.tif', planes(10, 30 + 10 * n)[:, :, :10],
            origin=(x, 5100000.0),
        )  # fmt: skip
    folder = make_raster('f/0.tif', planes(10, 30)[:, :, :10]).rsplit('/')[:-1]
    cover = open_map('/'.join(folder) + '#2')
    found = cover.fractions(WHOLE, 'EPSG:32633')[0, 0]
    names = [cover.classes.index(n) for n in ('grassland', 'cultivated')]
    assert found[names].tolist() == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize('kind', [np.uint8, np.float32])
def test_the_band_that_a_product_names(make_raster, kind):
    """Dynamic World as Earth Engine exports it: probabilities and label."""
    bands = np.stack(
        [np.full((20, 20), 0.1 if kind == np.float32 else 7, kind)] * 9
        + [np.full((20, 20), 6, kind)]
    )
    names = (
        'water', 'trees', 'grass', 'flooded_vegetation', 'crops',
        'shrub_and_scrub', 'built', 'bare', 'snow_and_ice', 'label',
    )  # fmt: skip
    path = make_raster('dw.tif', bands, descriptions=names)
    cover = open_map(path, 2020, 'dynamic_world')
    assert shown(cover) == 'artificial' and cover.tiles[0].band == 10


def test_years_that_a_product_gives_to_bands(make_raster, product, tmp_path):
    own = product('bands: {2019: 1, 2020: 3}')
    path = make_raster('years.tif', planes(10, 30, 40, dtype=np.int16))
    assert shown(open_map(path, 2019, own)) == 'forest'
    assert shown(open_map(path, 2020, own)) == 'cultivated'
    with pytest.raises(InputError, match='no map of 2018; .* have 2019, 2020'):
        open_map(path, 2018, own)
    with pytest.raises(InputError, match=r'several years \(2019, 2020\)'):
        open_map(path, None, own)
    map_stack = MapStack.open([parse_map([f'{own}={path}'])])
    assert [m.year for m in map_stack.maps] == [2019, 2020]
    assert [shown(m) for m in map_stack.maps] == ['forest', 'cultivated']
    one = MapStack.open([parse_map([f'{own}@2020={path}'])])
    assert [shown(m) for m in one.maps] == ['cultivated']
    # A band named by its number is of the year that the product says.
    assert open_map(f'{path}#3', None, own).year == 2020
    with pytest.raises(InputError, match='no map of 2019'):
        open_map(f'{path}#3', 2019, own)
    short = make_raster('short.tif', planes(10, 30))
    with pytest.raises(InputError, match='2 bands, .* 2020 is band 3'):
        open_map(short, 2019, own)
    # A file of one band has no list of years.
    assert shown(open_map(make_raster('1.tif', planes(50)), 2020, own)) == (
        'artificial'
    )


def test_four_years_are_no_picture_with_alpha(make_raster, product):
    """What GDAL writes by default: red, green, blue and alpha."""
    own = product('bands: {2017: 1, 2018: 2, 2019: 3, 2020: 4}')
    data = planes(10, 30, 40, 50)
    data[3, :, :10] = 0  # would be transparent
    path = make_raster('four.tif', data)
    with rasterio.open(path) as file:
        assert file.colorinterp[3] == ColorInterp.alpha
    assert shown(open_map(path, 2018, own)) == 'grassland'
    cover = open_map(path, 2018, own)
    assert cover.coverage(WHOLE, 'EPSG:32633').valid[0, 0] == 1
    with pytest.raises(InputError, match='code 0 is not in the legend'):
        open_map(path, 2020, own).fractions(WHOLE, 'EPSG:32633')
    years = ('2017', '2018', '2019', '2020')
    described = make_raster('described.tif', data, descriptions=years)
    assert shown(open_map(described, 2019, product())) == 'cultivated'
    with pytest.raises(InputError, match='have 2017-2020'):
        open_map(described, 2021, product())


def test_years_in_the_names_of_bands(make_raster, product):
    own = product()
    names = ('classification_1990', 'classification_2000')
    path = make_raster('mb.tif', planes(10, 30), descriptions=names)
    assert shown(open_map(path, 2000, own)) == 'grassland'
    alpha = make_raster(
        'al.tif', planes(10, 30, 255), descriptions=(*names, 'alpha')
    )
    with rasterio.open(alpha, 'r+') as file:
        file.colorinterp = [
            ColorInterp.gray, ColorInterp.undefined, ColorInterp.alpha
        ]  # fmt: skip
    assert shown(open_map(alpha, 1990, own)) == 'forest'
    # Names that do not tell one year each tell none.
    for odd in (('2000', '2000_qa'), ('2000', ''), ('1990-2000', '2010')):
        path = make_raster('odd.tif', planes(10, 30), descriptions=odd)
        with pytest.raises(InputError, match='2 bands'):
            open_map(path, 2000, own)


def test_the_two_files_of_glc_fcs30d(make_raster):
    """23 years since 2000 in one file, three before in another."""
    old = make_raster(
        'g/GLC_FCS30D_19852000_E10N50_5years_V1.1.tif', planes(10, 130, 190)
    )
    codes = [10] * 23
    codes[13] = 210
    make_raster('g/GLC_FCS30D_20002022_E10N50_Annual_V1.1.tif', planes(*codes))
    folder = old.rsplit('/', 1)[0]
    for year, name in ((1985, 'cultivated'), (1990, 'grassland'),
                       (1995, 'artificial'), (2000, 'cultivated'),
                       (2013, 'water'), (2022, 'cultivated')):  # fmt: skip
        cover = open_map(folder, year, 'glc_fcs30d')
        assert shown(cover) == name and len(cover.tiles) == 1
    with pytest.raises(InputError, match='1985, 1990, 1995, 2000, 2001'):
        open_map(folder, 1986, 'glc_fcs30d')


def test_an_index_knows_its_band(make_raster, product, tmp_path):
    pixels = np.random.default_rng(0).integers(20, 250, (3, 20, 20))
    scene = make_raster('s.tif', pixels.astype(np.uint8))
    path = make_raster('m.tif', planes(10, 30))
    hashes = set()
    for band, name in (('1', 'forest'), ('2', 'grassland')):
        out = tmp_path / f'{band}.parquet'
        main(
            ['--scenes', scene, '--product', product(), '--year', '2020',
             '--land-cover', f'{path}#{band}', '--patch-size', '20',
             '--out', str(out), '--quiet']
        )  # fmt: skip
        index = KnowledgeIndex.open(out)
        assert index.fractions[0, index.classes.index(name)] == 1
        assert index.metadata.product_year == 2020
        hashes.add(index.metadata.inputs_hash)
    assert len(hashes) == 2
