"""Sentinel-2 before and after baseline 04.00: numbers that mean the same."""

import json

import numpy as np
import pytest
import rasterio

from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index
from geokr_mm.geo.discovery.opening import open_scenes
from geokr_mm.geo.scenes.scene import Scaling
from geokr_mm.geo.scenes.sentinel2 import by_baseline

OLD = 'S2A_MSIL2A_20210601T100031_N0300_R122_T33TWN_20210601T120000'
NEW = 'S2A_MSIL2A_20220601T100031_N0400_R122_T33TWN_20220601T120000'
BEFORE, SINCE = Scaling(1e-4, 0.0), Scaling(1e-4, -0.1)
COUNTS = np.random.default_rng(3).integers(200, 4000, (40, 40))
XML = """<n1:Level-2A_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int">
<n1:General_Info><Product_Image_Characteristics><QUANTIFICATION_VALUES_LIST>
<BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>
<AOT_QUANTIFICATION_VALUE unit="none">1000.0</AOT_QUANTIFICATION_VALUE>
</QUANTIFICATION_VALUES_LIST><BOA_ADD_OFFSET_VALUES_LIST>{}
</BOA_ADD_OFFSET_VALUES_LIST></Product_Image_Characteristics>
</n1:General_Info></n1:Level-2A_User_Product>"""


def offsets(value, band_ids=range(13)):
    return XML.format(
        ''.join(
            f'<BOA_ADD_OFFSET band_id="{n}">{value - n}</BOA_ADD_OFFSET>'
            for n in band_ids
        )
    )


def scaling_of(path):
    (scene,) = open_scenes([path])
    return scene.scaling


@pytest.fixture
def make(make_raster):
    def one(name, add=0, dtype=np.uint16):
        return make_raster(name, (COUNTS + add).astype(dtype))

    return one


def test_baselines():
    assert by_baseline(399) == by_baseline(206) == BEFORE
    assert by_baseline(400) == by_baseline(511) == SINCE


def test_the_name_of_file_or_folder_tells_the_baseline(make, tmp_path):
    assert scaling_of(make(f'{OLD}.tif')) == (BEFORE,)
    assert scaling_of(make(f'{NEW}.tif')) == (SINCE,)
    image = f'{NEW}.SAFE/GRANULE/L2A_T33TWN/IMG_DATA/R10m/T33TWN_B02_10m.tif'
    assert scaling_of(make(image)) == (SINCE,)
    # Collection 1: an old scene, processed anew.
    again = OLD.replace('N0300', 'N0500')
    assert scaling_of(make(f'{again}.tif')) == (SINCE,)
    # Nothing is guessed of products that users processed themselves, of
    # files without a baseline, and of reflectance that is scaled already.
    assert scaling_of(make(f'{NEW.replace("N0400", "N9999")}.tif')) == ()
    assert scaling_of(make('T33TWN_20220601T100031_B02_10m.tif')) == ()
    scaled = make(f'd/{NEW}.tif', dtype=np.float32)
    assert scaling_of(scaled) == ()


def test_tags_come_first(make):
    path = make(f'{NEW}.tif')
    with rasterio.open(path, 'r+') as file:
        file.scales, file.offsets = (2e-4,), (0.5,)
    assert scaling_of(path) == (Scaling(2e-4, 0.5),)


def test_metadata_come_before_the_name(make, tmp_path, caplog):
    folder = f'{NEW}.SAFE/GRANULE/L2A_T33TWN/IMG_DATA/R10m'
    for band in ('B02', 'B8A'):
        make(f'{folder}/T33TWN_20220601T100031_{band}_10m.tif')
    metadata = tmp_path / f'{NEW}.SAFE/MTD_MSIL2A.xml'
    metadata.write_text(offsets(-900))
    # B02 is band 1 and B8A band 8.
    scaling = scaling_of(tmp_path)
    assert scaling[0] == (1e-4, pytest.approx(-0.0901))
    assert scaling[1] == (1e-4, pytest.approx(-0.0908))
    metadata.unlink()
    folder = folder.replace(f'{NEW}.SAFE', 'unpacked')
    path = make(f'{folder}/T33TWN_20210601T100031_B02_10m.tif')
    metadata = tmp_path / 'unpacked/MTD_MSIL2A.xml'
    metadata.write_text(XML.format(''))
    assert scaling_of(path) == (BEFORE,)
    # Broken metadata are warned of, and the name is used instead.
    folder = folder.replace('unpacked', f'{NEW}-b.SAFE')
    path = make(f'{folder}/T33TWN_20220601T100031_B02_10m.tif')
    (tmp_path / f'{NEW}-b.SAFE/MTD_MSIL2A.xml').write_text(XML[:300])
    assert scaling_of(path) == (SINCE,)
    assert 'MTD_MSIL2A.xml: scale and offset not readable' in caplog.text


def test_the_same_ground_gets_the_same_stretch(
    make, make_raster, tmp_path, cover_codes
):
    """The sibling of the tags: only the names of the files have it."""
    scenes = [make(f's/{OLD}.tif'), make(f's/{NEW}.tif', 1000)]
    cover = make_raster('map.tif', cover_codes)
    options = BuildOptions(
        (str(tmp_path / 's'),), 'worldcover', (cover,), 16,
        str(tmp_path / 'i.parquet'), year=2021, stretch='sensor',
    )  # fmt: skip
    build_index(options)
    index = KnowledgeIndex.open(options.out)
    records = [index.record(n) for n in range(len(index))]
    by_scene = {r.scene: (r.low[0], r.high[0]) for r in records}
    low, high = by_scene[OLD]
    assert by_scene[NEW] == pytest.approx((low + 1000, high + 1000), abs=0.5)
    assert len(scenes) == len(by_scene) and 200 < low < high < 4000


def test_scales_that_only_some_scenes_state_are_said(make, caplog):
    open_scenes([make(f'{NEW}.tif'), make('plain.tif')])
    assert 'plain.tif: states no scale (1 of 2 scenes)' in caplog.text
    caplog.clear()
    days = ('20210601', '20220601')
    open_scenes([make(f'T33TWN_{day}T100031_x.tif') for day in days])
    assert 'the processing baseline of Sentinel-2' in caplog.text
    caplog.clear()
    open_scenes([make(f'T33TWN_2021060{n}T100031_x.tif') for n in (1, 2)])
    assert not caplog.messages


def stac(tmp_path, properties, band=None):
    asset = {'href': './B04.tif', 'type': 'image/tiff', 'roles': ['data']}
    item = {
        'type': 'Feature',
        'stac_version': '1.0.0',
        'id': 's',
        'properties': {'datetime': '2022-06-01T10:00:00Z', **properties},
        'assets': {'B04': {**asset, 'raster:bands': [band or {}]}},
    }
    path = tmp_path / 'item.json'
    path.write_text(json.dumps(item))
    return path


def test_catalogues(make, tmp_path):
    make('B04.tif')
    applied = 'earthsearch:boa_offset_applied'
    stated = {'scale': 1e-4, 'offset': -0.1}
    for properties, band, expected in (
        ({'s2:processing_baseline': '04.00'}, None, (SINCE,)),
        ({'s2:processing_baseline': '03.01'}, None, (BEFORE,)),
        ({'s2:processing_baseline': '99.99'}, None, ()),
        ({}, stated, (SINCE,)),
        # Taken out of the numbers, though not out of the metadata.
        ({applied: True, 's2:processing_baseline': '04.00'}, stated,
         (BEFORE,)),
        ({applied: True, 's2:processing_baseline': '05.00'}, None, (BEFORE,)),
        ({applied: False, 's2:processing_baseline': '04.00'}, None, (SINCE,)),
        ({}, None, ()),
    ):  # fmt: skip
        assert scaling_of(stac(tmp_path, properties, band)) == expected
