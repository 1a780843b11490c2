"""kill -9 at every file operation of a build; full disks; two builders.

Builds run in forked children that count their file operations in the output
folder (Python's audit events) and kill themselves at a chosen one, so that
every phase is met however the build is organised.
"""

import os
import resource
import signal
import sys
import time

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index
from geokr_mm.geo.core.atomic_output import build_lock

EVENTS = {
    'open', 'os.rename', 'os.remove', 'os.rmdir', 'os.mkdir', 'os.chmod',
    'shutil.rmtree', 'tempfile.mkstemp',
}  # fmt: skip


@pytest.fixture
def options(make_raster, cover_codes, tmp_path):
    """Three scenes, one of them empty: there is a quarantine table too."""
    rng = np.random.default_rng(5)
    for name in 'ab':
        pixels = rng.integers(20, 250, (3, 64, 64)).astype(np.uint8)
        make_raster(f'scenes/{name}.tif', pixels, compress='deflate')
    (tmp_path / 'scenes' / 'c.tif').touch()
    cover = make_raster('map.tif', cover_codes)
    return BuildOptions(
        (str(tmp_path / 'scenes'),), 'worldcover', (cover,), 32,
        str(tmp_path / 'out' / 'i.parquet'), year=2021, grid=2,
    )  # fmt: skip


def build(options, **more):
    return build_index(options, max_bad_fraction=0.5, **more)


def content(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def in_child(work):
    """Run in a forked child; its exit status, or minus its signal."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def watched(options, resume, kill_at, report=None):
    """A build that dies at its n-th file operation in the output folder."""
    folder = os.path.dirname(options.out)

    def work():
        met = []

        def hook(event, arguments):
            if event not in EVENTS or not arguments:
                return
            if folder in str(arguments[0]):
                met.append(event)
                if len(met) == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        build(options, resume=resume)
        if report is not None:
            os.write(report, str(len(met)).encode())

    return in_child(work)


def test_killed_at_any_file_operation(options, tmp_path):
    out = tmp_path / 'out'
    build(options)
    whole = content(out)
    assert set(whole) == {'i.parquet', 'i.quarantine.csv'}
    for path in out.iterdir():
        path.unlink()
    read, write = os.pipe()
    assert watched(options, False, 0, write) == 0
    operations = int(os.read(read, 20))
    assert operations > 10 and content(out) == whole
    for path in out.iterdir():
        path.unlink()
    # All of the end, where files take their names, and some of the rest.
    for moment in (
        *range(1, operations - 8, 12),
        *range(operations - 8, operations + 1),
    ):
        assert watched(options, False, moment) == -signal.SIGKILL
        left = content_of_finals(out)
        # The index is not there yet, or it is the whole one.
        assert left.get('i.parquet', whole['i.parquet']) == whole['i.parquet']
        # A second kill, in the resumed build.
        watched(options, True, max(moment // 2, 1))
        build(options, resume=True)
        assert content(out) == whole, moment
        for path in out.iterdir():
            path.unlink()


def content_of_finals(folder):
    if not folder.is_dir():
        return {}
    return {
        p.name: p.read_bytes()
        for p in folder.iterdir()
        if not p.name.startswith('.')
    }


def test_killed_over_an_old_index_leaves_old_or_new(options, tmp_path):
    out = tmp_path / 'out'
    build(options)
    old = content(out)
    changed = BuildOptions(**{**options.__dict__, 'min_valid': 0.9})
    read, write = os.pipe()
    assert watched(changed, False, 0, write) == 0
    operations = int(os.read(read, 20))
    new = content(out)
    assert new['i.parquet'] != old['i.parquet']
    for moment in range(operations - 9, operations + 1, 3):
        build(options)
        assert content(out) == old
        watched(changed, False, moment)
        assert content_of_finals(out)['i.parquet'] in (
            old['i.parquet'], new['i.parquet'],
        )  # fmt: skip
        KnowledgeIndex.open(options.out)


@pytest.mark.parametrize('most', [0, 300, 3000, 9000])
def test_full_disk_at_any_size_leaves_the_old_index(options, tmp_path, most):
    build(options)
    out = tmp_path / 'out'
    old = content(out)
    changed = BuildOptions(**{**options.__dict__, 'grid': 16})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
        with pytest.raises(InputError, match='free space') as caught:
            build(changed)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert '\n' not in str(caught.value)
    assert content(out) == old


def test_second_process_is_refused_until_the_first_is_gone(options, tmp_path):
    ready, signalled = os.pipe()
    child = os.fork()
    if child == 0:
        with build_lock(options.out):
            os.write(signalled, b'x')
            time.sleep(60)
        os._exit(0)
    try:
        os.read(ready, 1)
        with pytest.raises(InputError, match='another process is building'):
            build(options)
        assert not (tmp_path / 'out' / 'i.parquet').exists()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    # The lock ends with its process, however that ended.
    build(options)
    assert set(content(tmp_path / 'out')) == {'i.parquet', 'i.quarantine.csv'}
