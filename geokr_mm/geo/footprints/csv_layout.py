"""How a text table of footprints is written: found out before it is read.

Separators, encodings and names of columns differ from program to program.
What they leave in doubt is refused.
"""

import codecs
import csv
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import shapely

from ...errors import InputError, InputWarning

#: Columns of WKT, EWKT or hexadecimal WKB: geopandas, PostGIS, QGIS, GDAL.
GEOMETRY_NAMES = (
    'geometry', 'geom', 'the_geom', 'wkt', 'ewkt', 'wkt_geom', 'geom_wkt',
    'wkb_geometry', 'st_astext', 'st_asewkt',
)  # fmt: skip
#: Sides of upright boxes, in the order left, bottom, right, top.
BOXES = (
    ('left', 'bottom', 'right', 'top'),
    ('xmin', 'ymin', 'xmax', 'ymax'),
    ('minx', 'miny', 'maxx', 'maxy'),
    ('west', 'south', 'east', 'north'),
)
SEPARATORS = (',', ';', '\t', '|')
# For a table of one column: a character that no text holds.
NO_SEPARATOR = '\x1f'
BOMS = (
    (codecs.BOM_UTF8, 'utf-8-sig'),
    (codecs.BOM_UTF16_LE, 'utf-16'),
    (codecs.BOM_UTF16_BE, 'utf-16'),
)
BLOCK = 1 << 20
# Characters of a value.
LONGEST = (1 << 31) - 1
SRID = r'(?i)^\s*SRID\s*=\s*(?P<srid>\d+)\s*;'
HEXADECIMAL = r'^\s*0[01][0-9A-Fa-f]{8,}\s*$'
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
        separator, skipped, header, sample = _head(path, encoding)
        layouts = [
            cls(path, encoding, s, skipped, names, geometry, box)
            for s in (separator or SEPARATORS)
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
            # Outlines of coasts are longer than what csv allows by itself.
            csv.field_size_limit(LONGEST)
            reader = csv.reader(stream, delimiter=self.separator)
            line, header = self.skipped + 1, True
            try:
                for values in reader:
                    if any(value.strip() for value in values):
                        if not header:
                            yield line, values
                        header = False
                    line = self.skipped + reader.line_num + 1
            except csv.Error as error:
                raise InputError(
                    f'{self.path}: line {line}: {error}'
                ) from None

    def line(self, row: int) -> int:
        """Line of the file that a row begins in."""
        for number, (line, _) in enumerate(self.records()):
            if number == row:
                return line
        raise IndexError(row)

    def srids(self) -> Iterator[tuple[int, int | None]]:
        """Line and SRID of each geometry; None where it has none."""
        if self.geometry is None:
            return
        place = self.names.index(self.geometry)
        for line, values in self.records():
            if place < len(values) and values[place].strip():
                yield line, _find_srid(values[place])

    def srid(self) -> int | None:
        """SRID of the first geometry."""
        return next((srid for _, srid in self.srids()), None)


def _find_srid(text: str) -> int | None:
    """SRID of a geometry as EWKT or hexadecimal EWKB."""
    stated = re.match(SRID, text)
    if stated:
        return int(stated['srid']) or None
    if re.match(HEXADECIMAL, text):
        shape = shapely.from_wkb(text.strip(), on_invalid='ignore')
        return int(shapely.get_srid(shape)) or None if shape else None
    return None


def _head(path: str, encoding: str) -> tuple[str, int, str, str]:
    """Separator where a line states it, lines to skip, header, first row."""
    with open(path, encoding=encoding, newline='') as stream:
        lines = enumerate(stream, 1)
        written = [*islice((n for n in lines if n[1].strip()), 3), (0, '')]
    number, first = written[0]
    stated = SEPARATOR_LINE.fullmatch(first)
    if stated:
        return stated[1], number, written[1][1], written[2][1]
    return '', 0, first, written[1][1]


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
    """Name of the codec of a text."""
    with open(path, 'rb') as stream:
        block = stream.read(BLOCK)
        for mark, codec in BOMS:
            if block.startswith(mark):
                return codec
        if b'\0' in block or not block.strip():
            binary = b'\0' in block
            what = 'holds other data than text' if binary else 'is empty'
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
