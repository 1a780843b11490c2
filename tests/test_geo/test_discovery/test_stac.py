"""Scenes from STAC on disk and over HTTP: bands, dates, gsd of the items."""

import datetime
import itertools
import json

import numpy as np
import pystac
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index, read_patch
from geokr_mm.geo.discovery.opening import open_scenes
from geokr_mm.geo.discovery.search import list_scene_files
from geokr_mm.geo.discovery.stac import read_catalogue
from geokr_mm.geo.scenes.options import SceneOptions

WHEN = datetime.datetime(2021, 6, 30, 10, tzinfo=datetime.timezone.utc)
WANTED = ('red', 'nir', 'blue', 'green')


@pytest.fixture
def bands(make_raster):
    """Red, nir and a stack of blue and green of one place; a coarse band."""
    rng = np.random.default_rng(4)
    pixels = rng.integers(1, 250, (4, 40, 40)).astype(np.uint8)
    tiled = dict(tiled=True, blockxsize=16, blockysize=16)
    return {
        'red': make_raster('s/x_r.tif', pixels[0], **tiled),
        'nir': make_raster('s/x_n.tif', pixels[1], **tiled),
        'bg': make_raster('s/x_bg.tif', pixels[2:], **tiled),
        'coarse': make_raster('s/x_c.tif', pixels[0, :20, :20], res=20.0),
        'pixels': pixels,
    }


def add_asset(made, key, file, names, new_style=False, **more):
    """Add an image; STAC 1.1 has `bands`, 1.0 the extension `eo`."""
    common = 'eo:common_name' if new_style else 'common_name'
    listed = [{'name': f'n{n}', common: n} for n in names]
    fields = {'bands' if new_style else 'eo:bands': listed}
    fields.update(more.pop('fields', {}))
    more.setdefault('media_type', pystac.MediaType.COG)
    made.add_asset(key, pystac.Asset(file, extra_fields=fields, **more))


def item(bands, new_style=False, name='item-1', properties=None):
    properties = {'gsd': 10.5} if properties is None else properties
    made = pystac.Item(name, None, None, WHEN, properties)
    for key, file, names, more in (
        ('B4', bands['red'], ['red'], {'roles': ['data']}),
        ('B8', bands['nir'], ['nir'], {}),
        ('two', bands['bg'], ['blue', 'green'], {}),
        ('B1', bands['coarse'], ['coastal'], {'fields': {'gsd': 20}}),
        ('pic', 'none.jpg', ['red'], {'media_type': 'image/jpeg'}),
        ('tci', 'none.tif', ['red'], {'roles': ['visual']}),
    ):
        add_asset(made, key, file, names, new_style, **more)
    return made


def check(scene, bands, name='item-1'):
    assert scene.name == name and scene.date == '2021-06-30'
    assert scene.bands == ('red', 'nir', 'blue', 'green')
    assert scene.gsd() == 10.5
    assert (scene.read() == bands['pixels']).all()


@pytest.mark.parametrize('new_style', [False, True])
def test_an_item(bands, tmp_path, new_style):
    path = str(tmp_path / 'item.json')
    item(bands, new_style).save_object(dest_href=path)
    (scene,) = open_scenes([path], SceneOptions(bands=WANTED))
    check(scene, bands)
    assert scene.files == tuple(bands[k] for k in ('red', 'nir', 'bg'))
    assert len(list_scene_files([path])) == 4
    (coarse,) = open_scenes([path], SceneOptions(bands=['coastal']))
    assert coarse.gsd() == 20 and coarse.width == 20
    # All bands together lie on two grids.
    with pytest.raises(InputError, match='another grid'):
        open_scenes([path])


def test_an_item_collection_with_relative_assets(bands, tmp_path, site):
    found = pystac.ItemCollection([item(bands), item(bands, name='item-2')])
    content = found.to_dict()
    for feature in content['features']:
        feature['links'] = []
        for asset in feature['assets'].values():
            name = asset['href'].rsplit('/', 1)[-1]
            asset['href'] = f'./s/{name}'
    (tmp_path / 'found.geojson').write_text(json.dumps(content))
    for path in (tmp_path / 'found.geojson', f'{site}/found.geojson'):
        one, two = open_scenes([path], SceneOptions(bands=WANTED))
        check(one, bands)
        check(two, bands, 'item-2')
    assert two.files[0] == f'{site}/s/x_r.tif'


@pytest.fixture
def catalogue(bands, tmp_path):
    """A root with an item and a collection of one, saved with its images."""
    extent = pystac.Extent(
        pystac.SpatialExtent([[-180, -90, 180, 90]]),
        pystac.TemporalExtent([[WHEN, None]]),
    )
    root = pystac.Catalog('root', 'all')
    child = pystac.Collection('child', 'some', extent)
    child.summaries.add('gsd', [9.5])
    root.add_child(child)
    root.add_item(item(bands))
    days = {'start_datetime': '2022-01-05T00:00:00Z',
            'end_datetime': '2022-01-09T00:00:00Z'}  # fmt: skip
    later = item(bands, True, 'item-2', days)
    later.datetime = None
    child.add_item(later)
    root.normalize_hrefs(str(tmp_path / 'stac'))
    root.make_all_asset_hrefs_relative()
    root.save(pystac.CatalogType.SELF_CONTAINED)
    return 'stac/catalog.json'


def test_a_static_catalogue_gives_the_index_of_its_files(
    bands, catalogue, site, tmp_path, make_raster, cover_codes
):
    def built(scenes, out, names, **more):
        options = BuildOptions(
            (scenes,),
            'worldcover',
            (make_raster('map.tif', cover_codes),),
            16,
            str(tmp_path / out),
            year=2021,
            grid=2,
            bands=names,
            **more,
        )
        build_index(options)
        return KnowledgeIndex.open(options.out)

    plain = built(
        str(tmp_path / 's' / 'x_[rn].tif'),
        'plain.parquet',
        ('n', 'r'),
        group_files=r'^(?P<scene>x)_(?P<band>\w)\.tif',
    )
    here = built(str(tmp_path / catalogue), 'here.parquet', ('nir', 'red'))
    site.served.clear()
    far = built(f'{site}/{catalogue}', 'far.parquet', ('nir', 'red'))
    assert len(plain) == 4
    same = [
        'width', 'height', 'col_off', 'row_off', 'crs', 'geometry', 'lon',
        'lat', 'fractions', 'grid_fractions', 'grid_valid', 'valid_fraction',
        'crc32', 'contrast', 'verdicts', 'band_numbers',
    ]  # fmt: skip
    for index in (here, far):
        assert index.metadata.bands == ('nir', 'red')
        for n, (name, date, gsd) in enumerate(
            [('item-1', '2021-06-30', 10.5), ('item-2', '2022-01-05', 9.5)]
        ):
            rows = index.table.slice(4 * n, 4)
            assert rows.select(same).equals(plain.table.select(same))
            assert set(rows['scene'].to_pylist()) == {name}
            assert set(rows['date'].to_pylist()) == {date}
            assert set(rows['gsd'].to_pylist()) == {gsd}
        image = read_patch(index.record(7))
        assert (image == bands['pixels'][[1, 0], 16:32, 16:32]).all()
    # The scenes stay where they are; of the others nothing was read.
    assert list(here.frame['files'][0]) == ['s/x_r.tif', 's/x_n.tif']
    assert list(far.frame['files'][0])[0] == f'{site}/s/x_r.tif'
    assert {name for name, _ in site.served} == {
        'catalog.json', 'collection.json', 'item-1.json', 'item-2.json',
        'x_r.tif', 'x_n.tif',
    }  # fmt: skip


def test_items_are_read_one_at_a_time(bands, tmp_path, site):
    root = pystac.Catalog('root', 'many')
    for number in range(50):
        root.add_item(item(bands, name=f'item-{number}'))
    root.normalize_hrefs(str(tmp_path / 'stac'))
    root.save(pystac.CatalogType.SELF_CONTAINED)
    scenes = read_catalogue(f'{site}/stac/catalog.json')
    first = list(itertools.islice(scenes, 3))
    assert [scene.name for scene in first] == ['item-0', 'item-1', 'item-2']
    assert len(site.served) == 4
    assert len(list(scenes)) == 47


def test_a_circle_of_catalogues_ends(bands, tmp_path):
    item(bands).save_object(dest_href=str(tmp_path / 'item.json'))
    for name, other in ('ab', 'ba'):
        links = [
            {'rel': 'child', 'href': f'./{other}.json'},
            {'rel': 'item', 'href': './item.json'},
        ]
        (tmp_path / f'{name}.json').write_text(
            json.dumps(
                {'type': 'Catalog', 'id': name, 'stac_version': '1.0.0',
                 'description': name, 'links': links}
            )
        )  # fmt: skip
    names = [s.name for s in read_catalogue(str(tmp_path / 'a.json'))]
    assert names == ['item-1', 'item-1']


def test_one_image_in_several_forms(tmp_path):
    made = pystac.Item('i', None, None, WHEN, {'gsd': 10})

    def jp2(key, names, **more):
        add_asset(made, key, f's3://bucket/{key}.jp2', names, **more)

    jp2('B02_20m', ['blue'], fields={'gsd': 20})
    jp2('picture', ['red', 'green', 'blue'])
    jp2('red_jp2', ['red'], media_type='image/jp2')
    jp2('red_cog', ['red'])
    jp2('green', ['green'])
    jp2('blue', ['blue'])
    # Two bands of one common name go by their own.
    for name in ('B5', 'B6'):
        listed = [{'name': name, 'common_name': 'rededge'}]
        fields = {'raster:bands': [{'spatial_resolution': 20}]}
        jp2(name, [], fields={'eo:bands': listed, **fields})
    path = str(tmp_path / 'i.json')
    made.save_object(dest_href=path)
    (scene,) = read_catalogue(path)
    taken = {
        names: (file, gsd)
        for names, file, gsd in (
            (part.bands, part.path, part.gsd) for part in scene.members
        )
    }
    assert taken == {
        ('red',): ('/vsis3/bucket/red_cog.jp2', 10),
        ('green',): ('/vsis3/bucket/green.jp2', 10),
        ('blue',): ('/vsis3/bucket/blue.jp2', 10),
        ('B5',): ('/vsis3/bucket/B5.jp2', 20),
        ('B6',): ('/vsis3/bucket/B6.jp2', 20),
    }
    assert {p.gsd for p in scene.only(['B6', 'B5']).members} == {20}
    del made.assets['green']
    made.save_object(dest_href=path)
    with pytest.raises(InputError, match="'green' only beside others"):
        list(read_catalogue(path))


def test_what_stac_gets_wrong(bands, tmp_path, site):
    path = tmp_path / 't.json'
    bare = pystac.Item('bare', None, None, WHEN, {}).to_dict()
    odd = item(bands, properties={'gsd': 'fine'}).to_dict()
    wrong = {**bare, 'assets': {'a': 3}}
    plain = {'type': 'Feature', 'properties': {}, 'geometry': None}
    group = {'type': 'FeatureCollection'}
    cases = [
        ({'type': 'Polygon'}, "type 'Polygon' is not STAC"),
        ([1], 'no JSON object'),
        (bare, 'no image among its assets'),
        (odd, "gsd 'fine' is no number of metres"),
        (wrong, 'not readable as STAC'),
        (plain, 'GeoJSON but not STAC'),
        ({**group, 'features': [plain]}, 'GeoJSON but not STAC'),
        ({**group, 'features': []}, 'without any item'),
        (group, "no list 'features'"),
    ]
    for content, message in cases:
        path.write_text(json.dumps(content))
        with pytest.raises(InputError, match=message) as caught:
            open_scenes([path])
        assert str(caught.value).startswith(f'{path}: ')
    path.write_text('no json')
    with pytest.raises(InputError, match='not readable as STAC'):
        open_scenes([path])
    with pytest.raises(InputError, match='no such STAC file'):
        open_scenes([tmp_path / 'none.json'])
    with pytest.raises(InputError, match=r'none\.json: not readable'):
        open_scenes([f'{site}/none.json'])
    with pytest.raises(InputError, match='GDAL paths are for images'):
        open_scenes(['/vsis3/bucket/catalog.json'])
    item(bands).save_object(dest_href=str(path))
    with pytest.raises(InputError, match='no band swir'):
        open_scenes([path], SceneOptions(bands=('swir',)))


def plain_item(assets, **more):
    """An item without what pystac would add."""
    properties = {'datetime': '2021-06-30T10:00:00Z'}
    item = {
        'type': 'Feature',
        'stac_version': '1.0.0',
        'id': 'plain',
        'properties': properties,
        'assets': {
            key: {'href': href, 'type': 'image/tiff', **fields}
            for key, (href, fields) in assets.items()
        },
    }
    return {**item, **more}


def test_a_file_tells_bands_of_which_its_item_says_nothing(
    make_raster, tmp_path
):
    names = ('red', 'green', 'blue')
    pixels = np.ones((3, 40, 40), np.uint8)
    make_raster('rgb.tif', pixels, descriptions=names)
    make_raster('bare.tif', np.ones((4, 40, 40), np.uint16))
    make_raster('height.tif', np.ones((40, 40), np.uint16))
    path = tmp_path / 'item.json'

    def bands(assets, **choices):
        path.write_text(json.dumps(plain_item(assets)))
        (scene,) = open_scenes([path], SceneOptions(**choices))
        return scene.bands

    ortho = {'ortho': ('./rgb.tif', {})}
    assert bands(ortho) == names
    assert bands(ortho, bands=('blue', 'red')) == names
    assert bands(ortho, band_names=['a', 'b', 'c']) == ('a', 'b', 'c')
    # Beside an asset of one band, which its key names.
    both = {**ortho, 'dem': ('./height.tif', {})}
    assert bands(both) == (*names, 'dem')
    assert bands(both, bands=['green', 'red']) == names
    assert bands(both, bands=['dem', 'red']) == (*names, 'dem')
    # The number of bands is known, their names are not.
    stated = {'raster:bands': [{'scale': 0.5}] * 4}
    assert bands({'a': ('./bare.tif', stated)}) == ('b1', 'b2', 'b3', 'b4')
    with pytest.raises(InputError, match=r"'red' in several files"):
        bands({'one': ('./rgb.tif', {}), 'two': ('./rgb.tif', {})})


def test_numbers_of_bands(make_raster, tmp_path):
    make_raster('two.tif', np.ones((2, 40, 40), np.uint16))
    path = tmp_path / 'item.json'

    def scaling(fields, version='1.0.0'):
        item = plain_item({'a': ('./two.tif', fields)}, stac_version=version)
        path.write_text(json.dumps(item))
        (scene,) = open_scenes([path])
        return scene.bands, scene.scaling

    one, two = {'scale': 0.5, 'offset': -2}, {'scale': 0.25}
    named = {'eo:bands': [{'name': 'r'}, {'name': 'n'}]}
    assert scaling({**named, 'raster:bands': [one, two]}) == (
        ('r', 'n'), ((0.5, -2), (0.25, 0)),
    )  # fmt: skip
    later = [
        {'name': 'r', 'raster:scale': 0.5, 'raster:offset': -2},
        {'name': 'n', 'eo:common_name': 'nir'},
    ]
    assert scaling({'bands': later}, '1.1.0') == (
        ('r', 'nir'), ((0.5, -2), (1, 0)),
    )  # fmt: skip
    both = {'bands': later[1:] + [{'name': 'r'}], 'raster:scale': 0.5}
    assert scaling(both, '1.1.0')[1] == ((0.5, 0), (0.5, 0))
    with pytest.raises(InputError, match="scale 'half' is no number"):
        scaling({'raster:bands': [{'scale': 'half'}]})
    with pytest.raises(InputError, match='2 bands, but 3 scales'):
        scaling({'raster:bands': [one, two, one]})


def test_layers_of_items(make_raster, tmp_path, caplog):
    for name in ('B04', 'SCL', 'clouds', 'AOT'):
        make_raster(f'{name}.tif', np.ones((40, 40), np.uint16))
    assets = {
        'B04': ('./B04.tif', {'roles': ['data']}),
        'scl': ('./SCL.tif', {'roles': ['data']}),
        'sure': ('./clouds.tif', {'roles': ['data-mask']}),
        'aot': ('./AOT.tif', {'roles': ['data']}),
    }
    path = tmp_path / 'item.json'
    path.write_text(json.dumps(plain_item(assets)))
    (scene,) = open_scenes([path])
    assert scene.bands == ('B04',)
    layers = {name: file.rpartition('/')[2] for name, file in scene.layers}
    assert layers == {'SCL': 'SCL.tif', 'sure': 'clouds.tif'}
    assert 'beside the bands are left out: 1 aot' in caplog.text
    # Unless they are wanted as bands.
    (scene,) = open_scenes([path], SceneOptions(bands=['B04', 'aot']))
    assert scene.bands == ('B04', 'aot')


def test_resolutions_of_which_only_the_projection_tells(tmp_path):
    def asset(step):
        fields = {'proj:transform': [step, 0, 5e5, 0, -step, 5e6]}
        return (f'./{step}.tif', {'eo:bands': [{'name': 'B02'}], **fields})

    assets = {'coarse': asset(20), 'fine': asset(10), 'rough': asset(60)}
    path = tmp_path / 'item.json'
    path.write_text(json.dumps(plain_item(assets)))
    (scene,) = read_catalogue(str(path))
    assert [file.rpartition('/')[2] for file in scene.files] == ['10.tif']
