"""Addresses of files: references, archives, parts of files, signed URLs."""

import json
import os
import zipfile
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
import rasterio

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index, read_patch
from geokr_mm.geo.core.addresses import absolute_vsi, local_path, without_token
from geokr_mm.geo.discovery.opening import open_scenes
from geokr_mm.geo.index.schema import store_path
from geokr_mm.geo.pipeline.cli import stored_arguments

PIXELS = np.random.default_rng(5).integers(1, 250, (32, 32)).astype(np.uint8)


@pytest.fixture
def spaced(make_raster):
    """An image whose path has spaces."""
    return make_raster('my data/a b.tif', PIXELS)


def item(href):
    return {
        'type': 'Feature',
        'stac_version': '1.0.0',
        'id': 'i',
        'properties': {'datetime': '2020-06-15T10:00:00Z'},
        'assets': {'red': {'href': href, 'type': 'image/tiff'}},
    }


def references(spaced):
    """A file by all that catalogues and lists call it."""
    return (
        '../my%20data/a%20b.tif',
        '../my data/a b.tif',
        '..\\my data\\a b.tif',
        spaced,
        quote(spaced),
        f'file://{quote(spaced)}',
        f'file://{spaced}',
        f'file://localhost{quote(spaced)}',
        f'file:{quote(spaced)}',
    )


def test_references_in_catalogues_and_lists(spaced, tmp_path):
    (tmp_path / 'cat').mkdir()
    for href in references(spaced):
        (tmp_path / 'cat/i.json').write_text(json.dumps(item(href)))
        (tmp_path / 'cat/i.txt').write_text(f'{href}\n')
        (tmp_path / 'cat/i.csv').write_text(f'path\n{href}\n')
        for given in ('cat/i.json', 'cat/i.txt', 'cat/i.csv'):
            (scene,) = open_scenes([tmp_path / given])
            assert (scene.read() == PIXELS).all(), (given, href)
            assert os.path.samefile(scene.files[0], spaced)


def test_names_that_look_encoded_stay(make_raster, tmp_path):
    path = make_raster('a%20b.tif', PIXELS)
    make_raster('a b.tif', PIXELS)
    (tmp_path / 'i.json').write_text(json.dumps(item('./a%20b.tif')))
    (scene,) = open_scenes([tmp_path / 'i.json'])
    assert os.path.samefile(scene.files[0], path)


def test_files_of_other_machines_are_refused():
    with pytest.raises(InputError, match="a file of machine 'nas'"):
        local_path('file://nas/share/a.tif')


def test_alternate_addresses(make_raster, tmp_path):
    path = make_raster('a.tif', PIXELS)
    for first in ('./gone.tif', 'eodata://bucket/a.tif'):
        given = item(first)
        alternate = {'disk': {'href': './a.tif'}, 's3': {'href': 's3://b/a'}}
        given['assets']['red']['alternate'] = alternate
        (tmp_path / 'i.json').write_text(json.dumps(given))
        (scene,) = open_scenes([tmp_path / 'i.json'])
        assert os.path.samefile(scene.files[0], path)


@pytest.fixture
def archive(make_raster, tmp_path):
    make_raster('in/a.tif', PIXELS)
    (tmp_path / 'data').mkdir()
    with zipfile.ZipFile(tmp_path / 'data/s.zip', 'w') as archive:
        archive.write(tmp_path / 'in/a.tif', 'in/a.tif')
    return tmp_path


def test_an_index_of_an_archive_opens_from_another_folder(
    archive, make_raster, cover_codes, monkeypatch, tmp_path
):
    cover = make_raster('map.tif', cover_codes)
    monkeypatch.chdir(archive)
    (archive / 'data/l.txt').write_text('/vsizip/s.zip/in/a.tif\n')
    given = ('/vsizip/data/s.zip/in/a.tif', '/vsizip/{data/s.zip}/in/a.tif')
    for scenes in (*given, 'data/l.txt'):
        options = BuildOptions(
            (scenes,), 'worldcover', (cover,), 16, 'i.parquet', year=2021
        )
        build_index(options)
        (archive / 'elsewhere').mkdir(exist_ok=True)
        with monkeypatch.context() as moved:
            moved.chdir(archive / 'elsewhere')
            index = KnowledgeIndex.open('../i.parquet')
            assert (read_patch(index.record(0)) == PIXELS[:16, :16]).all()


def test_archives_say_how_to_name_what_is_inside(archive):
    inside = f'/vsizip/{archive}/data/s.zip/in/a.tif'
    with pytest.raises(InputError, match='s.zip: an archive') as caught:
        open_scenes([archive / 'data/s.zip'])
    assert str(caught.value).endswith(inside)
    with pytest.raises(InputError, match='but 1 archives') as caught:
        open_scenes([archive / 'data'])
    assert str(caught.value).endswith(inside)
    (archive / 'data/t.tar.gz').write_bytes(b'')
    with pytest.raises(InputError, match='/vsitar/.*/FOLDER/IMAGE.tif'):
        open_scenes([archive / 'data/t.tar.gz'])


def test_paths_in_archives_in_archives(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    here = os.getcwd()
    for given, expected in {
        '/vsizip/a.zip/b.tif': f'/vsizip/{here}/a.zip/b.tif',
        '/vsizip//x/a.zip/b.tif': '/vsizip//x/a.zip/b.tif',
        '/vsizip/{/vsizip/{a.zip}/b.zip}/c.tif':
            f'/vsizip/{{/vsizip/{{{here}/a.zip}}/b.zip}}/c.tif',
        '/vsitar//vsigzip/a.tar.gz/b.tif':
            f'/vsitar//vsigzip/{here}/a.tar.gz/b.tif',
        '/vsizip//vsicurl/https://h/a.zip/b.tif':
            '/vsizip//vsicurl/https://h/a.zip/b.tif',
        '/vsisubfile/10_20,a.bin': f'/vsisubfile/10_20,{here}/a.bin',
        '/vsis3/bucket/a.tif': '/vsis3/bucket/a.tif',
    }.items():  # fmt: skip
        assert absolute_vsi(given) == expected


def test_subdatasets_by_the_names_that_gdal_gives_them(
    tmp_path, monkeypatch, make_raster, cover_codes
):
    path = make_raster('two.tif', PIXELS)
    monkeypatch.chdir(tmp_path)
    given = 'GTIFF_DIR:1:two.tif'
    (scene,) = open_scenes([given])
    assert scene.files == (f'GTIFF_DIR:1:{os.getcwd()}/two.tif',)
    assert scene.name == '1_two' and (scene.read() == PIXELS).all()
    cover = make_raster('map.tif', cover_codes)
    options = BuildOptions(
        (given,), 'worldcover', (cover,), 16, 'i.parquet', year=2021
    )
    build_index(options)
    monkeypatch.chdir('/')
    index = KnowledgeIndex.open(tmp_path / 'i.parquet')
    assert (read_patch(index.record(0)) == PIXELS[:16, :16]).all()
    # Its content counts, though GDAL opens it by no path.
    monkeypatch.chdir(tmp_path)
    with rasterio.open(path, 'r+') as file:
        file.write(PIXELS[::-1].copy(), 1)
    build_index(options)
    again = KnowledgeIndex.open('i.parquet').metadata
    assert again.inputs_hash != index.metadata.inputs_hash


def test_what_signs_a_url_is_not_kept():
    azure = 'https://a.blob.core.windows.net/c/x.tif'
    for signed, plain in {
        f'{azure}?sv=2021&se=2022-01-01T00%3A00%3A00Z&sig=ab%2Fc%3D': azure,
        '/vsicurl/https://h/x.tif?X-Amz-Expires=9&X-Amz-Signature=f&id=3':
            '/vsicurl/https://h/x.tif?id=3',
        'https://me:secret@h/x.tif': 'https://h/x.tif',
        'https://h/x.tif?token=a&layer=4': 'https://h/x.tif?layer=4',
        '/vsizip//vsicurl/https://h/x.zip?sig=ab/in/a.tif':
            '/vsizip//vsicurl/https://h/x.zip/in/a.tif',
        '/vsicurl?empty_dir=yes&url=https%3A%2F%2Fh%2Fx.tif%3Fsig%3Dab':
            '/vsicurl?empty_dir=yes&url=https://h/x.tif',
        # Nothing signs these, whatever their parameters are called.
        'https://h/x.tif?se=4&sp=3': 'https://h/x.tif?se=4&sp=3',
        'https://h/a@b.tif': 'https://h/a@b.tif',
        '/data/a?sig=b.tif': '/data/a?sig=b.tif',
    }.items():  # fmt: skip
        assert without_token(signed) == plain
        assert without_token(plain) == plain
    assert store_path(f'{azure}?sig=a', '/data') == azure
    command = ['--scenes', f'{azure}?sv=1&sig=a', '--patch-size', '64']
    assert stored_arguments(command) == [
        '--scenes',
        azure,
        '--patch-size',
        '64',
    ]


def test_signed_urls_are_read_with_their_token_and_kept_without(
    make_raster, site, tmp_path, cover_codes
):
    make_raster('a.tif', PIXELS)
    cover = make_raster('map.tif', cover_codes)
    hashes = set()
    for token in ('abc', 'def'):
        options = BuildOptions(
            (f'{site}/a.tif?sig={token}',), 'worldcover', (cover,), 16,
            str(tmp_path / f'{token}.parquet'), year=2021,
        )  # fmt: skip
        build_index(options)
        assert token not in Path(options.out).read_bytes().decode('latin1')
        index = KnowledgeIndex.open(options.out)
        assert index.record(0).files == (f'{site}/a.tif',)
        hashes.add(index.metadata.inputs_hash)
    # The same image, signed anew.
    assert len(hashes) == 1
