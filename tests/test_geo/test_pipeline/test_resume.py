"""Going on with a build: only with what belongs to the same inputs."""

import os
import shutil

import numpy as np
import pytest

from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index
from geokr_mm.geo.core.raster import UnusableFileError
from geokr_mm.geo.pipeline import build as build_module
from geokr_mm.geo.pipeline.job_cache import JobCache
from geokr_mm.geo.pipeline.query_results import QueryResults
from geokr_mm.geo.scenes.values import measure_scene


class Killed(BaseException):
    """Stands for kill -9: no handler of the build may see it as an error."""


@pytest.fixture
def inputs(make_raster, cover_codes, monkeypatch, tmp_path):
    """Three scenes of 36 patches each, in a table, in jobs of 12."""
    monkeypatch.setattr(build_module, 'JOB_PATCHES', 12)
    rng = np.random.default_rng(5)
    for name in 'abc':
        pixels = rng.integers(20, 250, (3, 200, 200)).astype(np.uint8)
        make_raster(f'in/{name}.tif', pixels)
    make_raster('in/map.tif', cover_codes)
    rows = [f'{name}.tif,2021-05-0{n}' for n, name in enumerate('abc', 1)]
    (tmp_path / 'in' / 'list.csv').write_text(
        'path,date\n' + '\n'.join(rows) + '\n'
    )
    return tmp_path / 'in'


def options(folder, **changes):
    values = dict(
        scenes=(str(folder / 'list.csv'),),
        product='worldcover',
        land_cover=(str(folder / 'map.tif'),),
        patch_size=32,
        out=str(folder.parent / 'out' / 'i.parquet'),
        year=2021,
    )
    return BuildOptions(**{**values, **changes})


@pytest.fixture
def interrupted(inputs, monkeypatch):
    """Builds until five jobs are kept."""
    save, saved = JobCache.save, []

    def dying(self, *job):
        if len(saved) == 5:
            raise Killed
        save(self, *job)
        saved.append(job)

    def build(**changes):
        with monkeypatch.context() as patched:
            patched.setattr(JobCache, 'save', dying)
            with pytest.raises(Killed):
                build_index(options(inputs), **changes)

    return build


@pytest.fixture
def work(monkeypatch):
    """Counts jobs done and portions queried from here on."""
    done = {'jobs': 0, 'queried': 0}
    run, put = build_module.run_scenes, QueryResults.put

    def counted(maps, job):
        done['jobs'] += 1
        return run(maps, job)

    def queried(self, *portion):
        done['queried'] += 1
        put(self, *portion)

    monkeypatch.setattr(build_module, 'run_scenes', counted)
    monkeypatch.setattr(QueryResults, 'put', queried)
    return done


def content(folder):
    return (folder.parent / 'out' / 'i.parquet').read_bytes()


def test_the_same_inputs_go_on(inputs, interrupted, work):
    interrupted()
    work.update(jobs=0, queried=0)
    build_index(options(inputs), resume=True)
    assert work == {'jobs': 9 - 5, 'queried': 0}
    resumed = content(inputs)
    build_index(options(inputs))
    assert content(inputs) == resumed


def change_byte(folder):
    with (folder / 'b.tif').open('r+b') as stream:
        stream.seek(70_000)
        stream.write(b'\xff\0\xff')


def change_date(folder):
    text = (folder / 'list.csv').read_text()
    (folder / 'list.csv').write_text(text.replace('05-02', '05-12'))


def change_map(folder):
    with (folder / 'map.tif').open('r+b') as stream:
        stream.seek(9_000)
        stream.write(b'\x0a\x0a')


@pytest.mark.parametrize('change', [change_byte, change_date, change_map])
def test_nothing_of_a_changed_input_is_used(inputs, interrupted, work, change):
    interrupted()
    work.update(jobs=0, queried=0)
    change(inputs)
    build_index(options(inputs), resume=True)
    assert work == {'jobs': 9, 'queried': 2}
    resumed = content(inputs)
    build_index(options(inputs))
    assert content(inputs) == resumed


def test_rows_never_tell_where_scenes_were(inputs, interrupted, work):
    interrupted()
    elsewhere = inputs.parent / 'moved' / 'in'
    shutil.move(inputs, elsewhere)
    work.update(jobs=0, queried=0)
    changed = options(elsewhere, out=options(inputs).out)
    build_index(changed, resume=True)
    assert work['jobs'] == 9
    index = KnowledgeIndex.open(changed.out)
    files = {index.record(i).files[0] for i in range(len(index))}
    assert files == {str(elsewhere / f'{n}.tif') for n in 'abc'}


def test_a_scene_that_comes_back_moves_no_row(
    inputs, interrupted, work, monkeypatch
):
    """Jobs have other numbers while one scene cannot be read."""

    def failing(scene, *arguments):
        if scene.name == 'a':
            raise UnusableFileError('a.tif: no network', 'a.tif', 'damaged')
        return measure_scene(scene, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(
            'geokr_mm.geo.scenes.radiometry.measure_scene', failing
        )
        interrupted(max_bad_fraction=0.5)
    work.update(jobs=0, queried=0)
    build_index(options(inputs), resume=True, max_bad_fraction=0.5)
    assert work['jobs'] == 9
    resumed = content(inputs)
    assert set(KnowledgeIndex.open(options(inputs).out).column('scene')) == {
        'a', 'b', 'c',
    }  # fmt: skip
    build_index(options(inputs))
    assert content(inputs) == resumed
    assert sorted(os.listdir(inputs.parent / 'out')) == ['i.parquet']
