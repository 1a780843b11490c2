"""Indexes in folders and at URLs; images and maps over HTTP."""

import json
from pathlib import Path

import fsspec
import geopandas
import numpy as np
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import (
    BuildOptions,
    KnowledgeIndex,
    build_index,
    read_patch,
)
from geokr_mm.geo.index import writer
from geokr_mm.geo.index.target import Target
from geokr_mm.geo.pipeline import build as build_module


@pytest.fixture
def options(make_raster, cover_codes, tmp_path, monkeypatch):
    """Two scenes of 9 patches, in parts of 5 rows."""
    monkeypatch.setattr(build_module, 'JOB_PATCHES', 4)
    monkeypatch.setattr(writer, 'PART_ROWS', 5)
    rng = np.random.default_rng(5)
    tiled = dict(tiled=True, blockxsize=32, blockysize=32)
    for name in 'ab':
        pixels = rng.integers(20, 250, (3, 100, 100)).astype(np.uint8)
        make_raster(f'data/{name}.tif', pixels, compress='deflate', **tiled)
    make_raster('data/maps/map.tif', cover_codes, **tiled)
    return BuildOptions(
        tuple(str(tmp_path / 'data' / f'{n}.tif') for n in 'ab'),
        'worldcover',
        (str(tmp_path / 'data' / 'maps'),),
        32,
        str(tmp_path / 'out' / 'i.parquet'),
        year=2021,
        grid=2,
        stretch='none',
    )


def changed(options, **values):
    return BuildOptions(**{**options.__dict__, **values})


def same_rows(one, other):
    assert one.metadata == other.metadata
    assert one.table.drop_columns(['files']).equals(
        other.table.drop_columns(['files'])
    )
    for a, b in zip((one.record(3),), (other.record(3),), strict=True):
        assert (read_patch(a) == read_patch(b)).all()
        assert (a.low == b.low).all() and (a.high == 255).all()


def test_a_folder_of_parts_is_read_like_a_file(options, tmp_path):
    build_index(options)
    one = KnowledgeIndex.open(options.out)
    out = tmp_path / 'out' / 'parts'
    build_index(changed(options, out=f'{out}/'))
    assert sorted(p.name for p in out.iterdir()) == [
        '_index.json', 'part-00000.parquet', 'part-00001.parquet',
        'part-00002.parquet', 'part-00003.parquet',
    ]  # fmt: skip
    parts = KnowledgeIndex.open(out)
    same_rows(one, parts)
    assert list(parts.frame['files'][0]) == ['../data/a.tif']
    assert len(parts.kept()) == len(one.kept())
    frame = geopandas.read_parquet(out)
    assert frame['patch_id'].tolist() == one.column('patch_id').tolist()
    assert frame.geometry.equals(one.frame.geometry)
    # One stretch for all is stored once.
    assert one.metadata.radiometry['all']['high'] == [255.0] * 3
    # Built again without the slash it stays a folder, with the same bytes.
    old = {p.name: p.read_bytes() for p in out.iterdir()}
    build_index(changed(options, out=str(out)), workers=2)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == old
    assert sorted(p.name for p in out.parent.iterdir()) == [
        'i.parquet', 'parts',
    ]  # fmt: skip


def test_incomplete_folders_are_refused(options, tmp_path):
    out = tmp_path / 'out' / 'parts'
    build_index(changed(options, out=f'{out}/'))
    (out / 'part-00001.parquet').rename(out / 'part-00009.parquet')
    with pytest.raises(InputError, match='part-00001.parquet is missing'):
        KnowledgeIndex.open(out)
    (out / 'part-00009.parquet').rename(out / 'part-00001.parquet')
    head = json.loads((out / '_index.json').read_text())
    head['parts'][1]['rows'] = 4
    (out / '_index.json').write_text(json.dumps(head))
    with pytest.raises(InputError, match='has 5 rows, not 4'):
        KnowledgeIndex.open(out)
    (out / '_index.json').write_text('{"kind": "footprints"}')
    with pytest.raises(InputError, match='footprints with labels'):
        KnowledgeIndex.open(out)
    (out / '_index.json').unlink()
    with pytest.raises(InputError, match='not a complete index'):
        KnowledgeIndex.open(out)
    with pytest.raises(InputError, match='other things in it'):
        build_index(changed(options, out=f'{out}/'))
    with pytest.raises(InputError, match='is a folder'):
        build_index(changed(options, out=str(out)))


@pytest.mark.parametrize('tail', ['i.parquet', 'parts/'])
@pytest.mark.parametrize('kind', ['memory', 'file'])
def test_an_index_at_a_url(options, tmp_path, kind, tail):
    build_index(options)
    one = KnowledgeIndex.open(options.out)
    base = 'memory://bucket' if kind == 'memory' else f'file://{tmp_path}/far'
    url = f'{base}/deep/{tail}'
    build_index(changed(options, out=url))
    same_rows(one, KnowledgeIndex.open(url))
    # Again over itself, after which nothing local is left.
    build_index(changed(options, out=url))
    same_rows(one, KnowledgeIndex.open(url))
    assert not Target.of(url).place.parent.exists()
    fs, path = fsspec.core.url_to_fs(url)
    found = [Path(f).name for f in fs.find(path.rstrip('/'))]
    assert len(found) == (1 if tail == 'i.parquet' else 5)


def test_urls_that_lead_nowhere():
    with pytest.raises(InputError, match='no such index'):
        KnowledgeIndex.open('memory://bucket/none.parquet')
    with pytest.raises(InputError, match='none://x'):
        KnowledgeIndex.open('none://x/i.parquet')
    with pytest.raises(InputError, match='write an index to'):
        Target.of('/vsis3/bucket/i.parquet')


def test_scenes_and_maps_over_http(options, site, tmp_path):
    build_index(options)
    one = KnowledgeIndex.open(options.out)
    there = changed(
        options,
        scenes=(f'{site}/data/a.tif', f'/vsicurl/{site}/data/b.tif'),
        land_cover=(f'{site}/data/maps/map.tif',),
        out=str(tmp_path / 'far.parquet'),
    )
    build_index(there)
    far = KnowledgeIndex.open(there.out)
    assert {f for (f,) in far.frame['files']} == {*there.scenes}
    assert {n for n, _ in site.served} == {'a.tif', 'b.tif', 'map.tif'}
    assert far.metadata.legend == one.metadata.legend
    there_row, here_row = (
        np.argsort(i.column('patch_id')) for i in (far, one)
    )
    assert (far.fractions[there_row] == one.fractions[here_row]).all()
    assert (far.grid_valid[there_row] == one.grid_valid[here_row]).all()
    for i in (0, 17):
        pixels = read_patch(far.record(int(there_row[i])))
        assert (pixels == read_patch(one.record(int(here_row[i])))).all()
    with pytest.raises(InputError, match=r'none\.tif'):
        build_index(changed(there, scenes=(f'{site}/data/none.tif',)))
