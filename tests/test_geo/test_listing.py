"""Scenes from tables and STAC: bands, dates, resolutions as stated."""

import datetime
import json
import os

import numpy as np
import pystac
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index, read_patch
from geokr_mm.geo.catalog import list_scene_files, open_scenes

RNG = np.random.default_rng(4)
WHEN = datetime.datetime(2021, 6, 30, 10, tzinfo=datetime.timezone.utc)


@pytest.fixture
def bands(make_raster):
    """Red, nir and a stack of blue and green of one place; a coarse band."""
    pixels = RNG.integers(1, 250, (4, 40, 40)).astype(np.uint8)
    return {
        'red': make_raster('s/x_r.tif', pixels[0]),
        'nir': make_raster('s/x_n.tif', pixels[1]),
        'bg': make_raster('s/x_bg.tif', pixels[2:]),
        'coarse': make_raster('s/x_c.tif', pixels[0, :20, :20], res=20.0),
        'pixels': pixels,
    }


def item(bands, new_style=False, name='item-1'):
    made = pystac.Item(name, None, None, WHEN, {'gsd': 10.5})

    def add(key, file, names, **more):
        # STAC 1.1 has `bands`, 1.0 the extension `eo`.
        key_of = 'eo:common_name' if new_style else 'common_name'
        told = {
            'bands' if new_style else 'eo:bands': [
                {'name': f'n{n}', key_of: n} for n in names
            ]
        }
        more.setdefault('media_type', pystac.MediaType.COG)
        made.add_asset(key, pystac.Asset(file, extra_fields=told, **more))

    add('B4', bands['red'], ['red'], roles=['data'])
    add('B8', bands['nir'], ['nir'])
    add('two', bands['bg'], ['blue', 'green'])
    add('B1', bands['coarse'], ['coastal'])
    add('pic', 'none.jpg', ['red'], media_type='image/jpeg')
    add('tci', 'none.tif', ['red'], roles=['visual'])
    return made


def check(scene, bands):
    assert scene.name == 'item-1' and scene.date == '2021-06-30'
    assert scene.bands == ('red', 'nir', 'blue', 'green')
    assert scene.gsd() == 10.5
    assert (scene.read() == bands['pixels']).all()


WANTED = ('red', 'nir', 'blue', 'green')


@pytest.mark.parametrize('new_style', [False, True])
def test_an_item(bands, tmp_path, new_style):
    path = str(tmp_path / 'item.json')
    item(bands, new_style).save_object(dest_href=path)
    (scene,) = open_scenes([path], wanted=WANTED)
    check(scene, bands)
    assert scene.files == tuple(bands[k] for k in ('red', 'nir', 'bg'))
    assert len(list_scene_files([path])) == 4
    # All bands together lie on two grids.
    with pytest.raises(InputError, match='another grid'):
        open_scenes([path])


def test_an_item_collection_with_relative_assets(bands, tmp_path):
    found = pystac.ItemCollection([item(bands), item(bands, name='item-2')])
    content = found.to_dict()
    for feature in content['features']:
        feature['links'] = []
        for asset in feature['assets'].values():
            if os.path.isabs(asset['href']):
                name = os.path.basename(asset['href'])
                asset['href'] = f'./s/{name}'
    (tmp_path / 'found.geojson').write_text(json.dumps(content))
    one, two = open_scenes([tmp_path / 'found.geojson'], wanted=WANTED)
    check(one, bands)
    assert two.name == 'item-2'


def test_a_static_catalogue_becomes_an_index(
    bands, tmp_path, make_raster, cover_codes
):
    root = pystac.Catalog('root', 'all')
    child = pystac.Catalog('child', 'some')
    root.add_child(child)
    child.add_item(item(bands))
    root.normalize_hrefs(str(tmp_path / 'stac'))
    root.make_all_asset_hrefs_relative()
    root.save(pystac.CatalogType.SELF_CONTAINED)
    options = BuildOptions(
        (str(tmp_path / 'stac' / 'catalog.json'),),
        'worldcover',
        (make_raster('map.tif', cover_codes),),
        16,
        str(tmp_path / 'i.parquet'),
        year=2021,
        bands=('nir', 'red'),
        stretch='none',
    )
    build_index(options)
    index = KnowledgeIndex.open(options.out)
    assert len(index) == 4
    assert set(index.frame['date']) == {'2021-06-30'}
    assert set(index.frame['gsd']) == {10.5}
    # The scenes stay where they are.
    assert list(index.frame['files'][0]) == ['s/x_r.tif', 's/x_n.tif']
    image = read_patch(index.record(3))
    assert (image == bands['pixels'][[1, 0], 16:32, 16:32]).all()


def test_a_table(bands, tmp_path):
    table = tmp_path / 'scenes.csv'
    table.write_text(
        'path,scene,bands,date,gsd\n'
        's/x_r.tif,one,red,2020-01-02,9.5\n'
        's/x_n.tif,one,nir,,\n'
        's/x_bg.tif,one,blue green,2020-01-02,\n'
        's/x_c.tif,,,2020-01-03,\n'
    )
    plain, one = open_scenes([table], date='2019-01-01')
    assert one.bands == ('red', 'nir', 'blue', 'green')
    assert (one.name, one.date, one.gsd()) == ('one', '2020-01-02', 9.5)
    assert (one.read() == bands['pixels']).all()
    assert (plain.name, plain.date) == ('x_c', '2020-01-03')
    assert plain.bands == ('b1',) and plain.gsd() == 20.0
    table.write_text(f'path\n{bands["red"]}\n')
    (scene,) = open_scenes([table], date='2019-01-01')
    assert scene.date == '2019-01-01'
    assert list_scene_files([table]) == [bands['red']]


def test_what_lists_get_wrong(bands, tmp_path):
    table = tmp_path / 't.csv'
    cases = {
        'file,date\na,b\n': 'columns file, date',
        'path\n': 'lists no scene',
        'path,date\na.tif,May\n': "date 'May' is not",
        'path,gsd\na.tif,fine\n': "gsd 'fine' is no number",
        'path,scene\na.tif,s\nb.tif,s\n': 'name the bands of each',
        'path,scene,bands,date\na,s,r,2020-01-01\nb,s,g,2020-01-02\n':
            'several values of date',
        'path,bands\ns/x_bg.tif,red\n': 'a name for every band',
    }  # fmt: skip
    for text, told in cases.items():
        table.write_text(text)
        with pytest.raises(InputError, match=told):
            open_scenes([table])
    stac = tmp_path / 't.json'
    bare = pystac.Item('bare', None, None, WHEN, {})
    twice = item(bands)
    twice.assets['again'] = twice.assets['B4']
    cases = {
        '{"type": "Polygon"}': 'is not STAC',
        'no json': 'not readable as STAC',
        json.dumps(bare.to_dict()): 'no image among its assets',
        json.dumps(twice.to_dict()): "band 'red' in several assets",
        '{"type": "Feature", "id": 3}': 'not readable as STAC',
    }
    for text, told in cases.items():
        stac.write_text(text)
        with pytest.raises(InputError, match=told) as caught:
            open_scenes([stac])
        assert 't.json' in str(caught.value)
    with pytest.raises(InputError, match='no such table'):
        open_scenes([tmp_path / 'none.csv'])
    with pytest.raises(InputError, match='not readable as STAC'):
        open_scenes([tmp_path / 'none.json'])
    item(bands).save_object(dest_href=str(stac))
    with pytest.raises(InputError, match='no band swir'):
        open_scenes([stac], wanted=('swir',))
