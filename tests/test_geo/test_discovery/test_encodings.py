"""Names, lists and descriptions in any encoding, on any console."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import KnowledgeIndex
from geokr_mm.geo.core.remote_text import decode
from geokr_mm.geo.discovery.opening import open_scenes
from geokr_mm.geo.discovery.search import list_scene_files
from geokr_mm.geo.scenes.quarantine import Quarantine

PIXELS = np.random.default_rng(6).integers(1, 250, (32, 32)).astype(np.uint8)
MAP = ('--product', 'worldcover', '--year', '2021', '--patch-size', '16')


@pytest.fixture
def image(make_raster):
    return make_raster('scenes/Zürich a.tif', PIXELS)


def test_lists_of_windows(image, tmp_path):
    lines = 'scenes/Zürich a.tif\r\n\r\n'
    for name, content in {
        'crlf.txt': lines.encode(),
        'quoted.txt': '"scenes/Zürich a.tif"\n'.encode(),
        'single.txt': "'scenes/Zürich a.tif'\n".encode(),
        'bom.txt': lines.encode('utf-8-sig'),
        'utf16.txt': lines.encode('utf-16'),
        'utf16be.txt': b'\xfe\xff' + lines.encode('utf-16-be'),
        'nobom.txt': lines.encode('utf-16-le'),
        'utf32.txt': lines.encode('utf-32'),
        'latin1.txt': lines.encode('latin-1'),
        'LIST.TXT': lines.encode(),
        'table.csv': b'path\r\n"' + 'scenes/Zürich a.tif'.encode() + b'"\r\n',
        'TABLE.CSV': ('path\n' + lines).encode('utf-16'),
    }.items():
        (tmp_path / name).write_bytes(content)
        (found,) = list_scene_files([tmp_path / name])
        assert os.path.samefile(found, image), name


def test_a_guessed_encoding_is_said(caplog):
    assert decode(b'R\xe9fl', 'a.txt') == 'Réfl'
    assert caplog.messages == ['a.txt: not UTF-8; read as Windows-1252']


def test_empty_lists_and_what_is_none(tmp_path):
    for content in (b'# nothing\n', b'', b'\r\n'):
        (tmp_path / 'empty.txt').write_bytes(content)
        with pytest.raises(InputError, match='empty.txt: lists no scene'):
            open_scenes([tmp_path / 'empty.txt'])
    (tmp_path / 'other.txt').write_text('empty.txt\n')
    with pytest.raises(InputError, match='empty.txt: a list in a list'):
        open_scenes([tmp_path / 'other.txt'])


def with_latin_descriptions(make_raster, name):
    path = make_raster(
        name,
        np.stack([PIXELS] * 2),
        descriptions=('zzzz rouge', 'zzzz vert'),
    )
    with open(path, 'rb+') as file:
        content = file.read().replace(b'zzzz', b'R\xe9fl')
        file.seek(0)
        file.write(content)
    return path


def test_descriptions_that_are_not_utf8(make_raster, caplog):
    files = [
        with_latin_descriptions(make_raster, n) for n in ('a.tif', 'b.tif')
    ]
    for scene in open_scenes(files):
        assert scene.bands == ('Réfl rouge', 'Réfl vert')
    # One warning, however many files there are.
    (warning,) = caplog.messages
    assert 'a.tif: band descriptions are not UTF-8' in warning
    assert warning.endswith('and 1 more files')


def test_names_that_are_not_utf8(image, tmp_path):
    bad = os.fsencode(tmp_path / 'scenes') + b'/caf\xe9.tif'
    shutil.copy(image, bad)
    with pytest.raises(InputError, match='not UTF-8; rename it') as caught:
        open_scenes([tmp_path / 'scenes'])
    assert 'caf\\udce9.tif' in str(caught.value)
    str(caught.value).encode('ascii')
    unusable = Quarantine(1.0)
    (scene,) = open_scenes([tmp_path / 'scenes'], quarantine=unusable)
    assert scene.name == 'Zürich a'
    (entry,) = unusable.entries
    assert entry['reason'] == 'file_name'
    assert entry['file'].endswith('/caf\\udce9.tif')


def test_an_ascii_console(image, make_raster, cover_codes, tmp_path, repo):
    cover = make_raster('map.tif', cover_codes)
    bad = os.fsencode(tmp_path / 'scenes') + b'/caf\xe9.tif'
    shutil.copy(image, bad)
    with_latin_descriptions(make_raster, 'other/a.tif')
    out = tmp_path / 'Übersicht.parquet'

    def run(tool, *arguments):
        return subprocess.run(
            [sys.executable, repo / 'tools' / tool, *arguments],
            env={
                **os.environ,
                'PYTHONIOENCODING': 'ascii:strict',
                'PYTHONPATH': str(repo),
            },
            capture_output=True,
            check=False,
        )

    made = run(
        'build_index.py', *MAP, '--scenes', tmp_path / 'scenes',
        '--land-cover', cover, '--out', out, '--max-bad-fraction', '0.6',
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert b'bersicht.parquet: 4 patches' in made.stdout
    index = KnowledgeIndex.open(out)
    assert index.record(0).scene == 'Zürich a'
    table = out.with_suffix('.quarantine.csv').read_text('utf-8')
    assert 'caf\\udce9.tif' in table
    made = run(
        'build_index.py', *MAP, '--scenes', tmp_path / 'other',
        '--land-cover', cover, '--out', tmp_path / 'o.parquet',
    )  # fmt: skip
    assert made.returncode == 0 and b'R\\xe9fl' in made.stderr
    assert KnowledgeIndex.open(tmp_path / 'o.parquet').metadata.bands == (
        'Réfl rouge',
        'Réfl vert',
    )
    # Lists of checksums keep the bytes of names, as sha256sum does.
    made = run('checksums.py', tmp_path / 'scenes', '--out', tmp_path / 'c')
    assert made.returncode == 0, made.stderr
    assert b'scenes/caf\xe9.tif\n' in (tmp_path / 'c').read_bytes()
