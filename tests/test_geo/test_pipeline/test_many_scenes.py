"""Very many scenes: few jobs, little memory, a footer that stays small."""

import os
import pickle
import shutil
import struct
import tracemalloc
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo import BuildOptions, KnowledgeIndex, build_index, read_patch
from geokr_mm.geo.index.writer import Extent, write_tables
from geokr_mm.geo.pipeline import build as build_module
from geokr_mm.geo.pipeline.cli import stored_arguments
from geokr_mm.geo.scenes.quarantine import Quarantine
from geokr_mm.geo.scenes.scene import Scene


@pytest.fixture
def options(make_raster, cover_codes, tmp_path):
    """Forty scenes of 4 patches, one of 30, one too small for any."""
    rng = np.random.default_rng(2)
    sides = {f's{n:02d}': (16, 16) for n in range(40)}
    sides |= {'s12': (40, 48), 's30': (7, 30)}
    for n, (name, shape) in enumerate(sides.items()):
        pixels = rng.integers(20, 250, (2, *shape)).astype(np.uint8)
        make_raster(
            f'scenes/{name}.tif',
            pixels,
            origin=(500000.0 + n % 8 * 150, 5100000.0 - n // 8 * 150),
        )
    cover = make_raster('map.tif', cover_codes)
    return BuildOptions(
        (str(tmp_path / 'scenes'),), 'worldcover', (cover,), 8,
        str(tmp_path / 'out' / 'i.parquet'), year=2021, grid=2,
    )  # fmt: skip


def content(options):
    with open(options.out, 'rb') as stream:
        return stream.read()


def test_small_scenes_share_jobs_and_large_ones_are_divided(
    options, monkeypatch
):
    sizes = []
    run = build_module.run_scenes

    def counted(map_stack, batch):
        sizes.append([len(part) for part in batch.parts])
        return run(map_stack, batch)

    monkeypatch.setattr(build_module, 'run_scenes', counted)
    bytes_of = {}
    for most in (3, 13, 10_000):
        sizes.clear()
        monkeypatch.setattr(build_module, 'JOB_PATCHES', most)
        build_index(options)
        bytes_of[most] = content(options)
        assert sum(map(sum, sizes)) == 4 * 38 + 30
        assert max(map(sum, sizes)) <= most
    assert len(sizes) == 1 and len(sizes[0]) == 39
    assert len(set(bytes_of.values())) == 1
    index = KnowledgeIndex.open(options.out)
    assert index.column('scene')[[0, 3, 4]].tolist() == ['s00', 's00', 's01']
    for i in (0, 50, 70, 181):
        assert read_patch(index.record(i), verify=True).shape == (2, 8, 8)
    sizes.clear()
    monkeypatch.setattr(build_module, 'JOB_PATCHES', 13)
    build_index(options)
    # 12 scenes of 4 by threes, then 30 in parts, the last with others.
    assert sizes[:8] == [*[[4] * 3] * 4, [13], [13], [4] * 3, [4] * 3]


def test_a_scene_left_out_leaves_its_neighbours(
    options, make_raster, tmp_path
):
    build_index(options)
    every = KnowledgeIndex.open(options.out)
    shutil.copytree(options.scenes[0], tmp_path / 'other')
    make_raster('other/s05.tif', np.zeros((2, 16, 16), np.uint8), nodata=0)
    other = replace(options, scenes=(str(tmp_path / 'other'),))
    summary = build_index(other, max_bad_fraction=0.1)
    assert summary.left_out == {'no_pixels': 1}
    fewer = KnowledgeIndex.open(options.out)
    rest = np.flatnonzero(every.column('scene') != 's05')
    assert len(fewer) == len(rest) == len(every) - 4
    assert np.array_equal(fewer.fractions, every.fractions[rest])
    assert fewer.column('patch_id').tolist() == (
        every.take(rest).column('patch_id').tolist()
    )


def test_what_scenes_have_in_common_is_held_once(options):
    scene = Scene.open(f'{options.scenes[0]}/s00.tif')
    other = Scene.open(f'{options.scenes[0]}/s01.tif')
    sent = pickle.loads(pickle.dumps(other))
    chosen = other.select(['red', 'green'] if 'red' in other.bands else ['b1'])
    assert sent == other and chosen != other
    for one in (other, sent):
        assert one.crs is scene.crs
        assert one.bands is scene.bands and one.sources is scene.sources
    blob = [
        pickle.dumps(replace(scene, name=f's{n}', files=(f'/a/s{n}.tif',)))
        for n in range(500)
    ]
    tracemalloc.start()
    many = [pickle.loads(one) for one in blob]
    size = tracemalloc.get_traced_memory()[0] / len(many)
    tracemalloc.stop()
    assert size < 1000 and len(scene.crs) > 500


def test_bad_files_are_counted_once():
    quarantine = Quarantine(0.2)
    quarantine.files = 10
    bad = {'file': 'a.tif', 'reason': 'damaged', 'message': 'a.tif: bad'}
    quarantine.extend([bad] * 9)
    quarantine.extend([{**bad, 'file': 'b.tif', 'reason': 'no_crs'}])
    with pytest.raises(InputError) as caught:
        quarantine.extend([{**bad, 'file': 'c.tif'}])
    assert str(caught.value) == (
        '3 of 10 scene files cannot be used (damaged: 10, no_crs: 1), more '
        'than --max-bad-fraction 0.2; first: a.tif: bad'
    )


def footer(path):
    with open(path, 'rb') as stream:
        stream.seek(-8, os.SEEK_END)
        return struct.unpack('<I', stream.read(4))[0]


def test_the_footer_grows_by_row_groups_only(options, monkeypatch, tmp_path):
    build_index(options)
    one = footer(options.out)
    index = KnowledgeIndex.open(options.out)
    # As if geometries and CRS were long texts.
    table = index.table
    for name in ('geometry', 'crs'):
        place = table.column_names.index(name)
        values = [f'{n} '.encode() * 900 for n in range(len(table))]
        column = values if name == 'geometry' else [v.decode() for v in values]
        table = table.set_column(place, table.schema.field(name), [column])
    monkeypatch.setattr('geokr_mm.geo.index.writer.GROUP_ROWS', 20)
    path = tmp_path / 'long.parquet'
    write_tables(path, [table], index.metadata, Extent())
    groups = pq.read_metadata(path)
    assert groups.num_row_groups == 10
    assert footer(path) < one + 9 * 6000
    group = groups.row_group(3)
    by_name = {
        group.column(n).path_in_schema: group.column(n)
        for n in range(group.num_columns)
    }
    assert by_name['geometry'].statistics is None
    low = by_name['lon'].statistics.min
    assert low == pytest.approx(index.column('lon')[60:80].min())


def test_a_footer_of_many_megabytes_is_read(tiny_index, tmp_path):
    # Layouts before 5 kept a stretch for each of a million scenes there.
    index = KnowledgeIndex.open(tiny_index)
    command = 'x' * 110_000_000
    path = tmp_path / 'i.parquet'
    metadata = replace(index.metadata, command=command)
    write_tables(path, [index.table], metadata, Extent())
    assert footer(path) > 110_000_000
    again = KnowledgeIndex.open(path)
    assert len(again.metadata.command) == 110_000_000
    assert again.record(5).patch_id == index.record(5).patch_id


def test_a_command_of_a_million_paths_is_stored_short():
    paths = [f's{n}.tif' for n in range(1000)]
    stored = stored_arguments(
        ['--scenes', *paths, '--bands', 'a,b', '--map', 'x=/y/z']
    )
    assert stored == [
        '--scenes', *paths[:100], '...', '--bands', 'a,b', '--map', 'x=z',
    ]  # fmt: skip
    few = ['--scenes', *paths[:100], '--patch-size', '8']
    assert stored_arguments(few) == few
