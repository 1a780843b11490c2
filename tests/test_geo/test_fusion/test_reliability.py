"""Kills, full disks, damaged archives, two builders, several workers."""

import csv
import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index
from geokr_mm.geo.core.atomic_output import build_lock
from geokr_mm.geo.pipeline import build as build_module
from geokr_mm.geo.pipeline.job_cache import JobCache


@pytest.fixture
def options(make_raster, cover_codes, tmp_path, monkeypatch):
    """Three scenes of 9 patches each, in jobs of 4."""
    monkeypatch.setattr(build_module, 'JOB_PATCHES', 4)
    rng = np.random.default_rng(5)
    for name in 'abc':
        pixels = rng.integers(20, 250, (3, 100, 100)).astype(np.uint8)
        make_raster(f'scenes/{name}.tif', pixels, compress='deflate')
    cover = make_raster('map.tif', cover_codes)
    return BuildOptions(
        (str(tmp_path / 'scenes'),),
        'worldcover',
        (cover,),
        32,
        str(tmp_path / 'out' / 'i.parquet'),
        year=2021,
        grid=2,
    )


def content(options):
    with open(options.out, 'rb') as stream:
        return stream.read()


def beside(options):
    folder = os.path.dirname(options.out)
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def test_workers_give_the_same_bytes(options):
    build_index(options)
    one = content(options)
    build_index(options, workers=2)
    assert content(options) == one
    assert beside(options) == ['i.parquet']


class Killed(BaseException):
    """Stands for kill -9: no handler of the build may see it as an error."""


@pytest.mark.parametrize('after', [1, 4, 8])
def test_resume_after_a_kill_gives_the_same_bytes(options, monkeypatch, after):
    build_index(options)
    whole = content(options)
    os.unlink(options.out)
    save, saved = JobCache.save, []

    def dying(self, *job):
        if len(saved) == after:
            raise Killed
        save(self, *job)
        saved.append(job)

    monkeypatch.setattr(JobCache, 'save', dying)
    with pytest.raises(Killed):
        build_index(options)
    monkeypatch.setattr(JobCache, 'save', save)
    assert not os.path.exists(options.out) and len(beside(options)) == 1
    ran = []
    run = build_module.run_scenes
    monkeypatch.setattr(
        build_module,
        'run_scenes',
        lambda map_stack, batch: (ran.append(batch), run(map_stack, batch))[1],
    )
    build_index(options, resume=True)
    assert content(options) == whole
    assert len(ran) == 9 - after
    assert beside(options) == ['i.parquet']


def test_a_half_written_part_is_made_again(options, monkeypatch):
    build_index(options)
    whole = content(options)
    monkeypatch.setattr(JobCache, 'remove', lambda self: None)
    build_index(options)
    (parts,) = [n for n in beside(options) if 'parts' in n]
    folder = os.path.join(os.path.dirname(options.out), parts)
    names = sorted(n for n in os.listdir(folder) if n.endswith('.parquet'))
    assert len(names) == 9
    with open(os.path.join(folder, names[2]), 'r+b') as stream:
        stream.truncate(100)
    monkeypatch.undo()
    monkeypatch.setattr(build_module, 'JOB_PATCHES', 4)
    build_index(options, resume=True)
    assert content(options) == whole


def test_parts_of_other_inputs_are_not_used(options, monkeypatch):
    monkeypatch.setattr(JobCache, 'remove', lambda self: None)
    build_index(options)
    monkeypatch.undo()
    other = BuildOptions(**{**options.__dict__, 'min_valid': 0.9})
    build_index(other, resume=True)
    assert beside(options) == ['i.parquet']
    meta = KnowledgeIndex.open(options.out).metadata
    assert meta.filters['uncovered']['min_valid'] == 0.9


@pytest.mark.slow
def test_real_kills_at_random_moments(options, repo, tmp_path):
    scenes = options.scenes[0]
    # Many small patches, so that a kill falls somewhere inside.
    command = [
        sys.executable, 'tools/build_index.py', '--scenes', scenes,
        '--product', 'worldcover', '--year', '2021', '--land-cover',
        options.land_cover[0], '--patch-size', '8', '--stride', '6',
        '--quiet', '--resume', '--out',
    ]  # fmt: skip
    env = {**os.environ, 'PYTHONPATH': str(repo)}
    whole = tmp_path / 'whole.parquet'
    start = time.monotonic()
    subprocess.run([*command, str(whole)], cwd=repo, env=env, check=True)
    full = time.monotonic() - start
    out = tmp_path / 'killed.parquet'
    for moment in np.random.default_rng(0).uniform(0.5, 1.0, 2) * full:
        process = subprocess.Popen([*command, str(out)], cwd=repo, env=env)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if out.exists():
            assert out.read_bytes() == whole.read_bytes()
    subprocess.run([*command, str(out)], cwd=repo, env=env, check=True)
    assert out.read_bytes() == whole.read_bytes()


def test_second_builder_is_refused(options):
    refused = pytest.raises(InputError, match='another process is building')
    with build_lock(options.out), refused:
        build_index(options)
    build_index(options)
    assert beside(options) == ['i.parquet']


def test_what_a_killed_writer_left_is_swept_away(options, tmp_path):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / '.i.parquet.abc.tmp').write_bytes(b'half')
    build_index(options)
    assert beside(options) == ['i.parquet']


def test_full_disk_leaves_the_old_index(options):
    build_index(options)
    old = content(options)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    changed = BuildOptions(**{**options.__dict__, 'grid': 8})
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
        with pytest.raises(InputError, match='free space'):
            build_index(changed)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert content(options) == old
    assert beside(options) == ['i.parquet']


@pytest.fixture
def damaged(options, make_raster, tmp_path):
    """The same with five more files, each damaged in its own way."""
    rng = np.random.default_rng(9)
    pixels = rng.integers(20, 250, (3, 300, 300)).astype(np.uint8)
    folder = tmp_path / 'scenes'
    make_raster('scenes/d_cut.tif', pixels, compress='deflate')
    data = (folder / 'd_cut.tif').read_bytes()
    (folder / 'd_cut.tif').write_bytes(data[: len(data) // 2])
    (folder / 'd_empty.tif').touch()
    (folder / 'd_html.tif').write_text('<html>404</html>')
    make_raster('scenes/d_nocrs.tif', pixels, None)
    make_raster('scenes/d_zero.tif', np.zeros_like(pixels))
    return options


def test_damaged_files_are_listed_and_counted(damaged):
    summary = build_index(damaged, max_bad_fraction=0.7)
    assert summary.left_out == {
        'damaged': 1, 'empty_file': 1, 'no_crs': 1, 'no_pixels': 1,
        'web_page': 1,
    }  # fmt: skip
    assert summary.patches == 27
    assert 'left out, damaged: 1' in str(summary)
    path = os.path.join(os.path.dirname(damaged.out), 'i.quarantine.csv')
    with open(path, newline='') as stream:
        rows = list(csv.DictReader(stream))
    found = {os.path.basename(r['file']): r['reason'] for r in rows}
    assert found == {
        'd_cut.tif': 'damaged', 'd_empty.tif': 'empty_file',
        'd_html.tif': 'web_page', 'd_nocrs.tif': 'no_crs',
        'd_zero.tif': 'no_pixels',
    }  # fmt: skip
    assert all(r['file'] in r['message'] for r in rows)
    index = KnowledgeIndex.open(damaged.out)
    assert set(index.frame['scene']) == {'a', 'b', 'c'}


def test_too_many_damaged_files_stop_the_build(damaged):
    with pytest.raises(InputError) as caught:
        build_index(damaged, max_bad_fraction=0.3)
    text = str(caught.value)
    assert 'of 8 scene files cannot be used' in text
    assert 'empty_file: 1' in text and '--max-bad-fraction 0.3' in text
    assert beside(damaged) == []
    with pytest.raises(InputError, match=r'd_cut.tif|d_empty.tif'):
        build_index(damaged)
    assert beside(damaged) == []


def test_damaged_patches_are_set_aside_one_by_one(
    options, make_raster, tmp_path
):
    # Tiles lie in the file in their order: cutting its end spares the first.
    rng = np.random.default_rng(2)
    pixels = rng.integers(20, 250, (1, 400, 64)).astype(np.uint8)
    path = make_raster(
        'one/s.tif',
        pixels,
        tiled=True,
        blockxsize=64,
        blockysize=64,
        compress='deflate',
    )
    os.truncate(path, int(0.6 * os.path.getsize(path)))
    changed = BuildOptions(
        **{**options.__dict__, 'scenes': (path,), 'stretch': 'none',
           'patch_size': 64, 'grid': 1, 'min_valid': 0.0}
    )  # fmt: skip
    with pytest.raises(InputError, match='damaged or incomplete'):
        build_index(changed)
    summary = build_index(changed, max_bad_fraction=1.0)
    assert summary.patches + summary.left_out['damaged'] == 6
    assert 0 < summary.left_out['damaged'] < 6
    path = os.path.join(os.path.dirname(options.out), 'i.quarantine.csv')
    with open(path, newline='') as stream:
        rows = list(csv.DictReader(stream))
    assert {r['scene'] for r in rows} == {'s'}
    assert all(len(r['window'].split()) == 4 for r in rows)


def test_errors_in_workers_come_out_as_one_line(damaged):
    with pytest.raises(InputError) as caught:
        build_index(damaged, workers=2)
    assert '\n' not in str(caught.value)
    assert beside(damaged) == []
