"""Acquisition dates from names and tags, and what looks like one."""

import numpy as np
import pytest
import rasterio

from geokr_mm.geo import Scene
from geokr_mm.geo.scenes.dates import find_date, is_date


@pytest.mark.parametrize(
    ('name', 'date'),
    [
        # The first date is that of the acquisition, later ones are others.
        ('S2A_MSIL1C_20210412T162841_N0300_R083_T33TWN_20210413T202300',
         '2021-04-12'),
        ('LC08_L2SP_193027_20200710_20200912_02_T1_SR_B4.TIF', '2020-07-10'),
        ('LC08_CU_012008_20200710_20210504_02_SR_B4.TIF', '2020-07-10'),
        ('MOD13Q1.A2020193.h18v04.061.2020326073031.tif', '2020-07-11'),
        # Old Sentinel-2 products begin with the date of processing.
        ('S2A_OPER_PRD_MSIL1C_PDMC_20160101T101010_R022_V20151230T101025_'
         '20151230T101025.SAFE', '2015-12-30'),
        ('S2A_OPER_MSI_L1C_TL_SGS__20160101T101010_A002755_T33TWN_B02.jp2',
         None),
        # Days of the year.
        ('HLS.S30.T33TWN.2020192T100031.v2.0.B04.tif', '2020-07-10'),
        ('LE70220491999322EDC01_stack.gtif', '1999-11-18'),
        ('MOD09GA.006_sur_refl_b01_1_doy2020192_aid0001.tif', '2020-07-10'),
        ('scene_2020192.tif', '2020-07-10'),
        ('scene_2020366.tif', '2020-12-31'),
        ('scene_2021366.tif', None),
        # Other forms.
        ('s1a-iw-grd-vv-20200710t053600-20200710t053625-033-001.tiff',
         '2020-07-10'),
        ('IMG_20200710100031.tif', '2020-07-10'),
        ('x_2020_07_10.tif', '2020-07-10'),
        # No dates: years, numbers of tiles, coordinates, the future.
        ('ortho_2003.tif', None),
        ('x_20201332.tif', None),
        ('x_2019-02-29.tif', None),
        ('tile_20200101.tif', None),
        ('tile_500000_1980200.tif', None),
        ('E2012300N3000000.tif', None),
        ('dop20rgbi_32_389_5820_2_be_2020.tif', None),
        ('x_9999-01-01_2999-01-01.tif', None),
    ],
)  # fmt: skip
def test_names(name, date):
    assert find_date(name) == date


def test_tags_of_acquisition_come_first_and_those_of_programs_never():
    tags = {'TIFFTAG_DATETIME': '2023:11:02 10:00:00'}
    assert find_date('ortho.tif', tags) is None
    assert find_date('ortho_20030405.tif', tags) == '2003-04-05'
    for key, value in (
        ('ACQUISITIONDATETIME', '2019-05-06 10:00:00'),
        ('DATE_ACQUIRED', '2019-05-06'),
        ('SENSING_TIME', '2019-05-06T10:06:42.1Z; 2019-05-06T10:07:00Z'),
        ('acquisition_date', '20190506'),
        ('firstLineTime', '2019-05-06T10:00:00.000Z'),
    ):
        both = {**tags, key: value}
        assert find_date('processed_20231102.tif', both) == '2019-05-06'
    assert find_date('x_20200102.tif', {'DATE_ACQUIRED': 'n/a'}) == (
        '2020-01-02'
    )


def test_the_tags_of_a_file(make_raster):
    path = make_raster('ortho_flight2003.tif', np.ones((12, 12), np.uint8))
    with rasterio.open(path, 'r+') as file:
        file.update_tags(TIFFTAG_DATETIME='2023:11:02 10:00:00')
    assert Scene.open(path).date is None
    with rasterio.open(path, 'r+') as file:
        file.update_tags(ns='IMAGERY', ACQUISITIONDATETIME='2003-06-07 09:00')
    assert Scene.open(path).date == '2003-06-07'


def test_days_as_tables_write_them():
    assert is_date('2020-02-29')
    for text in ('2019-02-29', '20200229', '2020-2-9', 'May', ''):
        assert not is_date(text)
