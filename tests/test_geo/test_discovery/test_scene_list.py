"""Scenes from tables: bands, dates, resolutions as stated."""

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index
from geokr_mm.geo.discovery.opening import open_scenes
from geokr_mm.geo.discovery.search import list_scene_files
from geokr_mm.geo.scenes.options import SceneOptions

RNG = np.random.default_rng(4)


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


def test_a_table(bands, tmp_path):
    table = tmp_path / 'scenes.csv'
    table.write_text(
        'path,scene,bands,date,gsd\n'
        's/x_r.tif,one,red,2020-01-02,9.5\n'
        's/x_n.tif,one,nir,,\n'
        's/x_bg.tif,one,blue green,2020-01-02,\n'
        's/x_c.tif,,,2020-01-03,\n'
    )
    plain, one = open_scenes([table], SceneOptions(date='2019-01-01'))
    assert one.bands == ('red', 'nir', 'blue', 'green')
    assert (one.name, one.date, one.gsd()) == ('one', '2020-01-02', 9.5)
    assert (one.read() == bands['pixels']).all()
    assert (plain.name, plain.date) == ('x_c', '2020-01-03')
    assert plain.bands == ('b1',) and plain.gsd() == 20.0
    table.write_text(f'path\n{bands["red"]}\n')
    (scene,) = open_scenes(
        [table], SceneOptions(band_names=['vis'], date='2019-01-01')
    )
    assert (scene.bands, scene.date) == (('vis',), '2019-01-01')
    assert list_scene_files([table]) == [bands['red']]


def test_what_lists_get_wrong(bands, tmp_path):
    table = tmp_path / 't.csv'
    cases = {
        'file,date\na,b\n': 'columns file, date',
        'path\n': 'lists no scene',
        'path,date\na.tif,May\n': "date 'May' is not",
        'path,gsd\na.tif,fine\n': "gsd 'fine' is no number",
        'path,gsd\na.tif,-1\n': "gsd '-1' is no number",
        'path,scene,bands\na,s,r\nb,s,r\n': "band 'r' twice",
        'path,scene\na.tif,s\nb.tif,s\n': 'name the bands of each',
        'path,scene,bands,date\na,s,r,2020-01-01\nb,s,g,2020-01-02\n':
            'several values of date',
        'path,bands\ns/x_bg.tif,red\n': 'name every band',
    }  # fmt: skip
    for text, message in cases.items():
        table.write_text(text)
        with pytest.raises(InputError, match=message):
            open_scenes([table])
    with pytest.raises(InputError, match='no such table'):
        open_scenes([tmp_path / 'none.csv'])


def test_scale_offset_and_mask(bands, tmp_path, make_raster):
    make_raster('s/clouds.tif', np.zeros((40, 40), np.uint8))
    table = tmp_path / 't.csv'
    table.write_text(
        'path,scene,bands,scale,offset,mask\n'
        's/x_r.tif,one,red,,,s/clouds.tif\n'
        's/x_n.tif,one,nir,2,,\n'
        's/x_bg.tif,one,blue green,0.5 0.25,-1000,\n'
        's/x_c.tif,two,,,-1000,\n'
    )
    two, one = open_scenes([table])
    assert dict(zip(one.bands, one.scaling, strict=True)) == {
        'red': (1, 0), 'nir': (2, 0), 'blue': (0.5, -1000),
        'green': (0.25, -1000),
    }  # fmt: skip
    assert one.layers == (('mask', str(tmp_path / 's/clouds.tif')),)
    assert two.scaling == ((1, -1000),) and two.layers == ()


def test_cells_that_do_not_fit(bands, tmp_path):
    table = tmp_path / 't.csv'
    for text, message in {
        'path,scale\na.tif,0\n': "scale '0' is no number",
        'path,offset\na.tif,nan\n': "offset 'nan' is no number",
        'path,offset\na.tif,much\n': "offset 'much' is no number",
        'path,bands,scale\na.tif,r g,1 2 3\n': '3 scales or offsets for 2',
        'path,scale,offset\na.tif,1 2,1 2 3\n': '2 scales and 3 offsets',
        'path,scale\ns/x_bg.tif,1 2 3\n': '2 bands, but 3 scales',
        # A comma in a path, another separator, an open quote, a column twice.
        'path,scene\na,b.tif,s\n': 'line 2 has 3 cells for 2 columns',
        'path;scene\na.tif;s\n': 'with commas between',
        'path,scene\n"a.tif,s\n': 'line 2 is no CSV',
        'path,path\na.tif,b.tif\n': 'each may be there once',
        'path,mask\na.tif,m.tif\n,n.tif\n': 'line 3 has no path',
    }.items():
        table.write_text(text)
        with pytest.raises(InputError, match=message) as caught:
            open_scenes([table])
        assert '\n' not in str(caught.value)
    table.write_text(' path , date\n\ns/x_r.tif,2020-01-02\n\n')
    (scene,) = open_scenes([table])
    assert scene.date == '2020-01-02'


def test_what_a_table_states_isstored_arguments(
    bands, tmp_path, make_raster, cover_codes, site
):
    table = tmp_path / 'scenes.csv'
    rows = 's/x_r.tif,one,red,{},9.5\ns/x_n.tif,one,nir,{},\n'
    table.write_text('path,scene,bands,date,gsd\n' + rows.format(*'  '))
    options = BuildOptions(
        (str(table),),
        'worldcover',
        (make_raster('map.tif', cover_codes),),
        16,
        str(tmp_path / 'i.parquet'),
        year=2021,
        bands=('nir', 'red'),
    )
    made = []
    for date in ('', '2020-03-04'):
        table.write_text('path,scene,bands,date,gsd\n' + rows.format(date, ''))
        build_index(options)
        made.append(KnowledgeIndex.open(options.out))
    undated, dated = made
    assert dated.metadata.bands == ('nir', 'red')
    assert set(dated.column('gsd')) == {9.5}
    assert set(dated.column('date')) == {'2020-03-04'}
    assert set(undated.column('date')) == {None}
    # Parts of the one are none of the other.
    assert undated.metadata.inputs_hash != dated.metadata.inputs_hash
    # The same table over HTTP: its paths start at its address.
    (scene,) = open_scenes(
        [f'{site}/scenes.csv'], SceneOptions(bands=('red', 'nir'))
    )
    assert scene.files == (f'{site}/s/x_r.tif', f'{site}/s/x_n.tif')
    assert (scene.name, scene.date) == ('one', '2020-03-04')
    (tmp_path / 'scenes.txt').write_text('s/x_r.tif\n')
    assert list_scene_files([f'{site}/scenes.txt']) == [f'{site}/s/x_r.tif']
