import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo.core.executor import open_executor
from geokr_mm.geo.discovery.opening import open_scenes
from geokr_mm.geo.discovery.search import list_scene_files
from geokr_mm.geo.scenes.options import SceneOptions
from geokr_mm.geo.scenes.quarantine import Quarantine

PLANE = np.ones((12, 12), np.uint16)


def test_folders_globs_and_lists(make_raster, tmp_path):
    a = make_raster('d/a.tif', PLANE)
    b = make_raster('d/deep/b.tiff', PLANE)
    (tmp_path / 'd' / 'note.md').touch()
    (tmp_path / 'list.txt').write_text('# two\nd/a.tif\n\nd/deep/b.tiff\n')
    for given in (
        [tmp_path / 'd'],
        [tmp_path / 'd/**/*.tif*'],
        [tmp_path / 'list.txt'],
        [a, b, a],
    ):
        assert list_scene_files(given) == [a, b]
    with pytest.raises(InputError, match='no such list'):
        list_scene_files([tmp_path / 'no.txt'])


def test_band_files_are_grouped_by_name(make_raster):
    files = [
        make_raster(f's/{name}', PLANE)
        for name in ('x_b10.tif', 'x_b2.tif', 'y_b2.tif', 'y_b3.tif')
    ]
    scenes = open_scenes(files)
    assert [s.name for s in scenes] == ['x', 'y']
    assert scenes[0].bands == ('b2', 'b10')
    assert scenes[0].files == (files[1], files[0])


def test_bands_named_only_are_a_scene_of_their_folder(make_raster):
    files = [make_raster(f'p/{n}.tif', PLANE) for n in ('B8A', 'B04', 'B08')]
    (scene,) = open_scenes(files)
    assert scene.name == 'p' and scene.bands == ('B04', 'B08', 'B8A')


def test_a_lone_band_file_is_a_scene(make_raster):
    (scene,) = open_scenes([make_raster('only_b1.tif', PLANE)])
    assert scene.name == 'only_b1' and scene.bands == ('b1',)


def test_own_pattern(make_raster):
    files = [
        make_raster(f'{n}.tif', PLANE) for n in ('red-1', 'nir-1', 'red-2')
    ]
    pattern = r'(?P<band>red|nir)-(?P<scene>\d)'
    one, two = sorted(
        open_scenes(files, SceneOptions(group_files=pattern)),
        key=lambda s: s.name,
    )
    assert one.bands == ('nir', 'red') and two.bands == ('red',)
    odd = make_raster('odd.tif', PLANE)
    with pytest.raises(InputError, match='odd.tif: does not match'):
        open_scenes([*files, odd], SceneOptions(group_files=pattern))


def test_two_files_of_one_band(make_raster):
    files = [make_raster(f'{n}.tif', PLANE) for n in ('a_b1x', 'a_b1y')]
    with pytest.raises(InputError, match="second file of band 'b1'"):
        open_scenes(
            files, SceneOptions(group_files=r'(?P<scene>a)_(?P<band>b1)')
        )


def test_same_names_in_two_folders_are_told_apart(make_raster):
    files = [make_raster(f'{d}/s.tif', PLANE) for d in ('one', 'two')]
    assert [s.name for s in open_scenes(files)] == ['one-s', 'two-s']
    deep = [make_raster(f'{d}/x/s.tif', PLANE) for d in ('one', 'two')]
    assert [s.name for s in open_scenes(deep)] == ['one-s', 'two-s']
    crossed = [
        make_raster(f'{d}.tif', PLANE) for d in ('a/x/q', 'a/y/q', 'b/x/q')
    ]
    assert [s.name for s in open_scenes(crossed)] == [
        'a-x-q', 'a-y-q', 'b-x-q',
    ]  # fmt: skip


def test_date_and_names_can_be_given(make_raster):
    path = make_raster('s.tif', np.stack([PLANE, PLANE]))
    (scene,) = open_scenes(
        [path], SceneOptions(band_names=['r', 'n'], date='2020-02-03')
    )
    assert scene.bands == ('r', 'n') and scene.date == '2020-02-03'


def test_workers_open_the_same_scenes(make_raster, tmp_path, caplog):
    for number in range(40):
        make_raster(f'd/{number:02}.tif', PLANE)
    (tmp_path / 'd/07.tif').write_bytes(b'')
    (tmp_path / 'd/21.tif').write_text('no image')
    alone, together = Quarantine(1.0), Quarantine(1.0)
    expected = open_scenes([tmp_path / 'd'], quarantine=alone)
    with open_executor(2) as executor:
        found = open_scenes(
            [tmp_path / 'd'], quarantine=together, executor=executor
        )
        with pytest.raises(InputError, match=r'07\.tif: empty file'):
            open_scenes([tmp_path / 'd'], executor=executor)
    assert found == expected and len(found) == 38
    assert together.entries == alone.entries
    assert [e['reason'] for e in alone.entries] == [
        'empty_file',
        'not_a_raster',
    ]
    # CRSs are long, and few.
    assert len({id(scene.crs) for scene in found}) == 1
