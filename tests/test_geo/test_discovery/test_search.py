"""Folders with links, globs of anything, and the same file twice."""

import json
import os
import shutil

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo.discovery.opening import open_scenes
from geokr_mm.geo.discovery.search import find_scenes, list_scene_files

PLANE = np.ones((12, 12), np.uint16)


@pytest.fixture
def linked(make_raster, tmp_path):
    """A folder, another disk linked into it, and links that go round."""
    files = [make_raster('scenes/2019/a.tif', PLANE)]
    files += [make_raster(f'disk2/{n}.tif', PLANE) for n in 'bc']
    os.symlink(tmp_path / 'disk2', tmp_path / 'scenes/2020')
    os.symlink('..', tmp_path / 'scenes/2019/up')
    # Sorts before the folder that it leads to, whose name is kept.
    os.symlink('2019', tmp_path / 'scenes/1st')
    return tmp_path


def test_linked_folders_are_followed_once(linked):
    found = list_scene_files([linked / 'scenes'])
    assert [os.path.relpath(f, linked / 'scenes') for f in found] == [
        '2019/a.tif', '2020/b.tif', '2020/c.tif',
    ]  # fmt: skip
    os.symlink('scenes', linked / 'all')
    assert len(list_scene_files([linked / 'all'])) == 3
    assert [s.name for s in open_scenes([linked / 'all'])] == ['a', 'b', 'c']


def test_links_to_nowhere_are_said(linked, caplog):
    os.symlink('/nowhere/2021', linked / 'scenes/2021')
    assert len(list_scene_files([linked / 'scenes'])) == 3
    assert "2021: a link to '/nowhere/2021'" in caplog.text


def test_folders_that_cannot_be_read(linked, monkeypatch):
    def denied(path):
        raise PermissionError(13, 'Permission denied', path)

    monkeypatch.setattr(os, 'scandir', denied)
    with pytest.raises(InputError, match=r'scenes: this folder .*denied'):
        find_scenes([linked / 'scenes'])


def test_one_file_by_many_paths(linked, monkeypatch):
    monkeypatch.chdir(linked)
    a = linked / 'scenes/2019/a.tif'
    given = [
        'scenes/2019/a.tif', './scenes/2019/a.tif', 'scenes/1st/a.tif',
        'disk2/../scenes/2019/a.tif', 'scenes/2019/*.tif', a, f'file://{a}',
    ]  # fmt: skip
    assert list_scene_files(given) == ['scenes/2019/a.tif']
    (linked / 'list.txt').write_text('\n'.join(map(str, given)))
    assert len(list_scene_files([*given, 'list.txt'])) == 1


def test_links_to_files(make_raster, tmp_path, caplog):
    path = make_raster('d/a.tif', PLANE)
    os.symlink(path, tmp_path / 'd/latest.tif')
    (scene,) = open_scenes([tmp_path / 'd'])
    assert scene.name == 'a'
    assert 'given more than once and taken once: 1' in caplog.text
    # Stores that keep like files once: bands of scenes stay their own.
    blank, red = make_raster('blobs/0', PLANE), make_raster('blobs/1', PLANE)
    for folder in ('one', 'two'):
        (tmp_path / folder).mkdir()
        os.symlink(blank, tmp_path / folder / 'B01.tif')
    os.symlink(red, tmp_path / 'one/B02.tif')
    shutil.copy(red, tmp_path / 'two/B02.tif')
    found = open_scenes([tmp_path / 'one', tmp_path / 'two'])
    assert [(s.name, s.bands) for s in found] == [
        ('one', ('B01', 'B02')), ('two', ('B01', 'B02')),
    ]  # fmt: skip


def test_a_table_wins_over_its_folder(make_raster, tmp_path):
    make_raster('d/a.tif', PLANE)
    make_raster('d/b.tif', PLANE)
    (tmp_path / 't.csv').write_text('path,date\nd/a.tif,2020-01-02\n')
    for given in (['t.csv', 'd'], ['d', 't.csv']):
        scenes = open_scenes([tmp_path / g for g in given])
        assert [(s.name, s.date) for s in scenes] == [
            ('a', '2020-01-02'), ('b', None),
        ]  # fmt: skip


def test_globs_of_anything(make_raster, tmp_path, caplog):
    for name in ('a.tif', 'b.tif', 'deep/c.tif'):
        make_raster(f'd/{name}', PLANE)
    for name in ('a.tif.ovr', 'a.tif.aux.xml', 'a.tfw', 'readme.md', 'x.txt'):
        (tmp_path / 'd' / name).write_text('x')
    (tmp_path / 'd/empty').mkdir()
    found = list_scene_files([tmp_path / 'd/*'])
    assert [os.path.basename(f) for f in found] == ['a.tif', 'b.tif', 'c.tif']
    assert 'no images: 1 .md, 1 .txt' in caplog.text
    found = list_scene_files([tmp_path / 'd/**'])
    assert len(found) == 3
    # What a shell makes of it.
    sidecars = [tmp_path / f'd/a{e}' for e in ('.tif.ovr', '.tfw')]
    assert len(list_scene_files([tmp_path / 'd/a.tif', *sidecars])) == 1
    with pytest.raises(InputError, match='a.tfw: no images'):
        list_scene_files([tmp_path / 'd/a.tfw'])
    # Lists that a pattern names are read.
    (tmp_path / 'd/l1.txt').write_text('a.tif\n')
    (tmp_path / 'd/l2.txt').write_text('b.tif\n')
    assert len(list_scene_files([tmp_path / 'd/l*.txt'])) == 2
    (tmp_path / 'all.txt').write_text('d/*.tif\nd/deep\n')
    assert len(list_scene_files([tmp_path / 'all.txt'])) == 3


def item(name, file, collection=None):
    made = {
        'type': 'Feature',
        'stac_version': '1.0.0',
        'id': name,
        'properties': {'datetime': '2020-06-15T10:00:00Z'},
        'assets': {'red': {'href': f'./{file}.tif', 'type': 'image/tiff'}},
    }
    return {**made, 'collection': collection} if collection else made


def test_items_that_pages_repeat(make_raster, tmp_path, caplog):
    for name in 'abc':
        make_raster(f'{name}.tif', PLANE)

    def page(name, *items):
        content = {'type': 'FeatureCollection', 'features': items}
        (tmp_path / name).write_text(json.dumps(content))
        return tmp_path / name

    one = page('1.json', item('s', 'a'), item('s', 'a'), item('t', 'b'))
    two = page('2.json', item('t', 'b'), item('u', 'c'))
    assert [s.name for s in open_scenes([one, two])] == ['s', 't', 'u']
    assert 'taken once: 2' in caplog.text
    again = page('3.json', item('s', 'c'))
    with pytest.raises(InputError) as caught:
        open_scenes([one, again])
    message = str(caught.value)
    assert message.startswith(f"{again}: item 's' has other files")
    assert f'in {one} (' in message and message.count('.tif') == 2
    # Ids are unique within a collection.
    l1c = page('4.json', item('s', 'c', 'l1c'))
    l2a = page('5.json', item('s', 'a', 'l2a'))
    names = {s.name for s in open_scenes([l1c, l2a])}
    assert names == {'a.tif-s', 'c.tif-s'}
