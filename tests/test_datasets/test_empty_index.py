"""An index of which nothing can be taught."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geokr_mm.datasets import GeoKRDataset
from geokr_mm.errors import InputError


def rewritten(index, path, change):
    """An index with another table and the same metadata."""
    table = pq.read_table(index)
    pq.write_table(
        change(table).replace_schema_metadata(table.schema.metadata), path
    )
    return path


def rejected(table):
    """All rows are too dark, and the first is empty too."""
    verdicts = [['dark', 'image_nodata']] + [['dark']] * (len(table) - 1)
    for name, values in (
        ('keep', [False] * len(table)),
        ('verdicts', verdicts),
    ):
        place = table.schema.get_field_index(name)
        field = table.schema.field(name)
        table = table.set_column(place, field, pa.array(values, field.type))
    return table


def test_no_patch_was_kept(tiny_index, tmp_path):
    path = rewritten(tiny_index, tmp_path / 'dark.parquet', rejected)
    count = pq.read_table(path).num_rows
    with pytest.raises(InputError) as error:
        GeoKRDataset(index=str(path))
    assert str(error.value).startswith(
        f'{path}: none of {count} patches was kept (rejected as {count} dark, '
        '1 image_nodata); build the index with looser filters'
    )
    assert len(GeoKRDataset(index=str(path), keep_only=False)) == count


def test_no_patch_at_all(tiny_index, tmp_path):
    path = tmp_path / 'none.parquet'
    rewritten(tiny_index, path, lambda table: table.slice(0, 0))
    for keep_only in (True, False):
        with pytest.raises(InputError, match=r'none\.parquet: .*0 patches'):
            GeoKRDataset(index=str(path), keep_only=keep_only)
