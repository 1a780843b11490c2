"""Footprints in text tables: WKT, EWKT, hexadecimal WKB, or boxes."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ...errors import InputError
from ..geometry.wkb import read_shapes
from ..index.writer import regrouped
from .csv_layout import HEXADECIMAL, SRID, CsvLayout
from .vector_files import GEOMETRY, unreadable

# Read at once: no outline may be longer.
BLOCK_BYTES = 1 << 24
#: What programs write where there is nothing.
NOTHING = ('', 'null', 'none', 'nan', r'\n')
#: Geometries (N,), None where there is none, and what is wrong with rows.
Shapes = tuple[NDArray[Any], dict[int, str]]


def csv_slices(layout: CsvLayout, rows: int) -> Iterator[Any]:
    """A table with its footprints as WKB, ``rows`` at a time.

    Yields:
        tuple: A pyarrow table with the column ``geometry``; what is wrong
        with rows that have none, by number in the slice; and the SRIDs of
        its geometries.

    Raises:
        InputError: A row with more or fewer values than columns.
    """
    import pyarrow as pa
    import pyarrow.csv

    texts = [layout.geometry] if layout.geometry else list(layout.box)
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
        read = (pa.Table.from_batches([batch]) for batch in reader)
        for table in regrouped(map(_without_blank_rows, read), rows):
            yield _with_shapes(layout, table)
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
    return unreadable(layout.path, error)


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

    if layout.geometry:
        (shapes, faults), srids = _text_shapes(table[layout.geometry])
        table = table.drop_columns([layout.geometry])
    else:
        sides = [table[name].to_pylist() for name in layout.box]
        shapes, faults = _box_shapes(sides, layout)
        srids = set()
    stored = shapely.to_wkb(shapes, flavor='iso')
    table = table.append_column(GEOMETRY, pa.array(stored, pa.binary()))
    return table, faults, srids


def _text_shapes(column: Any) -> tuple[Shapes, set[int]]:
    """Geometries from a column of text, and all their SRIDs."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = pc.utf8_trim_whitespace(
        pc.replace_substring_regex(column, pattern=SRID, replacement='')
    )
    stated = pc.struct_field(pc.extract_regex(column, pattern=SRID), 'srid')
    srids = {int(text) for text in pc.unique(stated).drop_null().to_pylist()}
    texts = bare.to_numpy(zero_copy_only=False).astype(object)
    nothing = pa.array(NOTHING, pa.string())
    blank = pc.is_in(pc.utf8_lower(bare), value_set=nothing)
    texts[blank.to_numpy()] = None
    coded = pc.match_substring_regex(bare, HEXADECIMAL).fill_null(False)
    codes = np.flatnonzero(coded.to_numpy())
    if not len(codes):
        return read_shapes(shapely.from_wkt, texts), srids
    shapes = np.full(len(texts), None, object)
    faults: dict[int, str] = {}
    words = np.setdiff1d(np.arange(len(texts)), codes)
    for which, read in ((codes, shapely.from_wkb), (words, shapely.from_wkt)):
        shapes[which], wrong = read_shapes(read, texts[which])
        faults |= {int(which[n]): fault for n, fault in wrong.items()}
    srids |= set(shapely.get_srid(shapes[codes]).tolist())
    return (shapes, faults), srids


def _box_shapes(sides: Sequence[Any], layout: CsvLayout) -> Shapes:
    """Upright boxes from text: left, bottom, right and top."""
    # A comma is a decimal one where another character separates values.
    point = ',' if layout.separator == ',' else '.'
    texts = [
        [(text or '').strip().replace(',', point) for text in side]
        for side in sides
    ]
    values = np.array([[_number(text) for text in side] for side in texts])
    left, bottom, right, top = values
    good = np.isfinite(values).all(axis=0) & (left < right) & (bottom < top)
    shapes = np.full(len(left), None, object)
    shapes[good] = shapely.box(*values[:, good])
    faults = {}
    for n in np.flatnonzero(~good).tolist():
        row = dict(zip(layout.box, (side[n] for side in texts), strict=True))
        faults[n] = _box_fault(row, values[:, n])
    return shapes, faults


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _box_fault(row: dict[str, str], values: NDArray[np.float64]) -> str:
    """What is wrong with a box."""
    for (name, text), value in zip(row.items(), values, strict=True):
        if text == '':
            return f'has no {name}'
        if not np.isfinite(value):
            return f'has {name} {text[:40]!r}, which is no number'
    names = list(row)
    axis = 0 if values[0] >= values[2] else 1
    low, high = names[axis], names[axis + 2]
    return f'has {low} {row[low]}, not below {high} {row[high]}'
