"""Footprints in text tables: WKT, EWKT, hexadecimal WKB, or boxes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .column_names import GEOMETRY
from .csv_layout import CsvLayout
from .csv_shapes import box_shapes, text_shapes

# Read at once: no outline may be longer.
BLOCK_BYTES = 1 << 24


def csv_slices(layout: CsvLayout, rows: int) -> Iterator[Any]:
    """A table with its footprints as WKB, some rows at a time.

    Args:
        layout (CsvLayout): How it is written.
        rows (int): Rows of a slice; the last one has fewer.

    Yields:
        tuple: A pyarrow table with the column ``geometry``; what is wrong
        with rows that have none, by number in the slice; and the SRIDs that
        its geometries tell.

    Raises:
        InputError: A row with more or fewer values than columns.
    """
    import pyarrow as pa
    import pyarrow.csv

    texts = [layout.geometry] if layout.geometry else list(layout.box)
    held: list[Any] = []
    try:
        reader = pa.csv.open_csv(
            layout.path,
            pa.csv.ReadOptions(
                encoding=layout.encoding,
                skip_rows=layout.skipped,
                block_size=BLOCK_BYTES,
            ),
            pa.csv.ParseOptions(
                delimiter=layout.separator, newlines_in_values=True
            ),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(texts, pa.string())
            ),
        )
        for batch in reader:
            held.append(_without_blank_rows(pa.Table.from_batches([batch])))
            while sum(len(part) for part in held) >= rows:
                whole = pa.concat_tables(held)
                yield _with_shapes(layout, whole.slice(0, rows))
                held = [whole.slice(rows)]
        if sum(len(part) for part in held):
            yield _with_shapes(layout, pa.concat_tables(held))
    except (pa.ArrowException, UnicodeError) as error:
        raise _broken(layout, error) from None


def _broken(layout: CsvLayout, error: Exception) -> InputError:
    """Why a table cannot be read, with the line."""
    width = len(layout.names)
    for line, values in layout.records():
        if len(values) != width:
            return InputError(
                f'{layout.path}: line {line}: {len(values)} values for '
                f'{width} columns; put values that hold the separator '
                f'{layout.separator!r} into double quotes'
            )
    return InputError(
        f'{layout.path}: not a readable table of footprints '
        f'({" ".join(str(error).split())[:120]})'
    )


def _without_blank_rows(table: Any) -> Any:
    """Rows in which something is written."""
    import pyarrow as pa
    import pyarrow.compute as pc

    written: NDArray[np.bool_] = np.zeros(len(table), np.bool_)
    for column in table.columns:
        if pa.types.is_string(column.type):
            full = pc.not_equal(pc.utf8_trim_whitespace(column), '')
        else:
            full = column.is_valid()
        written |= full.fill_null(False).to_numpy()
    return table if written.all() else table.filter(pa.array(written))


def _with_shapes(
    layout: CsvLayout, table: Any
) -> tuple[Any, dict[int, str], set[int]]:
    import pyarrow as pa
    import shapely

    if layout.geometry:
        shapes, faults, srids = text_shapes(table[layout.geometry])
        table = table.drop_columns([layout.geometry])
    else:
        sides = [table[name] for name in layout.box]
        shapes, faults = box_shapes(sides, layout.box, layout.separator)
        srids = set()
    stored = shapely.to_wkb(shapes, flavor='iso')
    table = table.append_column(GEOMETRY, pa.array(stored, pa.binary()))
    return table, faults, srids
