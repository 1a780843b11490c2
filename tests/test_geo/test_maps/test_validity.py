"""Which cells of a map are valid, by GDAL; codes are whole numbers."""

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from geokr_mm.errors import InputError
from geokr_mm.geo import LandCover, load_product
from geokr_mm.geo.landcover.sea_mask import find_sea
from geokr_mm.geo.landcover.tile import EMPTY, Tile
from geokr_mm.geo.landcover.tile_reader import TileReader

#: The whole map of 20 x 20 cells of 10 m.
WHOLE = np.array([[[0.0, 0], [200, 0], [200, -200], [0, -200]]]) + [
    500000,
    5100000,
]


def halves(left=10, right=30, dtype=np.uint8):
    """WorldCover codes: forest, and grassland from column 10 on."""
    codes = np.full((20, 20), left, dtype)
    codes[:, 10:] = right
    return codes


def masked(path, columns=slice(0, 5), beside=False):
    """Mask columns of a file, inside it or in a file beside it."""
    mask = np.full((20, 20), 255, np.uint8)
    mask[:, columns] = 0
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=not beside),
        rasterio.open(path, 'r+') as file,
    ):
        file.write_mask(mask)
    return path


def shares(path, product='worldcover', **options):
    """Forest and grassland of the valid part, valid and nodata."""
    cover = LandCover.open(product, path, year=2021, **options)
    found = cover.coverage(WHOLE, 'EPSG:32633')
    values = dict(zip(cover.classes, found.fractions[0, 0], strict=True))
    return [
        float(v)
        for v in (
            values['forest'], values['grassland'], found.valid[0, 0],
            found.nodata[0, 0],
        )
    ]  # fmt: skip


def test_internal_mask(make_raster):
    path = masked(make_raster('m.tif', halves()))
    assert shares(path) == pytest.approx([1 / 3, 2 / 3, 0.75, 0.25])
    # The same file without its mask.
    assert shares(make_raster('n.tif', halves())) == [0.5, 0.5, 1, 0]


def test_mask_of_wide_codes_and_of_tiles_read_in_parts(make_raster):
    codes = np.full((400, 400), 10, np.int16)
    codes[:, 200:] = 30
    path = make_raster(
        'm.tif', codes, tiled=True, blockxsize=16, blockysize=16
    )
    mask = np.full((400, 400), 255, np.uint8)
    mask[:, :100] = 0
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(path, 'r+') as file,
    ):
        file.write_mask(mask)
    cover = LandCover.open('worldcover', path, year=2021)
    # Along the diagonal, so that a window is read in parts.
    at = np.arange(0, 4000, 160.0)
    corner = np.array([[0.0, 0], [160, 0], [160, -160], [0, -160]])
    feet = corner + np.stack([at, -at], axis=1)[:, None]
    found = cover.coverage(feet + [500000, 5100000], 'EPSG:32633')
    clear = np.clip((at + 160 - 1000) / 160, 0, 1)
    assert np.allclose(found.valid[:, 0], clear)
    assert np.allclose(found.nodata[:, 0], 1 - clear)
    grass = cover.classes.index('grassland')
    expected = np.clip((at + 160 - 2000) / 160, 0, 1)
    assert np.allclose(found.fractions[:, 0, grass], expected)


def test_alpha_band_is_a_mask_and_no_map(make_raster):
    alpha = np.full((20, 20), 255, np.uint8)
    alpha[:, :5], alpha[:, 5:7] = 0, 1  # hardly opaque still is data
    path = make_raster('a.tif', np.stack([halves(), alpha]), ALPHA='YES')
    with rasterio.open(path) as file:
        assert file.colorinterp[1] == ColorInterp.alpha
    assert shares(path) == pytest.approx([1 / 3, 2 / 3, 0.75, 0.25])


def test_palette_is_fine(make_raster):
    path = make_raster('p.tif', halves())
    with rasterio.open(path, 'r+') as file:
        file.write_colormap(1, {10: (0, 100, 0, 255), 30: (255, 255, 76, 0)})
        assert file.colorinterp[0] == ColorInterp.palette
    assert shares(path) == [0.5, 0.5, 1, 0]


@pytest.mark.parametrize('kind', [np.float32, np.float64])
def test_whole_floating_numbers_are_codes(make_raster, kind):
    codes = halves(dtype=kind)
    codes[:, :2], codes[:, 2:4] = np.nan, np.inf
    path = make_raster('f.tif', codes)
    assert shares(path) == pytest.approx([6 / 16, 10 / 16, 0.8, 0.2])
    plain = shares(make_raster('g.tif', halves(dtype=kind)))
    assert plain == [0.5, 0.5, 1, 0]


@pytest.mark.parametrize(
    ('stored', 'stated'),
    [
        # Text of a nodata value that float32 cannot hold exactly.
        (np.float32(-3.4028234663852886e38), -3.40282e38),
        (np.float32(9.969209968386869e36), 9.96921e36),
        (np.float32(-9999), -9999.0),
        (np.float32(np.nan), np.nan),
        (np.float32(30), 30.0),
    ],
)
def test_nodata_of_floating_codes(make_raster, stored, stated, caplog):
    codes = halves(dtype=np.float32)
    codes[:, 10:15] = stored
    path = make_raster('f.tif', codes, nodata=stated)
    if stated == 30:
        # A class that the file declares to be empty is empty.
        assert shares(path) == [1, 0, 0.5, 0.5]
        assert 'nodata value 30 is a class code' in caplog.text
        return
    with rasterio.open(path) as file:
        empty = 1 - file.read_masks(1).mean() / 255
    assert empty == 0.25
    assert shares(path) == pytest.approx([2 / 3, 1 / 3, 0.75, 0.25])


@pytest.mark.parametrize('value', [10.5, 33.25, -0.1, 1e30, 10.000001])
def test_other_floating_numbers_are_refused(make_raster, value):
    codes = halves(dtype=np.float64)
    codes[3, 3] = value
    path = make_raster('f.tif', codes)
    cover = LandCover.open('worldcover', path, year=2021)
    with pytest.raises(InputError) as caught:
        cover.fractions(WHOLE, 'EPSG:32633')
    text = str(caught.value)
    assert text.startswith(f'{path}: holds {value} in band 1')
    assert '\n' not in text and 'classification band' in text
    # Where it is masked, or not wanted, it does not matter.
    codes[:, :5] = value
    assert shares(masked(make_raster('g.tif', codes))) == pytest.approx(
        [1 / 3, 2 / 3, 0.75, 0.25]
    )


def test_scaled_and_complex_numbers_are_refused(make_raster):
    path = make_raster('s.tif', halves())
    with rasterio.open(path, 'r+') as file:
        file.scales = (0.01,)
    with pytest.raises(InputError, match=r's.tif: band 1 has a scale'):
        Tile.open(path)
    path = make_raster('c.tif', halves(dtype=np.complex64))
    with pytest.raises(InputError, match=r'c\.tif: holds complex'):
        Tile.open(path)


def test_nodata_codes_in_all_integer_types(make_raster, tmp_path):
    (tmp_path / 'own.yaml').write_text(
        'classes:\n'
        '- {code: -7, name: a, color: [0, 0, 0], common: forest}\n'
        '- {code: 70000, name: b, color: [0, 0, 0], common: grassland}\n'
    )
    for kind, high in (('int32', 70000), ('int64', 70000)):
        codes = halves(-7, high, kind)
        codes[:, :4] = -99
        path = make_raster(f'{kind}.tif', codes, nodata=-99)
        found = shares(path, str(tmp_path / 'own.yaml'))
        assert found == pytest.approx([3 / 8, 5 / 8, 0.8, 0.2])
    for kind in ('uint8', 'int8', 'uint16', 'uint32', 'int64'):
        codes = halves(dtype=kind)
        codes[:, :4] = 99
        path = make_raster(f'{kind}.tif', codes, nodata=99)
        assert shares(path) == pytest.approx([3 / 8, 5 / 8, 0.8, 0.2])


def test_nodata_that_is_a_class_is_said_and_counts(make_raster, caplog):
    files = [
        make_raster(f'{n}.tif', halves(), nodata=30, origin=(x, 5100000.0))
        for n, x in (('a', 500000.0), ('b', 500200.0))
    ]
    assert shares(files) == [1, 0, 0.5, 0.5]
    (text,) = caplog.messages
    assert text.startswith(f'{files[0]} (and 1 more): ')
    assert 'nodata value 30 is a class' in text and '-unsetnodata' in text


def test_nodata_that_is_the_sea_stays_sea(make_raster):
    codes = halves(20, 255)
    path = make_raster('n33_45_2020lc030.tif', codes, nodata=255)
    cover = LandCover.open('globeland30', path)
    found = cover.coverage(WHOLE, 'EPSG:32633')
    assert found.sea[0, 0] == found.valid[0, 0] == 0.5
    assert found.nodata[0, 0] == 0


def test_codes_that_stand_for_others_inside_are_themselves(make_raster):
    # 254 marks the sea of WorldCover in packed codes, 253 what is not sea.
    for code in (253, 254):
        codes = halves(10, code)
        path = make_raster(f'{code}.tif', codes, nodata=code)
        assert shares(path) == [1, 0, 0.5, 0.5]
        strange = make_raster(f's{code}.tif', codes)
        with pytest.raises(InputError, match=f'code {code} is not in the leg'):
            shares(strange)


def test_such_codes_beside_the_sea(make_raster):
    codes = np.full((200, 200), 10, np.uint8)
    codes[:, :60], codes[:, 60:100] = 0, 80  # blank, and the sea beside it
    codes[:, 150:] = 254
    foot = np.array([[[0.0, 0], [20000, 0], [20000, -20000], [0, -20000]]])
    foot += [500000, 5100000]
    path = make_raster('n.tif', codes, res=100.0, nodata=254)
    found = LandCover.open('worldcover', path, year=2021).coverage(
        foot, 'EPSG:32633'
    )
    measured = found.sea[0, 0], found.nodata[0, 0], found.valid[0, 0]
    assert measured == pytest.approx((0.2, 0.55, 0.25))
    strange = make_raster('s.tif', codes, res=100.0)
    with pytest.raises(InputError, match='code 254 is not in the legend'):
        LandCover.open('worldcover', strange, year=2021).fractions(
            foot, 'EPSG:32633'
        )


def test_what_is_masked_in_one_file_is_asked_of_the_next(make_raster):
    first = masked(make_raster('1.tif', halves()))
    second = make_raster('2.tif', halves(30, 10))
    assert shares([first, second]) == pytest.approx([0.25, 0.75, 1, 0])


def test_percentages_heed_masks(make_raster):
    name = 'PROBAV_LC100_global_v3.0.1_2019-nrt_{}-CoverFraction-layer.tif'
    paths = [
        masked(make_raster(name.format(n), halves(
            {'Tree': 100}.get(n, 0), {'Grass': 100}.get(n, 0)
        )))
        for n in load_product('cgls_lc100_fractions').layers
    ]  # fmt: skip
    cover = LandCover.open('cgls_lc100_fractions', paths)
    found = cover.coverage(WHOLE, 'EPSG:32633')
    assert found.nodata[0, 0] == pytest.approx(0.25)
    forest = cover.classes.index('forest')
    assert found.fractions[0, 0, forest] == pytest.approx(1 / 3)


def test_water_beside_a_large_mask_is_sea(make_raster):
    codes = np.full((200, 200), 10, np.uint8)
    codes[:, :100] = 80  # the sea, 200 km2
    path = make_raster('c.tif', codes, res=100.0)
    rule = load_product('worldcover').sea_rule
    assert find_sea(Tile.open(path), rule, frozenset({0})) is None
    mask = np.full((200, 200), 255, np.uint8)
    mask[:, :60] = 0  # 120 km2 not mapped
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(path, 'r+') as file,
    ):
        file.write_mask(mask)
    with TileReader(Tile.open(path)) as reader:
        thin = reader.thinned(20, 20)
    assert (thin[:, :6] == EMPTY).all() and (thin[:, 6:10] == 80).all()
    cover = LandCover.open('worldcover', path, year=2021)
    foot = np.array([[[0.0, 0], [20000, 0], [20000, -20000], [0, -20000]]])
    found = cover.coverage(foot + [500000, 5100000], 'EPSG:32633')
    assert found.sea[0, 0] == pytest.approx(0.2)
    assert found.nodata[0, 0] == pytest.approx(0.3)


def test_pictures_of_the_map_leave_masked_cells_out(make_raster):
    path = masked(make_raster('m.tif', halves()))
    cover = LandCover.open('worldcover', path, year=2021)
    picture = cover.class_map(WHOLE[0], 'EPSG:32633', 4)
    names = [cover.classes.index(n) for n in ('forest', 'grassland')]
    expected = [255, names[0], names[1], names[1]]
    assert picture.tolist() == [expected] * 4
