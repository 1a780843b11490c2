"""Writing an index from rows that come a few at a time."""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..core.atomic_output import (
    not_written,
    part_name,
    replace_file,
    replace_folder,
    write_head,
)
from ..core.crs import parse_crs
from .schema import METADATA_KEY, IndexMetadata, make_table, schema

# Rows of a row group: what a reader takes in at once, whatever jobs made it.
GROUP_ROWS = 65536
# Rows of a file where an index is a folder of several.
PART_ROWS = 131072


class Extent:
    """Bounding box and geometry types of rows, for GeoParquet."""

    def __init__(self) -> None:
        self.box: list[float] = []
        self.kinds: set[str] = set()

    def add(self, table: Any) -> None:
        """Take in the rows of a table with WKB geometries."""
        import shapely

        shapes = shapely.from_wkb(table['geometry'].to_numpy())
        # Empty ones, as around a pole, have no place.
        shapes = shapes[~shapely.is_empty(shapes)]
        if not len(shapes):
            return
        _, some = np.unique(shapely.get_type_id(shapes), return_index=True)
        self.kinds |= {str(shapes[n].geom_type) for n in some}
        box = shapely.total_bounds(shapes)
        if self.box:
            box[:2] = np.minimum(box[:2], self.box[:2])
            box[2:] = np.maximum(box[2:], self.box[2:])
        self.box = box.tolist()

    def to_json(self) -> bytes:
        """GeoParquet's description of the rows."""
        return geo_metadata('EPSG:4326', sorted(self.kinds), self.box)


def geo_metadata(
    crs: str, kinds: Sequence[str], box: Sequence[float]
) -> bytes:
    """The value of GeoParquet's key ``geo`` for a column ``geometry``.

    ``kinds`` are the types of its geometries, sorted; ``box`` is left,
    bottom, right and top of all, or nothing.
    """
    column: dict[str, Any] = {
        'encoding': 'WKB',
        'geometry_types': list(kinds),
        'crs': parse_crs(crs).to_json_dict(),
    }
    if len(box):
        column['bbox'] = np.round(box, 9).tolist()
    described = {
        'version': '1.0.0',
        'primary_column': 'geometry',
        'columns': {'geometry': column},
    }
    return json.dumps(described, sort_keys=True).encode()


def write_index(
    path: str | Path, columns: dict[str, Any], metadata: IndexMetadata
) -> None:
    """Write an index whole or not at all; see :func:`write_tables`."""
    table = make_table(columns)
    extent = Extent()
    extent.add(table)
    write_tables(path, [table], metadata, extent)


def write_tables(
    path: str | Path,
    tables: Iterable[Any],
    metadata: IndexMetadata,
    extent: Extent,
) -> None:
    """Write the rows of several tables as one index.

    Raises:
        InputError: The disk is full or the folder cannot be written; what
            was there before is unchanged.
    """
    import pyarrow.parquet as pq

    head = schema().with_metadata(
        {b'geo': extent.to_json(), METADATA_KEY: metadata.to_json()}
    )

    def write(stream: BinaryIO) -> None:
        with pq.ParquetWriter(
            stream, head, compression='zstd', write_statistics=ranged()
        ) as writer:
            for table in regrouped(tables, GROUP_ROWS):
                writer.write_table(table.cast(head))

    replace_file(Path(path), write)


def write_parts(
    path: Path, draft: Path, tables: Iterable[Any], metadata: IndexMetadata
) -> None:
    """Write an index as a folder of parts, whole or not at all.

    Raises:
        InputError: The disk is full or the folder cannot be written.
    """
    import pyarrow.parquet as pq

    parts: list[dict[str, Any]] = []
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for table in regrouped(tables, PART_ROWS):
            extent = Extent()
            extent.add(table)
            name = part_name(len(parts))
            columns = schema().with_metadata({b'geo': extent.to_json()})
            pq.write_table(
                table.cast(columns),
                draft / name,
                compression='zstd',
                write_statistics=ranged(),
            )
            parts.append(
                {'name': name, 'rows': len(table), 'bbox': extent.box}
            )
        head = {
            'kind': 'index',
            'metadata': json.loads(metadata.to_json()),
            'parts': parts,
        }
        write_head(draft, head)
    except OSError as error:
        raise not_written(path, error) from None
    replace_folder(draft, path)


def ranged() -> list[str]:
    """Columns whose least and largest value the footer holds.

    Those of geometries, lists and long texts mean nothing and may be large.
    """
    import pyarrow as pa

    return [
        field.name
        for field in schema()
        if not pa.types.is_nested(field.type)
        and field.name not in ('geometry', 'crs')
    ]


def regrouped(tables: Iterable[Any], rows: int) -> Iterator[Any]:
    """The same rows in tables of ``rows`` each, the last one shorter.

    So that a file's bytes do not depend on how its rows came in.
    """
    import pyarrow as pa

    held: list[Any] = []
    count = 0
    for table in tables:
        held.append(table)
        count += len(table)
        while count >= rows:
            whole = pa.concat_tables(held)
            yield whole.slice(0, rows).combine_chunks()
            held, count = [whole.slice(rows)], count - rows
    if count:
        yield pa.concat_tables(held).combine_chunks()
