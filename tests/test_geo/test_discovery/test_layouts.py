"""Files of one scene, as the agencies name them."""

import logging
from pathlib import Path

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo.discovery.opening import open_scenes
from geokr_mm.geo.scenes.options import SceneOptions

SAFE = (
    'S2B_MSIL2A_20220710T100031_N0400_R122_T33TWN_20220710T120000.SAFE/'
    'GRANULE/L2A_T33TWN_A027890_20220710T100031'
)
SENSED = 'T33TWN_20220710T100031'
L2A = {
    10: ('B02', 'B03', 'B04', 'B08', 'TCI', 'AOT', 'WVP'),
    20: ('B02', 'B03', 'B04', 'B05', 'B8A', 'B11', 'SCL', 'AOT'),
    60: ('B01', 'B02', 'B09', 'SCL'),
}
LANDSAT = 'LC08_L2SP_193027_20200710_20200912_02_T1'


@pytest.fixture
def make(make_raster):
    """Small images of one place by their size of pixels."""

    def files(folder, names, metres=10, bands=1):
        side = 240 // metres
        made = []
        for name in names:
            pixels = np.full((bands, side, side), len(name), np.uint16)
            path = f'{folder}/{name}'
            path += '' if '.' in Path(name).name[-5:] else '.tif'
            made.append(make_raster(path, pixels, res=float(metres)))
        return made

    return files


@pytest.fixture
def l2a(make, tmp_path):
    """A Sentinel-2 L2A product as it unpacks."""
    for metres, names in L2A.items():
        make(
            f'{SAFE}/IMG_DATA/R{metres}m',
            [f'{SENSED}_{name}_{metres}m' for name in names],
            metres,
        )
    quality = ('MSK_CLDPRB_20m', 'MSK_CLDPRB_60m', 'MSK_DETFOO_B02')
    make(f'{SAFE}/QI_DATA', [*quality, f'{SENSED}_PVI'], 20)
    return tmp_path


def names_of(scene):
    return [Path(file).stem for file in scene.files]


def test_a_safe_folder_is_one_scene_of_wanted_bands(l2a, caplog):
    whole = [l2a, l2a / SAFE.split('/')[0], l2a / SAFE]
    for folder in whole:
        caplog.clear()
        (scene,) = open_scenes([folder], SceneOptions(bands=['B02', 'B08']))
        assert (scene.name, scene.date) == (SENSED, '2022-07-10')
        assert scene.bands == ('B02', 'B08') and scene.width == 24
        layers = {name: Path(file).stem for name, file in scene.layers}
        # Of several resolutions the finest; in another folder too.
        assert layers == {
            'SCL': f'{SENSED}_SCL_20m',
            'CLDPRB': 'MSK_CLDPRB_20m',
        }
        warnings = ' '.join(caplog.messages)
        assert '2 AOT, 1 MSK_DETFOO, 1 PVI, 1 TCI, 1 WVP' in warnings
        assert '2 CLDPRB, 2 SCL' in warnings
    (scene,) = open_scenes(
        [l2a / SAFE / 'IMG_DATA/R10m'], SceneOptions(bands=['B04'])
    )
    assert scene.bands == ('B04',) and scene.layers == ()


def test_bands_of_several_resolutions(l2a, caplog):
    # All of these are there at 20 m, so nothing needs to be resampled...
    (scene,) = open_scenes([l2a], SceneOptions(bands=['B02', 'B05']))
    assert names_of(scene) == [f'{SENSED}_{b}_20m' for b in ('B02', 'B05')]
    assert '--resample each band is taken from its finest' in caplog.text
    # ...and these at no one resolution.
    with pytest.raises(InputError, match=r'B05_20m.*--bands.*--resample'):
        open_scenes([l2a], SceneOptions(bands=['B05', 'B08']))
    (scene,) = open_scenes(
        [l2a], SceneOptions(bands=['B01', 'B02', 'B05'], resample='nearest')
    )
    assert scene.bands == ('B01', 'B02', 'B05') and scene.width == 24
    assert names_of(scene)[1] == f'{SENSED}_B02_10m'
    assert scene.read().shape == (3, 24, 24)
    with pytest.raises(InputError, match='no band B10; scene .* has B01'):
        open_scenes([l2a], SceneOptions(bands=['B02', 'B10']))
    # A layer is a band if it is wanted as one.
    (scene,) = open_scenes([l2a], SceneOptions(bands=['B05', 'SCL']))
    assert set(scene.bands) == {'B05', 'SCL'} and scene.width == 12


def test_a_band_that_nobody_wants_is_not_opened(l2a):
    for path in l2a.rglob('*_B01_60m.tif'):
        path.write_bytes(b'no raster')
    (scene,) = open_scenes([l2a], SceneOptions(bands=['B02', 'B03']))
    assert scene.bands == ('B02', 'B03')


def test_an_l1c_product_with_its_20_and_60_m_bands(make, tmp_path):
    name = 'S2A_MSIL1C_20210412T162841_N0300_R083_T33TWN_20210412T202300.SAFE'
    granule = f'{name}/GRANULE/L1C_T33TWN_A035544_20210412T163959'
    sensed = 'T33TWN_20210412T162841'
    for metres, bands in {10: 'B02 B03 TCI', 20: 'B05', 60: 'B01'}.items():
        files = [f'{sensed}_{band}.jp2' for band in bands.split()]
        make(f'{granule}/IMG_DATA', files, metres)
    make(f'{granule}/QI_DATA', ['MSK_DETFOO_B02', 'MSK_CLASSI_B00'], 60)
    (scene,) = open_scenes([tmp_path], SceneOptions(bands=['B03', 'B02']))
    assert (scene.name, scene.date) == (sensed, '2021-04-12')
    assert scene.bands == ('B02', 'B03')
    assert [name for name, _ in scene.layers] == ['CLASSI']


def test_landsat(make, tmp_path, caplog):
    bands = ('SR_B2', 'SR_B4', 'ST_B10')
    others = ('QA_PIXEL', 'QA_RADSAT', 'SR_QA_AEROSOL', 'ST_QA', 'ST_EMIS')
    make('l2', [f'{LANDSAT}_{b}.TIF' for b in (*bands, *others)])
    (tmp_path / f'l2/{LANDSAT}_MTL.txt').write_text('GROUP = LANDSAT\n')
    (scene,) = open_scenes([tmp_path / 'l2'])
    assert (scene.name, scene.date) == (LANDSAT, '2020-07-10')
    assert scene.bands == ('B2', 'B4', 'B10')
    layers = [name for name, _ in scene.layers]
    assert layers == ['QA_AEROSOL', 'QA_PIXEL', 'QA_RADSAT']
    assert 'left out beside the bands: 1 ST_EMIS, 1 ST_QA' in caplog.text
    # As a shell hands a folder over, metadata and all.
    listed = [str(p) for p in (tmp_path / 'l2').iterdir()]
    (same,) = open_scenes(listed, SceneOptions(bands=['SR_B4']))
    assert same.bands == ('SR_B4',) and same.layers == scene.layers
    assert 'no images: 1 .txt' in caplog.text
    # The panchromatic band has another grid; reflectance lies beside counts.
    other = 'LC08_L1TP_193027_20200710_20200912_02_T1'
    make('l1', [f'{other}_{b}.TIF' for b in ('B2', 'B3', 'B2_toa', 'B3_toa')])
    make('l1', [f'{other}_B8.TIF'], 5)
    make('l1', [f'{other}_{b}.TIF' for b in ('QA_PIXEL', 'SZA', 'VAA')])
    counts, toa = open_scenes(
        [tmp_path / 'l1'], SceneOptions(bands=['B2', 'B3'])
    )
    assert [counts.name, toa.name] == [other, f'{other}_toa']
    assert counts.bands == toa.bands == ('B2', 'B3')
    assert counts.layers == toa.layers != ()
    # Landsat 7 has one thermal band twice; ESPA names bands its own way.
    etm = 'LE07_L1TP_038034_20150818_20170225_01_T1'
    make('etm', [f'{etm}_B6_VCID_1', f'{etm}_B6_VCID_2', f'{etm}_BQA'])
    (scene,) = open_scenes([tmp_path / 'etm'])
    assert scene.bands == ('B6_VCID_1', 'B6_VCID_2')
    make('espa', [f'{etm}_{n}' for n in ('sr_band3', 'sr_band4', 'pixel_qa')])
    (scene,) = open_scenes([tmp_path / 'espa'])
    assert scene.bands == ('band3', 'band4')
    assert [name for name, _ in scene.layers] == ['pixel_qa']


def test_hls_of_two_sensors_by_common_names(make, tmp_path):
    red = {'S30': 'B04', 'L30': 'B04'}
    nir = {'S30': 'B8A', 'L30': 'B05'}
    for day, kind in enumerate(('S30', 'L30')):
        stem = f'HLS.{kind}.T33TWN.202019{2 + day}T100031.v2.0'
        layers = (red[kind], nir[kind], 'B02', 'Fmask', 'SZA', 'VAA')
        make('hls', [f'{stem}.{layer}.tif' for layer in layers])
    one, two = open_scenes(
        [tmp_path / 'hls'], SceneOptions(bands=['red', 'nir08'])
    )
    assert two.name == 'HLS.S30.T33TWN.2020192T100031.v2.0'
    assert (one.date, two.date) == ('2020-07-11', '2020-07-10')
    assert set(two.bands) == {'red', 'nir08'}
    assert {Path(f).name.split('.')[-2] for f in two.files} == {'B04', 'B8A'}
    assert {Path(f).name.split('.')[-2] for f in one.files} == {'B04', 'B05'}
    assert [name for name, _ in one.layers] == ['Fmask']


def test_folders_of_colours(make, tmp_path, caplog):
    for folder in ('2020-07-10', '2021-07-11'):
        make(folder, ['red', 'green', 'blue', 'nir', 'scl', 'thumbnail'])
        make(folder, ['visual'], bands=3)
    one, two = open_scenes(
        [tmp_path], SceneOptions(bands=['red', 'green', 'nir'])
    )
    assert (one.name, two.name) == ('2020-07-10', '2021-07-11')
    assert (one.date, two.date) == ('2020-07-10', '2021-07-11')
    assert set(one.bands) == {'red', 'green', 'nir'}
    assert [name for name, _ in one.layers] == ['SCL']
    assert 'beside the bands: 2 THUMBNAIL, 2 VISUAL' in caplog.text
    # Words in front of a colour are the scene's name...
    make('gf', ['E80_red', 'E80_nir', 'E81_red', 'E81_nir'])
    assert [s.name for s in open_scenes([tmp_path / 'gf'])] == ['E80', 'E81']
    # ...unless the files are whole images.
    make('farms', ['farm_red', 'farm_green', 'barn'], bands=3)
    found = open_scenes([tmp_path / 'farms'])
    assert [s.name for s in found] == ['barn', 'farm_green', 'farm_red']
    assert {len(s.bands) for s in found} == {3}


def test_bigearthnet(make, tmp_path):
    for patch in ('87_48', '87_49'):
        stem = f'S2A_MSIL2A_20170613T101031_{patch}'
        for metres, band in ((10, 'B02'), (10, 'B03'), (20, 'B05')):
            make(f'ben/{stem}', [f'{stem}_{band}'], metres)
        labels = tmp_path / f'ben/{stem}/{stem}_labels_metadata.json'
        labels.write_text('{}')
    for given in (tmp_path / 'ben', tmp_path / 'ben/*/*'):
        one, two = open_scenes([given], SceneOptions(bands=['B02', 'B03']))
        assert two.name == 'S2A_MSIL2A_20170613T101031_87_49'
        assert one.date == '2017-06-13' and one.bands == ('B02', 'B03')


def test_planet(make, tmp_path):
    stem = '20200710_100031_07_2453_3B'
    make('p', [f'{stem}_AnalyticMS_SR', f'{stem}_AnalyticMS'], bands=4)
    make('p', [f'{stem}_udm2'], bands=8)
    make('p', ['20200711_100031_07_2453_3B_AnalyticMS_SR'], bands=4)
    found = {s.name: s for s in open_scenes([tmp_path / 'p'])}
    assert len(found) == 3
    for kind in ('AnalyticMS_SR', 'AnalyticMS'):
        ((name, file),) = found[f'{stem}_{kind}'].layers
        assert name == 'UDM2' and file.endswith(f'{stem}_udm2.tif')
    assert found['20200711_100031_07_2453_3B_AnalyticMS_SR'].layers == ()


def test_masks_of_the_same_day(make, tmp_path):
    for date in ('2015-07-11', '2015-07-31'):
        make('s', [f'S2_L1C_{date}_13band'], bands=13)
        make('s', [f'CLM_{date}'])
    for scene in open_scenes([tmp_path / 's']):
        ((name, file),) = scene.layers
        assert name == 'CLM' and Path(file).stem == f'CLM_{scene.date}'


def test_lone_layers_and_mixed_folders_are_images(make, tmp_path):
    make('tci', [f'{SENSED}_TCI'], bands=3)
    (scene,) = open_scenes([tmp_path / 'tci'])
    assert scene.name == f'{SENSED}_TCI' and len(scene.bands) == 3
    make('m', ['stack'], bands=4)
    make('m', ['x_B02', 'x_B03', 'y_B02'])
    make('m', ['stack_thumb'], 60)
    found = open_scenes([tmp_path / 'm'])
    assert [(s.name, len(s.bands)) for s in found] == [
        ('stack', 4),
        ('x', 2),
        ('y_B02', 1),
    ]
    assert found[2].bands == ('B02',)


def test_two_files_of_one_band_are_named(make):
    files = make('d', ['x_B02.tif', 'x_B03.tif', 'x_B02.jp2'])
    with pytest.raises(InputError, match=r"x_B02.*second file of band 'B02'"):
        open_scenes(files)


def test_nothing_is_said_of_plain_images(make, caplog):
    with caplog.at_level(logging.WARNING):
        open_scenes(make('d', ['a', 'b_2020'], bands=3))
    assert not caplog.messages
