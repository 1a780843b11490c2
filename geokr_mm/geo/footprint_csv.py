"""Footprints in text tables: WKT, EWKT, hexadecimal WKB, or boxes.

Separators, encodings and names of columns differ from program to program.
What they leave in doubt is refused.
"""

import codecs
import csv
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, InputWarning
from .csv_shapes import box_shapes, find_srid, text_shapes
from .table_names import BOXES, GEOMETRY, GEOMETRY_NAMES

SEPARATORS = (',', ';', '\t', '|')
# For a table of one column: a character that no text holds.
NO_SEPARATOR = '\x1f'
BOMS = (
    (codecs.BOM_UTF8, 'utf-8-sig'),
    (codecs.BOM_UTF16_LE, 'utf-16'),
    (codecs.BOM_UTF16_BE, 'utf-16'),
)
BLOCK = 1 << 20
WKT = re.compile(r'\s*(SRID\s*=\s*\d+\s*;)?\s*(MULTI)?POLYGON\b', re.I)
# What Excel writes above a header.
SEPARATOR_LINE = re.compile(r'sep=(.)\s*', re.I)


@dataclass(frozen=True)
class CsvLayout:
    """How a text table is written.

    Attributes:
        path (str): The file.
        encoding (str): Name of a Python codec.
        separator (str): Between values.
        skipped (int): Lines above the header.
        names (tuple[str, ...]): Its columns.
        geometry (str | None): Column of geometries as text.
        box (tuple[str, ...]): Columns left, bottom, right and top, where
            there is no column of geometries.
    """

    path: str
    encoding: str
    separator: str
    skipped: int
    names: tuple[str, ...]
    geometry: str | None
    box: tuple[str, ...]

    @classmethod
    def read(cls, path: str) -> 'CsvLayout':
        """Find out how a table is written.

        Raises:
            InputError: No text, or no column of footprints, or several.
        """
        encoding = _encoding(path)
        with open(path, encoding=encoding, newline='') as stream:
            first = stream.readline()
            told = SEPARATOR_LINE.fullmatch(first)
            header = stream.readline() if told else first
            sample = stream.readline()
        layouts = [
            cls(path, encoding, s, int(bool(told)), names, geometry, box)
            for s in (told[1] if told else SEPARATORS)
            for names in [_values(header, s)]
            for geometry, box in [_places(path, names, _values(sample, s))]
        ]
        useful = [a for a in layouts if a.geometry or a.box]
        if not useful:
            names = max((a.names for a in layouts), key=len)
            raise InputError(
                f'{path}: needs a column geometry or wkt with polygons as '
                f'WKT, or the columns {", ".join(BOXES[0])}; has '
                f'{", ".join(names)[:200]}'
            )
        best = max(useful, key=lambda a: len(a.names))
        if len(best.names) == 1:
            return replace(best, separator=NO_SEPARATOR)
        return best

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Rows below the header and the line that each begins in."""
        with open(self.path, encoding=self.encoding, newline='') as stream:
            for _ in range(self.skipped):
                stream.readline()
            reader = csv.reader(stream, delimiter=self.separator)
            line, header = self.skipped + 1, True
            for values in reader:
                if any(value.strip() for value in values):
                    if not header:
                        yield line, values
                    header = False
                line = self.skipped + reader.line_num + 1

    def line(self, row: int) -> int:
        """Line of the file that a row begins in."""
        for number, (line, _) in enumerate(self.records()):
            if number == row:
                return line
        raise IndexError(row)

    def srids(self) -> Iterator[tuple[int, int]]:
        """Lines, and the SRIDs that geometries in them tell."""
        if self.geometry is None:
            return
        place = self.names.index(self.geometry)
        for line, values in self.records():
            told = find_srid(values[place]) if place < len(values) else None
            if told:
                yield line, told

    def srid(self) -> int | None:
        """SRID of the first geometry, where it tells one."""
        if self.geometry is None:
            return None
        place = self.names.index(self.geometry)
        for _, values in self.records():
            if len(values) > place and values[place].strip():
                return find_srid(values[place])
        return None


def csv_slices(layout: CsvLayout, rows: int) -> Iterator[Any]:
    """A table with its footprints as WKB, some rows at a time.

    Args:
        layout (CsvLayout): How it is written.
        rows (int): Least number of rows of a slice but the last.

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
                encoding=layout.encoding, skip_rows=layout.skipped
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
            if sum(len(part) for part in held) >= rows:
                yield _with_shapes(layout, pa.concat_tables(held))
                held = []
        if held:
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


def _values(line: str, separator: str) -> tuple[str, ...]:
    return tuple(next(csv.reader([line], delimiter=separator), ()))


def _places(
    path: str, names: tuple[str, ...], sample: tuple[str, ...]
) -> tuple[str | None, tuple[str, ...]]:
    """Columns of footprints: by name, else by what is in the first row."""
    plain = [name.strip().lower() for name in names]
    named = [
        n for n, p in zip(names, plain, strict=True) if p in GEOMETRY_NAMES
    ]
    if not named:
        for box in BOXES:
            if set(box) <= set(plain):
                return None, tuple(names[plain.index(side)] for side in box)
        named = [
            n for n, v in zip(names, sample, strict=False) if WKT.match(v)
        ]
    if len(named) > 1:
        raise InputError(
            f'{path}: several columns of footprints ({", ".join(named)}); '
            'leave one of them'
        )
    return (named[0] if named else None), ()


def _encoding(path: str) -> str:
    """Name of the codec that a text is written in."""
    with open(path, 'rb') as stream:
        block = stream.read(BLOCK)
        for mark, codec in BOMS:
            if block.startswith(mark):
                return codec
        if b'\0' in block or not block.strip():
            what = 'holds other data than text' if block else 'is empty'
            raise InputError(
                f'{path}: {what}; give a table of footprints (GeoParquet, '
                'GeoPackage, CSV with WKT...)'
            )
        decoder = codecs.getincrementaldecoder('utf-8')()
        try:
            while block:
                decoder.decode(block)
                block = stream.read(BLOCK)
            decoder.decode(b'', final=True)
        except UnicodeDecodeError:
            warnings.warn(
                f'{path}: is not UTF-8; read as Latin-1',
                InputWarning,
                stacklevel=3,
            )
            return 'latin-1'
    return 'utf-8'
