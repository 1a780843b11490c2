"""Changed bytes: lists of checksums, and checksums inside the index."""

import hashlib
import importlib.util
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index, read_patch
from geokr_mm.geo.core.raster import UnusableFileError
from geokr_mm.geo.scenes.checksums import (
    KINDS,
    Checksums,
    digest_file,
    write_checksums,
)
from geokr_mm.geo.scenes.patch import pixel_checksums
from geokr_mm.geo.scenes.windowed_read import open_file


@pytest.fixture
def scenes(make_raster, tmp_path):
    """Four scenes of two bands, each in another codec."""
    rng = np.random.default_rng(1)
    codecs = (None, 'deflate', 'lzw', 'zstd')
    return [
        make_raster(
            f'scenes/{n}.tif',
            rng.integers(20, 230, (2, 64, 64)).astype(np.uint16),
            compress=codec,
        )
        for n, codec in enumerate(codecs)
    ]


@pytest.fixture
def options(make_raster, cover_codes, scenes, tmp_path):
    return BuildOptions(
        (str(tmp_path / 'scenes'),), 'worldcover',
        (make_raster('map.tif', cover_codes),), 32,
        str(tmp_path / 'i.parquet'), year=2021, without=('dark', 'cloud'),
        stretch='none',
    )  # fmt: skip


def with_list(options, path):
    return BuildOptions(**{**options.__dict__, 'checksums': str(path)})


def flip(path, place=-100):
    """Change one byte of a file in place."""
    with open(path, 'r+b') as stream:
        stream.seek(place, 2)
        byte = stream.read(1)[0]
        stream.seek(place, 2)
        stream.write(bytes([byte ^ 0xFF]))
    open_file.cache_clear()


# Of '123456789', as the specifications of the kinds and coreutils have them.
CHECK = {
    'crc32': 'cbf43926',
    'md5': '25f9e794323b453885f5181f1b624d0b',
    'sha1': 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
    'sha256': '15e2b0d3c33891ebb0f1ef609ec41942'
    '0c20e320ce94c65fbc8c3312448eb225',
}


@pytest.mark.parametrize('kind', CHECK)
def test_digests_are_those_of_the_standards(tmp_path, kind):
    (tmp_path / 'f').write_bytes(b'123456789')
    assert digest_file(tmp_path / 'f', kind) == CHECK[kind]
    # Longer than what is read at once.
    data = np.random.default_rng(0).bytes(3_000_000)
    (tmp_path / 'f').write_bytes(data)
    expected = (
        f'{zlib.crc32(data):08x}'
        if kind == 'crc32'
        else hashlib.new(kind, data).hexdigest()
    )
    assert digest_file(tmp_path / 'f', kind) == expected


def test_kinds_are_told_by_their_length(tmp_path):
    assert KINDS == {8: 'crc32', 32: 'md5', 40: 'sha1', 64: 'sha256'}
    (tmp_path / 'f').write_bytes(b'123456789')
    for kind, digest in CHECK.items():
        (tmp_path / 'list').write_text(f'{digest.upper()}  f\n')
        checksums = Checksums.open(tmp_path / 'list')
        checksums.check(str(tmp_path / 'f'))
        (tmp_path / 'list').write_text(f'{digest[::-1]}  f\n')
        with pytest.raises(UnusableFileError, match=f'f: {kind} {digest}'):
            Checksums.open(tmp_path / 'list').check(str(tmp_path / 'f'))


@pytest.mark.parametrize('kind', ['sha256', 'md5'])
def test_lists_are_those_of_coreutils(scenes, tmp_path, kind):
    out = tmp_path / 'list'
    assert write_checksums(scenes, out, kind) == 4
    done = subprocess.run(
        [f'{kind}sum', '--check', '--strict', str(out)],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.count(': OK') == 4
    made = subprocess.run(
        [f'{kind}sum', *(f'scenes/{n}.tif' for n in range(4))],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert made.stdout == out.read_text()
    checksums = Checksums.open(out)
    for scene in scenes:
        checksums.check(scene)


def test_one_changed_byte_is_found_in_every_codec(options, scenes, tmp_path):
    listed = tmp_path / 'list'
    write_checksums(scenes, listed)
    build_index(options)
    plain = (tmp_path / 'i.parquet').read_bytes()
    build_index(with_list(options, listed))
    assert (tmp_path / 'i.parquet').read_bytes() == plain
    for scene in scenes:
        flip(scene)
    with pytest.raises(InputError, match=r'0\.tif: sha256 .* has changed'):
        build_index(with_list(options, listed))
    with pytest.raises(InputError, match='no scene file can be used'):
        build_index(with_list(options, listed), max_bad_fraction=0.5)
    flip(scenes[1])
    with pytest.raises(InputError, match='3 of 4 scene files .*checksum: 3'):
        build_index(with_list(options, listed), max_bad_fraction=0.5)
    summary = build_index(with_list(options, listed), max_bad_fraction=0.8)
    assert summary.left_out == {'checksum': 3}
    assert set(KnowledgeIndex.open(options.out).frame['scene']) == {'1'}


def test_lists_that_do_not_fit_are_refused(options, scenes, tmp_path):
    listed = tmp_path / 'list'
    cases = (
        (None, 'no readable list of checksums'),
        ('', 'lists no file'),
        ('hello world\n', 'line 1 is not a checksum'),
        (f'{"0" * 9}  scenes/0.tif\n', 'line 1 is not a checksum'),
        (f'{"0" * 64}  scenes/0.tif\n', r'0\.tif: sha256'),
        (f'{"0" * 64}  scenes/9.tif\n', r'0\.tif: not in .*list it'),
    )
    for text, words in cases:
        if text is not None:
            listed.write_text(text)
        with pytest.raises(InputError, match=words) as caught:
            build_index(with_list(options, listed))
        assert '\n' not in str(caught.value)
    write_checksums(scenes, listed)
    with pytest.raises(InputError, match='nothing was changed'):
        write_checksums(scenes, '/proc/list')


def test_the_index_knows_its_pixels(options, scenes):
    build_index(options)
    index = KnowledgeIndex.open(options.out)
    assert len(index) == 16
    for number in range(len(index)):
        record = index.record(number)
        pixels = read_patch(record, verify=True)
        plain = [zlib.crc32(b.astype('<u2').tobytes()) for b in pixels]
        assert list(record.crc32) == plain == pixel_checksums(pixels)
        assert pixel_checksums(pixels.astype('>u2')) == plain
    flip(scenes[0])
    found = []
    for number in range(len(index)):
        record = index.record(number)
        for band in record.bands:
            try:
                read_patch(record, [band], verify=True)
            except UnusableFileError as error:
                found.append((record.patch_id, band))
                assert error.reason == 'checksum' and 'crc32' in str(error)
        read_patch(record)
    # The raw file's last row lies in its last two patches.
    assert len(found) == 1 and found[0][0] in ('0_0_32', '0_32_32')


def test_damage_is_listed_exactly(repo, tmp_path, monkeypatch):
    # As for a script: its folder comes first.
    monkeypatch.syspath_prepend(str(repo / 'benchmarks'))
    place = repo / 'benchmarks' / 'damage.py'
    spec = importlib.util.spec_from_file_location('damage', place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.measure(tmp_path / 'a', 60, share=0.25)
    assert found['damaged'] == found['found'] == 15
    assert found['missed'] == found['false'] == 0 and found['patches'] == 45
    assert found['kinds'] == {
        kind: {'found': 3, 'missed': 0}
        for kind in ('truncated', 'flipped', 'zeros', 'web_page', 'empty')
    }
    assert sum(found['reasons'].values()) == 15
    # No file stays open but the readers' own store of handles.
    assert found['open_files_most'] <= found['open_files_before'] + 64 + 8
    # Without a list, what still opens and decodes looks whole.
    plain = module.measure(tmp_path / 'b', 60, share=0.25, with_list=False)
    assert plain['false'] == 0
    for kind in ('truncated', 'web_page', 'empty'):
        assert plain['kinds'][kind] == {'found': 3, 'missed': 0}
    assert plain['kinds']['flipped']['missed'] > 0


def test_the_tool_lists_files(scenes, tmp_path, repo):
    out = tmp_path / 'list'
    done = subprocess.run(
        [sys.executable, 'tools/checksums.py', str(tmp_path / 'scenes'),
         '--kind', 'crc32', '--out', str(out)],
        cwd=repo, capture_output=True, text=True, check=True,
        env={'PYTHONPATH': str(repo)},
    )  # fmt: skip
    assert done.stdout == f'{out}: 4 files\n'
    lines = [line.split() for line in out.read_text().splitlines()]
    assert lines == [
        [f'{zlib.crc32(Path(scene).read_bytes()):08x}', f'scenes/{n}.tif']
        for n, scene in enumerate(scenes)
    ]
