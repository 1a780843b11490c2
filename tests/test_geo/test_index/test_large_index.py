"""A large index opens in little memory."""

import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geokr_mm.geo import KnowledgeIndex
from geokr_mm.geo.index.schema import METADATA_KEY

MEASURE = """
import resource, sys
from geokr_mm.geo import KnowledgeIndex
import pyarrow.parquet, pyarrow.dataset
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
index = KnowledgeIndex.open(sys.argv[1])
kept = index.kept()
index.fractions, kept.column('lon')
few = kept.take([0, 7, len(kept) - 1])
print(len(index), len(kept), few.record(2).patch_id)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) // 1024)
"""


@pytest.fixture(scope='module')
def large(tiny_index, tmp_path_factory):
    """The tiny index over and over, 100,000 rows of 4 x 4 cells."""
    table = pq.read_table(tiny_index)
    count, rows = len(table), 100_000
    rng = np.random.default_rng(0)
    for name, width in (('grid_fractions', 160), ('grid_valid', 16)):
        cells = pa.array(list(rng.random((count, width), np.float32)))
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), cells)
    meta = {**json.loads(table.schema.metadata[METADATA_KEY]), 'grid': 4}
    table = table.replace_schema_metadata(
        {**table.schema.metadata, METADATA_KEY: json.dumps(meta).encode()}
    )
    path = tmp_path_factory.mktemp('large') / 'index.parquet'
    with pq.ParquetWriter(path, table.schema, compression='lz4') as sink:
        for _ in range(rows // count):
            sink.write_table(table)
        sink.write_table(table.slice(0, rows % count))
    return path


def test_many_rows_open_in_little_memory(large, tiny_index, repo):
    done = subprocess.run(
        [sys.executable, '-c', MEASURE, str(large)],
        capture_output=True, text=True, check=True, cwd=repo,
        env={'PYTHONPATH': str(repo), 'OMP_NUM_THREADS': '1'},
    )  # fmt: skip
    rows, mebibytes = done.stdout.splitlines()
    small = KnowledgeIndex.open(tiny_index)
    keep = small.column('keep')
    whole, rest = divmod(100_000, len(small))
    kept = whole * keep.sum() + keep[:rest].sum()
    assert rows.split()[:2] == ['100000', str(kept)]
    # As Python objects they take 1 GB; the cells alone are 64 MB.
    assert int(mebibytes) < 400


def test_rows_can_be_taken(tiny_index):
    index = KnowledgeIndex.open(tiny_index)
    some = index.take([1, 5, 8])
    assert np.array_equal(some.grid_fractions, index.grid_fractions[[1, 5, 8]])
    assert some.record(2).patch_id == index.record(8).patch_id
    assert (
        some.frame['lon'].tolist() == index.column('lon')[[1, 5, 8]].tolist()
    )
