"""Clouds and shadows of patches from quality layers."""

from dataclasses import replace

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, Scene, build_index
from geokr_mm.geo.scenes.cloud_mask import find_codes
from geokr_mm.geo.scenes.mask_search import find_masks
from geokr_mm.geo.scenes.options import SceneOptions

SIZE = 64


@pytest.mark.parametrize(
    ('name', 'values', 'cloud', 'shadow', 'empty'),
    [
        ('T33TWN_20200710T100031_SCL_20m.jp2', [8, 9, 10, 3, 0, 4, 11],
         [1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0]),
        ('LC08_L2SP_190028_20200710_20200912_02_T1_QA_PIXEL.TIF',
         [21824, 1 | 1 << 3, 1 << 3, 1 << 1, 1 << 2, 1 << 4, 1],
         [0, 0, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, 0, 1]),
        ('HLS.S30.T33TWN.2020192T100031.v2.0.Fmask.tif', [2, 8, 4, 64],
         [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]),
        ('LE70220332002106EDC00_MTLFmask.tif.Fmask.tif', [4, 2, 255, 1, 3],
         [1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0]),
        ('CLM_2015-07-31.tif', [1, 0, 255], [1, 0, 0], [0, 0, 0], [0, 0, 1]),
        ('MSK_CLDPRB_20m.jp2', [49, 50, 100], [0, 1, 1], [0] * 3, [0] * 3),
    ],
)  # fmt: skip
def test_values_of_known_layers(name, values, cloud, shadow, empty):
    found = find_codes(name).decode(np.array([values], np.uint16))
    for mask, expected in zip(found, (cloud, shadow, empty), strict=True):
        assert mask[0].astype(int).tolist() == expected


def test_stated_values_and_unknown_names():
    codes = find_codes('b8', (4,), (2,))
    cloud, shadow, _ = codes.decode(np.array([[4, 2, 1]]))
    assert cloud.tolist() == [[True, False, False]]
    assert shadow.tolist() == [[False, True, False]]
    with pytest.raises(InputError, match='quality.tif.*--cloud-codes'):
        find_codes('quality.tif')


@pytest.fixture
def dates(make_raster):
    """Two dates of one place and a mask of each; the second is overcast."""
    rng = np.random.default_rng(2)
    for date in ('2020-06-01', '2020-06-11'):
        pixels = rng.integers(40, 220, (3, SIZE, SIZE)).astype(np.uint8)
        make_raster(f'img/S2_{date}_13band.tif', pixels)
    clear = np.zeros((SIZE, SIZE), np.uint8)
    clear[:32, :8] = 1
    make_raster('clm/CLM_2020-06-01.tif', clear)
    make_raster('clm/CLM_2020-06-11.tif', np.ones((SIZE, SIZE), np.uint8))
    codes = np.full((SIZE, SIZE), 10, np.uint8)
    return make_raster('ESA_WorldCover_10m_2021_v200_N45E014_Map.tif', codes)


def index_of(tmp_path, cover, scenes, **options):
    out = tmp_path / 'i.parquet'
    build_index(
        BuildOptions(scenes, 'worldcover', (cover,), 32, str(out), **options)
    )
    return KnowledgeIndex.open(out)


def test_files_are_matched_by_date_and_place(make_raster, tmp_path, dates):
    # The same date elsewhere is none of ours.
    make_raster(
        'clm/CLM_2020-06-01_far.tif', np.ones((9, 9), np.uint8),
        origin=(700000.0, 5100000.0),
    )  # fmt: skip
    mask = str(tmp_path / 'clm' / 'CLM_*.tif')
    index = index_of(tmp_path, dates, (str(tmp_path / 'img'),), mask=mask)
    rows = index.table.select(
        ['date', 'cloud_fraction', 'shadow_fraction', 'verdicts']
    ).to_pylist()
    first = [r for r in rows if r['date'] == '2020-06-01']
    assert [r['cloud_fraction'] for r in first] == [0.25, 0, 0, 0]
    assert [r['verdicts'] for r in first] == [['cloud'], [], [], []]
    assert {r['shadow_fraction'] for r in rows} == {0.0}
    second = [r for r in rows if r['date'] == '2020-06-11']
    assert all(r['verdicts'] == ['cloud'] for r in second)
    index = index_of(
        tmp_path, dates, (str(tmp_path / 'img'),), mask=mask, max_cloud=0.3
    )
    assert index.column('keep').sum() == 4


def test_a_coarser_layer_beside_the_bands(make_raster):
    pixels = np.full((3, SIZE, SIZE), 90, np.uint8)
    scene = Scene.open(make_raster('s.tif', pixels))
    classes = np.full((32, 32), 4, np.uint8)
    classes[:16, :16] = 9
    classes[:16, 16:] = 3
    classes[16:, :16] = 0
    layer = make_raster('T33_SCL_20m.tif', classes, res=20.0)
    scene = replace(scene, layers=(('SCL', layer),))
    (masked,) = find_masks([scene], SceneOptions(mask='SCL'))

    def shares(col, row, size):
        from geokr_mm.geo import Window

        return masked.cloud_shares(Window(col, row, size, size))

    assert shares(0, 0, 32) == (1.0, 0.0)
    assert shares(32, 0, 32) == (0.0, 1.0)
    assert shares(0, 32, 32) == (None, None)
    # Empty cells do not count: two thirds of the rest are not clear.
    cloud, shadow = shares(0, 0, 64)
    assert (cloud, shadow) == pytest.approx((1 / 3, 1 / 3))
    with pytest.raises(InputError, match="no quality layer 'QA_PIXEL'.*SCL"):
        find_masks([scene], SceneOptions(mask='QA_PIXEL'))


def test_a_band_of_the_scene_may_be_the_layer(make_raster):
    stack = np.full((3, SIZE, SIZE), 90, np.int16)
    stack[2, :16] = 4
    stack[2, 16:32] = 2
    path = make_raster('s.tif', stack, descriptions=('red', 'nir', 'Fmask'))
    (scene,) = find_masks([Scene.open(path)], SceneOptions(mask='fmask'))
    assert scene.bands == ('red', 'nir')
    assert scene.cloud_shares(scene.whole) == (0.25, 0.25)


def test_a_table_may_name_the_masks(make_raster, tmp_path, dates):
    table = tmp_path / 'scenes.csv'
    rows = ''.join(
        f'img/S2_{date}_13band.tif,clm/CLM_{date}.tif\n'
        for date in ('2020-06-01', '2020-06-11')
    )
    table.write_text(f'path,mask\n{rows}')
    index = index_of(tmp_path, dates, (str(table),))
    shares = index.column('cloud_fraction').tolist()
    assert shares == [0.25, 0, 0, 0, 1, 1, 1, 1]
    assert index.column('keep').sum() == 3


def test_what_does_not_fit_is_one_line(make_raster, tmp_path, dates):
    scenes = (str(tmp_path / 'img'),)
    (tmp_path / 'clm' / 'CLM_2020-06-11.tif').unlink()
    with pytest.raises(InputError, match='no file of --mask.*2020-06-11'):
        index_of(tmp_path, dates, scenes, mask=str(tmp_path / 'clm'))
    with pytest.raises(InputError, match='no such file'):
        index_of(tmp_path, dates, scenes, mask=str(tmp_path / 'x_*.tif'))
    with pytest.raises(InputError, match='belong to a quality layer'):
        index_of(tmp_path, dates, scenes, max_cloud=0.1)


def test_bright_patches_are_found_before_each_scene_is_stretched(
    make_raster, tmp_path
):
    rng = np.random.default_rng(9)
    clear = rng.integers(300, 900, (3, SIZE, SIZE)).astype(np.uint16)
    overcast = rng.integers(7600, 8000, (3, SIZE, SIZE)).astype(np.uint16)
    make_raster('img/clear_20200601.tif', clear)
    make_raster('img/overcast_20200611.tif', overcast)
    codes = np.full((SIZE, SIZE), 10, np.uint8)
    cover = make_raster('ESA_WorldCover_10m_2021_v200_N45E014_Map.tif', codes)
    for mode in ('scene', 'sensor'):
        index = index_of(
            tmp_path, cover, (str(tmp_path / 'img'),), stretch=mode
        )
        kept = dict.fromkeys(index.table['scene'].to_pylist(), 0)
        for scene, keep in zip(
            index.table['scene'].to_pylist(), index.column('keep'), strict=True
        ):
            kept[scene] += int(keep)
        assert kept['overcast_20200611'] == 0
        if mode == 'scene':
            assert kept['clear_20200601'] == 4
