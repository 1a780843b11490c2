"""Copies of an index with other labels."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from geokr_mm.errors import InputError
from geokr_mm.geo.index.corrected_labels import spread, write_soft_labels
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex

SOFT = ('soft_fractions', 'grid_soft_fractions')


@pytest.fixture
def index(tiny_index):
    return KnowledgeIndex.open(tiny_index)


@pytest.fixture
def labels(index):
    """Other labels of the patches in use; the first keeps the map's."""
    kept = index.kept()
    found = np.random.default_rng(4).dirichlet(np.full(10, 0.3), len(kept))
    found = found.astype(np.float32)
    found[0] = kept.fractions[0]
    return found


def test_spread_is_the_nearest_with_the_label_as_mean():
    rng = np.random.default_rng(0)
    cells = rng.dirichlet(np.full(4, 0.8), (3, 6))
    cells[1, 2] = 0.0
    valid = rng.uniform(0.2, 1, (3, 6))
    labels = rng.dirichlet(np.full(4, 2.0), 3)
    found = spread(cells, valid, labels).astype(float)
    there = cells.sum(axis=2) > 0
    weight = np.where(there, valid, 0)
    weight = weight / weight.sum(axis=1, keepdims=True)
    mean = (weight[..., None] * found).sum(axis=1)
    np.testing.assert_allclose(mean, labels, atol=1e-3)
    np.testing.assert_allclose(found.sum(axis=2), there, atol=1e-6)
    # Least divergence under both sums: old cells times one factor for the
    # cell and one for the class.
    raised = np.maximum(cells, 1e-3)
    raised /= raised.sum(axis=2, keepdims=True)
    ratio = np.log(found[0] / raised[0])
    ratio = ratio - ratio.mean(axis=1, keepdims=True)
    assert np.abs(ratio - ratio.mean(axis=0)).max() < 1e-5


def test_only_the_soft_labels_differ(index, labels, tiny_index):
    out = tiny_index.with_name('corrected.parquet')
    before = tiny_index.read_bytes()
    write_soft_labels(index, labels, out, 'python tools/x.py')
    assert tiny_index.read_bytes() == before
    copy = KnowledgeIndex.open(out)
    for name in index.table.column_names:
        if name not in SOFT:
            assert copy.table[name].equals(index.table[name]), name
    kept = copy.kept()
    np.testing.assert_array_equal(kept.soft_fractions, labels)
    np.testing.assert_array_equal(
        kept.grid_soft_fractions[0], kept.grid_fractions[0]
    )
    left = np.flatnonzero(~index.column('keep'))
    for name in SOFT:
        assert copy.table[name].take(left) == index.table[name].take(left)
    assert copy.metadata.command.endswith('\npython tools/x.py')
    assert copy.metadata.inputs_hash != index.metadata.inputs_hash
    assert copy.metadata.statistics == index.metadata.statistics
    assert copy.record(0).files == index.record(0).files
    # Geometry stays readable by any GIS.
    assert b'geo' in pq.read_schema(out).metadata
    again = out.with_name('again.parquet')
    write_soft_labels(index, labels, again, 'python tools/x.py')
    assert again.read_bytes() == out.read_bytes()
    out.unlink()
    again.unlink()


def test_a_folder_of_parts_holds_the_same(index, labels, tiny_index):
    out = tiny_index.with_name('parts')
    write_soft_labels(index, labels, f'{out}/', 'x')
    found = KnowledgeIndex.open(out).kept().soft_fractions
    np.testing.assert_array_equal(found, labels)


@pytest.mark.parametrize(
    ('name', 'rows', 'message'),
    [
        ('index.parquet', slice(None), 'is the index itself'),
        ('elsewhere/x.parquet', slice(None), 'must lie in the folder'),
        ('x.parquet', slice(1, None), 'take the index that they were made'),
    ],
)
def test_copies_that_cannot_be_used_are_refused(
    index, labels, tiny_index, name, rows, message
):
    before = sorted(tiny_index.parent.iterdir())
    with pytest.raises(InputError, match=message):
        write_soft_labels(index, labels[rows], tiny_index.parent / name, 'x')
    assert sorted(tiny_index.parent.iterdir()) == before
