"""A large index is a memory-mapped copy, of the same rows."""

import os
import pickle

import numpy as np
import pyarrow as pa
import pytest

from geokr_mm.geo import KnowledgeIndex
from geokr_mm.geo.index import mapped, reader, writer
from geokr_mm.geo.index.lists import ListRows
from geokr_mm.geo.index.writer import Extent, write_parts, write_tables


@pytest.fixture
def place(tiny_index, tmp_path, monkeypatch):
    """A copy of the tiny index, which counts as large."""
    index = KnowledgeIndex.open(tiny_index)
    monkeypatch.setattr(mapped, 'MAPPED_BYTES', 1)
    monkeypatch.setattr(reader, 'BATCH_ROWS', 7)
    path = tmp_path / 'index.parquet'
    write_tables(path, [index.table], index.metadata, Extent())
    return path


def test_rows_are_those_of_the_index_itself(place, tiny_index):
    plain = KnowledgeIndex.open(tiny_index).kept()
    before = pa.total_allocated_bytes()
    index = KnowledgeIndex.open(place).kept()
    assert place.with_name('.index.parquet.arrow').is_file()
    assert index._table['grid_fractions'].num_chunks == -(
        -len(index._table) // 7
    )
    # Cells are not held.
    assert pa.total_allocated_bytes() - before < 4 * len(index._table) * 40
    assert index.table.equals(plain.table)
    for name in ('fractions', 'grid_fractions', 'grid_valid'):
        assert np.array_equal(getattr(index, name), getattr(plain, name))
        assert np.array_equal(
            index.lists(name)[len(plain) - 1], getattr(plain, name)[-1]
        )
    for row in (0, 8, len(plain) - 1):
        one, other = index.record(row), plain.record(row)
        assert one.patch_id == other.patch_id and one.crc32 == other.crc32
        assert one.window == other.window and one.sources == other.sources
        assert np.array_equal(one.low, other.low)
        assert np.array_equal(one.grid_fractions, other.grid_fractions)
    codes, names = index.codes('scene'), plain.column('scene')
    assert len(set(codes)) == len(set(names)) == len(plain.distinct('scene'))
    assert all(len(set(names[codes == code])) == 1 for code in set(codes))


def test_an_index_in_parts_is_mapped(place, tiny_index, tmp_path, monkeypatch):
    plain = KnowledgeIndex.open(tiny_index)
    monkeypatch.setattr(writer, 'PART_ROWS', 10)
    folder = tmp_path / 'parts'
    write_parts(folder, tmp_path / 'new', [plain.table], plain.metadata)
    index = KnowledgeIndex.open(folder)
    assert (tmp_path / '.parts.arrow').is_file()
    assert index.table.equals(plain.table)


def test_the_copy_is_made_anew_for_another_index(place, tiny_index):
    plain = KnowledgeIndex.open(tiny_index)
    copy = place.with_name('.index.parquet.arrow')
    KnowledgeIndex.open(place)
    first = copy.stat().st_mtime_ns
    KnowledgeIndex.open(place)
    assert copy.stat().st_mtime_ns == first
    few = plain.take([3, 1]).table
    write_tables(place, [few], plain.metadata, Extent())
    assert KnowledgeIndex.open(place).table.equals(few)
    copy.write_bytes(copy.read_bytes()[:1000])
    assert KnowledgeIndex.open(place).table.equals(few)


def test_other_processes_map_it_too(place):
    index = KnowledgeIndex.open(place).take([5, 2])
    travelled = pickle.dumps(index)
    assert len(travelled) < 1000
    copy = pickle.loads(travelled)
    assert copy.record(1).patch_id == index.record(1).patch_id
    assert np.array_equal(copy.grid_fractions, index.grid_fractions)


def test_a_full_disk_leaves_it_in_memory(
    place, tiny_index, caplog, monkeypatch
):
    def full(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'replace', full)
    index = KnowledgeIndex.open(place)
    assert index.table.equals(KnowledgeIndex.open(tiny_index).table)
    assert 'held in memory' in caplog.text and 'No space' in caplog.text


def test_null_rows_take_the_other_column():
    kind = pa.list_(pa.float32())
    plain = pa.chunked_array([[[1, 0], [0, 1]], [[0.5, 0.5]]], kind)
    soft = pa.chunked_array([[None, [0.2, 0.8]], [[0.4, 0.6]]], kind)
    rows = np.array([2, 0, 1, 0])
    expected = np.float32([[0.4, 0.6], [1, 0], [0.2, 0.8], [1, 0]])
    found = ListRows(soft, (2,), rows, ListRows(plain, (2,), rows))
    assert np.array_equal(found.all(), expected)
    assert np.array_equal([found[n] for n in range(4)], expected)
    whole = ListRows(soft, (2,), None, ListRows(plain, (2,)))
    assert np.array_equal(whole.all()[rows], expected)
