"""Outputs that are no files: refused before any work, or followed."""

import os
import socket
import stat

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from geokr_mm.errors import InputError
from geokr_mm.files import check_output, final_path, written_whole
from geokr_mm.geo import KnowledgeIndex
from geokr_mm.geo.pipeline.cli import main as build


@pytest.fixture
def odd(tmp_path):
    """What an output path may lead to besides a file, by kind."""
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'to_pipe').symlink_to('pipe')
    (tmp_path / 'to_stdout').symlink_to('/proc/self/fd/1')
    (tmp_path / 'loop').symlink_to('loop')
    with socket.socket(socket.AF_UNIX) as server:
        # Names of sockets are short.
        here = os.getcwd()
        os.chdir(tmp_path)
        server.bind('socket')
        os.chdir(here)
    return {
        str(tmp_path / 'to_stdout'): 'is what a process has open',
        str(tmp_path / 'pipe'): 'is a pipe',
        str(tmp_path / 'to_pipe'): 'is a pipe',
        str(tmp_path / 'socket'): 'is a socket',
        str(tmp_path / 'folder'): 'is a folder',
        str(tmp_path / 'loop'): 'is a link to itself',
    }


def kinds(paths):
    return [stat.S_IFMT(os.lstat(path).st_mode) for path in paths]


def test_what_is_no_file_is_refused_and_stays(odd, tmp_path):
    before = kinds(odd)
    for path, words in odd.items():
        with pytest.raises(InputError, match=f'^{path}: {words}'):
            check_output(path)
        with (
            pytest.raises(InputError, match=words),
            written_whole(path) as draft,
        ):
            draft.write_text('x')
    assert kinds(odd) == before
    assert not list(tmp_path.rglob('*.tmp'))
    folder = tmp_path / 'folder'
    assert final_path(folder, folder=True) == folder
    (tmp_path / 'file').touch()
    with pytest.raises(InputError, match='is a file; give another name'):
        check_output(tmp_path / 'file', folder=True)
    with pytest.raises(InputError, match='cannot be written there'):
        check_output(tmp_path / 'file' / 'below')


def test_devices_are_refused():
    # Looked at only: a writer that went wrong would take them away.
    for path, words in (
        (os.devnull, 'is a device'),
        ('/dev/stdout', 'is what a process has open'),
        ('/dev/fd/2', 'is what a process has open'),
    ):
        with pytest.raises(InputError, match=f'^{path}: {words}'):
            check_output(path)
        with pytest.raises(InputError, match=f'^{path}: {words}'):
            final_path(path, folder=True)


def test_links_stay_and_their_targets_are_written(tmp_path):
    deep = tmp_path / 'deep'
    deep.mkdir()
    (tmp_path / 'old.txt').write_text('old')
    (deep / 'link').symlink_to('../old.txt')
    (tmp_path / 'chain').symlink_to('deep/link')
    (tmp_path / 'dangling').symlink_to('deep/new.txt')
    for name, target in (
        ('deep/link', 'old.txt'),
        ('chain', 'old.txt'),
        ('dangling', 'deep/new.txt'),
    ):
        check_output(tmp_path / name)
        with written_whole(tmp_path / name) as draft:
            assert draft.parent == (tmp_path / target).parent
            draft.write_text(name)
        assert (tmp_path / name).is_symlink()
        assert not (tmp_path / target).is_symlink()
        assert (tmp_path / target).read_text() == name
    with pytest.raises(RuntimeError), written_whole(tmp_path / 'chain'):
        raise RuntimeError
    assert (tmp_path / 'old.txt').read_text() == 'chain'
    assert not list(tmp_path.rglob('*.tmp'))


@pytest.fixture
def arguments(tmp_path):
    """What to build a small index from."""
    rng = np.random.default_rng(0)
    place = dict(
        driver='GTiff', crs='EPSG:32633', width=64, height=64,
        transform=from_origin(500000, 5200000, 10, 10),
    )  # fmt: skip
    for name, count in (('scene.tif', 3), ('n33_45_2020lc030.tif', 1)):
        with rasterio.open(
            tmp_path / name, 'w', count=count, dtype='uint8', **place
        ) as sink:
            pixels = rng.integers(40, 220, (count, 64, 64), np.uint8)
            sink.write(pixels if count == 3 else pixels * 0 + 20)
    return [
        *('--scenes', str(tmp_path / 'scene.tif')),
        *('--product', 'globeland30'),
        *('--land-cover', str(tmp_path / 'n33_45_2020lc030.tif')),
        *('--patch-size', '32', '--quiet'),
    ]


def test_an_index_goes_where_a_link_leads(arguments, odd, tmp_path):
    (tmp_path / 'real').mkdir()
    (tmp_path / 'a.parquet').symlink_to('real/b.parquet')
    (tmp_path / 'parts').symlink_to('real/c')
    for name in ('a.parquet', 'parts/'):
        for _ in range(2):
            build([*arguments, '--out', str(tmp_path / name)])
        assert (tmp_path / name.rstrip('/')).is_symlink()
        # By the link, and by the file that it leads to.
        for path in (tmp_path / name, (tmp_path / name).resolve()):
            index = KnowledgeIndex.open(str(path))
            assert len(index) == 4
            assert os.path.samefile(
                index.record(0).files[0], tmp_path / 'scene.tif'
            )
    assert sorted(os.listdir(tmp_path / 'real')) == ['b.parquet', 'c']
    before = kinds(odd)
    for path, words in odd.items():
        with pytest.raises(InputError, match=words):
            build([*arguments, '--out', path])
    assert kinds(odd) == before
    assert not list(tmp_path.glob('.*'))


TOOLS = {
    'checksums.py': ['scene.tif', '--out', 'PIPE'],
    'browse_index.py': ['index.parquet', '--out', 'PIPE'],
    'report.py': ['--index', 'index.parquet', '--out', 'PIPE'],
    'export_backbone.py': ['nothing.pth', 'PIPE'],
    'import_backbone.py': ['n.pth', '--arch', 'resnet18', '--out', 'PIPE'],
    'draw_world.py': ['PIPE.png'],
    'test.py': ['CONFIG', 'nothing.pth', '--out', 'PIPE'],
    'train.py': ['CONFIG', '--work-dir', 'PIPE'],
    'make_world.py': ['PIPE'],
    'get_earth.py': ['PIPE'],
    'demo.py': ['--out', 'PIPE'],
    'export_masks.py': [
        'index.parquet', '--product', 'globeland30', '--out', 'PIPE',
        '--land-cover', 'n33_45_2020lc030.tif',
    ],
    'label_footprints.py': [
        '--footprints', 'index.parquet', '--product', 'globeland30',
        '--land-cover', 'n33_45_2020lc030.tif', '--out', 'PIPE',
    ],
    'finetune.py': ['CONFIG', '--work-dir', 'w', '--results', 'PIPE'],
    'linear_probe.py': ['folder', '--out', 'PIPE'],
    'predict_cover.py': ['n.pth', '--scenes', 'scene.tif', '--out', 'PIPE'],
    'write_corrected.py': ['n.pth', '--index', 'x.parquet', '--out', 'PIPE'],
    'compare_labels.py': [
        'index.parquet', '--product', 'globeland30', '--crosswalk', 'x',
        '--land-cover', 'n33_45_2020lc030.tif', '--results', 'PIPE',
    ],
}  # fmt: skip


@pytest.mark.parametrize('tool', TOOLS)
def test_every_tool_refuses_a_pipe(
    repo, arguments, tmp_path, tool, run_here, monkeypatch
):
    build([*arguments, '--out', str(tmp_path / 'index.parquet')])
    os.mkfifo(tmp_path / 'pipe')
    os.mkfifo(tmp_path / 'pipe.png')
    config = repo / 'configs/geokr/geokr_resnet18_smoke_tiny-world.py'
    words = [
        word.replace('PIPE', 'pipe').replace('CONFIG', str(config))
        for word in TOOLS[tool]
    ]
    monkeypatch.chdir(tmp_path)
    status, _, errors = run_here(tool, *words)
    assert status == 2, errors
    (line,) = errors.splitlines()
    assert line.startswith('error: pipe') and 'is a pipe, not a' in line
    assert stat.S_ISFIFO(os.lstat(tmp_path / 'pipe').st_mode)
    assert not list(tmp_path.glob('.*'))
