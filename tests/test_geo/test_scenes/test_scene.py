import pickle

import numpy as np
import pytest
from affine import Affine

from geokr_mm.errors import InputError
from geokr_mm.geo import Scene, Window
from geokr_mm.geo.scenes.bands import band_names
from geokr_mm.geo.scenes.dates import find_date
from geokr_mm.geo.scenes.scene_files import SceneFile, join_files


def files(paths, bands):
    """Files of one band each."""
    return [SceneFile(p, (b,)) for p, b in zip(paths, bands, strict=True)]


@pytest.mark.parametrize(
    ('name', 'tags', 'date'),
    [
        ('S2_L1C_2015-07-11_13band.tif', {}, '2015-07-11'),
        ('T33TWN_20150711T100006_B04.jp2', {}, '2015-07-11'),
        ('LC80380342015230LGN00_B4.TIF', {}, '2015-08-18'),
        ('LC08_L1TP_038034_20150818_20170225_01_T1_B4.TIF', {},
         '2015-08-18'),
        ('GF1_WFV1_E80.0_N29.6_20200920_L1A0005075711.tiff', {},
         '2020-09-20'),
        ('blue_marble_200412.tif',
         {'TIFFTAG_DATETIME': '2004:12:15 00:00:00'}, None),
        ('scene_20159911.tif', {}, None),
        ('plain.tif', {}, None),
    ],
)  # fmt: skip
def test_dates(name, tags, date):
    assert find_date(name, tags) == date


def test_band_names():
    none = [None] * 13
    found = band_names('S2_L1C_x.tif', none, ['gray'] * 13)
    assert found[:2] == ['B01', 'B02'] and found[8:10] == ['B8A', 'B09']
    assert 'B10' not in band_names('x_S2A.tif', none[:12], ['gray'] * 12)
    assert band_names('a.tif', ['x', 'y'], ['gray', 'undefined']) == [
        'x',
        'y',
    ]
    rgb = ['red', 'green', 'blue', 'alpha']
    assert band_names('a.tif', [None] * 4, rgb) == rgb
    assert band_names('a.tif', ['x', 'x'], ['gray'] * 2) == ['b1', 'b2']


def test_one_file(make_raster):
    pixels = np.arange(3 * 50 * 40, dtype=np.uint16).reshape(3, 50, 40)
    path = make_raster('s_20200102.tif', pixels, descriptions=('r', 'g', 'b'))
    scene = Scene.open(path)
    assert scene.name == 's_20200102' and scene.date == '2020-01-02'
    assert scene.bands == ('r', 'g', 'b') and scene.dtype == 'uint16'
    assert scene.gsd() == pytest.approx(10.0)
    part = scene.select(['b', 'r']).read(Window(3, 5, 4, 6))
    assert (part == pixels[[2, 0], 5:11, 3:7]).all()
    assert part.dtype == np.uint16
    copy = pickle.loads(pickle.dumps(scene))
    assert (copy.read() == pixels).all()


def test_windows_are_full_patches_row_by_row(make_raster):
    path = make_raster('s.tif', np.zeros((50, 40), np.uint8))
    scene = Scene.open(path)
    windows = scene.windows(20, 20)
    assert [w[:2] for w in windows] == [(0, 0), (20, 0), (0, 20), (20, 20)]
    assert len(scene.windows(20, 10)) == 3 * 4
    assert scene.windows(64, 64) == []


def test_corners_follow_a_rotated_transform(make_raster):
    transform = (
        Affine.translation(500000, 5100000)
        @ Affine.rotation(30)
        @ Affine.scale(10, -10)
    )
    path = make_raster('r.tif', np.zeros((9, 9), np.uint8),
                       transform=transform)  # fmt: skip
    corners = Scene.open(path).corners([Window(2, 3, 4, 5)])[0]
    for corner, pixel in zip(
        corners, [(2, 3), (6, 3), (6, 8), (2, 8)], strict=True
    ):
        assert np.allclose(corner, (transform @ (*pixel, 1.0))[:2])


def test_geographic_gsd_shrinks_with_latitude(make_raster):
    path = make_raster(
        'g.tif', np.zeros((9, 9), np.uint8), 'EPSG:4326', (10.0, 60.0), 0.001
    )
    scene = Scene.open(path)
    # At 60 degrees a degree is 111.41 km north and 55.80 km east (WGS 84).
    assert scene.gsd() == pytest.approx((111.41 * 55.80) ** 0.5, rel=1e-3)


def test_bands_in_several_files(make_raster):
    rng = np.random.default_rng(0)
    planes = rng.integers(0, 9000, (2, 30, 30)).astype(np.uint16)
    red = make_raster('x_B04.tif', planes[0])
    nir = make_raster('x_B08.tif', planes[1])
    scene = join_files(files([red, nir], ['B04', 'B08']), 'x')
    assert scene.files == (red, nir) and scene.bands == ('B04', 'B08')
    assert (scene.read() == planes).all()
    assert (scene.select(['B08']).read()[0] == planes[1]).all()


def test_files_on_other_grids_are_refused(make_raster):
    base = make_raster('a.tif', np.zeros((30, 30), np.uint16))
    others = {
        'moved.tif': {'origin': (500005.0, 5100000.0)},
        'crs.tif': {'crs': 'EPSG:32634'},
    }
    for name, options in others.items():
        path = make_raster(name, np.zeros((30, 30), np.uint16), **options)
        with pytest.raises(InputError, match=f'{name}: another grid'):
            join_files(files([base, path], 'ab'))
    smaller = make_raster('small.tif', np.zeros((29, 30), np.uint16))
    with pytest.raises(InputError, match='another grid'):
        join_files(files([base, smaller], 'ab'))
    two = make_raster('two.tif', np.zeros((2, 30, 30), np.uint16))
    with pytest.raises(
        InputError, match='2 bands but 1 band names.*a scene of several'
    ):
        join_files(files([base, two], 'ab'))


def test_a_band_that_is_not_there_names_those_that_are(make_raster):
    path = make_raster('s.tif', np.zeros((2, 9, 9), np.uint8))
    with pytest.raises(InputError, match="no band 'nir'.*b1, b2"):
        Scene.open(path).select(['nir'])
    with pytest.raises(InputError, match='2 bands but 3 band names'):
        Scene.open(path, names=['a', 'b', 'c'])
