"""Tables of footprints, read a slice at a time.

GeoParquet, whatever GDAL reads (GeoPackage, GeoJSON, Shapefile...), and text
tables (:mod:`.csv_table`). Geometries stay WKB in Arrow columns: a million
rows are never a million Python objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import InputError
from ..core.crs import (
    crs_fault,
    crs_name,
    parse_crs,
    require_place,
    same_place,
)
from ..geometry.polygons import Polygons, on_globe
from ..geometry.quadrilaterals import four_cornered
from ..geometry.wkb import wkb_polygons
from .csv_layout import CsvLayout
from .csv_table import csv_slices
from .vector_files import (
    GEOMETRY,
    SLICE_ROWS,
    is_parquet,
    one_layer,
    parquet_geometry,
    unreadable,
    vector_crs,
    vector_slices,
)

TEXT_SUFFIXES = ('.csv', '.tsv', '.txt')


class Slice(NamedTuple):
    """Some rows of a table.

    Attributes:
        table (pyarrow.Table): With a WKB column ``geometry``.
        faults (dict[int, str]): What is known to be wrong with geometries,
            by number in the slice.
    """

    table: Any
    faults: dict[int, str]


@dataclass(frozen=True)
class FootprintTable:
    """An opened table.

    Attributes:
        path (str): The file.
        crs (str): CRS of its geometries as WKT.
        geometry (str): Name of the geometry column of a GeoParquet file.
        layer (str | None): Layer of a file that has several.
        invalid (str): What to do with rows that are no footprints:
            ``'error'`` or ``'empty'``.
        layout (CsvLayout | None): How a text table is written.
    """

    path: str
    crs: str
    geometry: str
    layer: str | None = None
    invalid: str = 'error'
    layout: CsvLayout | None = None

    @classmethod
    def open(
        cls,
        path: str,
        crs: str | None = None,
        layer: str | None = None,
        invalid: str = 'error',
    ) -> 'FootprintTable':
        """Read the file's description of its geometries.

        Raises:
            InputError: No such file, no geometries, or no CRS.
        """
        if not Path(path).is_file():
            hint = '; give one file of them' if Path(path).is_dir() else ''
            raise InputError(f'{path}: no such table of footprints{hint}')
        layout = None
        if path.lower().endswith(TEXT_SUFFIXES):
            layout = CsvLayout.read(path)
            srid = layout.srid()
            stated, column = (f'EPSG:{srid}' if srid else None), GEOMETRY
        elif is_parquet(path):
            stated, column = parquet_geometry(path)
        else:
            layer = one_layer(path, layer)
            stated, column = vector_crs(path, layer), GEOMETRY
        found = _one_crs(path, stated, crs)
        return cls(path, found, column, layer, invalid, layout)

    def slices(self) -> Iterator[Any]:
        """What :meth:`read` takes, in the order of the rows."""
        if self.layout is not None:
            for table, faults, srids in csv_slices(self.layout, SLICE_ROWS):
                self._require_srids(srids)
                yield Slice(table, faults)
        elif is_parquet(self.path):
            import pyarrow.parquet as pq

            yield from range(pq.read_metadata(self.path).num_row_groups)
        else:
            for table, name in vector_slices(self.path, self.layer):
                yield Slice(_named(table, name, self.path), {})

    def sizes(self) -> list[int] | None:
        """Rows of each slice where that is known beforehand."""
        import pyarrow.parquet as pq

        if not is_parquet(self.path):
            return None
        about = pq.read_metadata(self.path)
        return [
            about.row_group(n).num_rows for n in range(about.num_row_groups)
        ]

    def read(self, part: Any) -> Slice:
        """One slice of :meth:`slices`: a row group, or the rows themselves."""
        import pyarrow
        import pyarrow.parquet as pq

        if not isinstance(part, int):
            return Slice(*part)
        try:
            with pq.ParquetFile(self.path) as source:
                table = source.read_row_group(part)
        except (pyarrow.ArrowException, OSError) as error:
            raise unreadable(self.path, error) from None
        return Slice(_named(table, self.geometry, self.path), {})

    def footprints(self, table: Any, grid: int = 1) -> Polygons:
        """Some rows as footprints.

        Several cells along a side need four corners, which are brought into
        order.
        """
        found = on_globe(wkb_polygons(table[GEOMETRY]), self.crs)
        return four_cornered(found, upright=True) if grid > 1 else found

    def row_name(self, row: int) -> str:
        """How to name a row: its line in a text, else its number."""
        if self.layout is None:
            return f'row {row}'
        return f'line {self.layout.line(row)}'

    def _require_srids(self, srids: set[int]) -> None:
        """All geometries of a text table are in its CRS."""
        assert self.layout is not None
        for srid in sorted(srids - {0}):
            if not same_place(f'EPSG:{srid}', self.crs):
                line = next(n for n, s in self.layout.srids() if s == srid)
                raise InputError(
                    f'{self.path}: line {line}: SRID {srid}, but the '
                    f'footprints are in {crs_name(parse_crs(self.crs))}; '
                    'bring all to one CRS'
                )


def _named(table: Any, geometry: str, path: str) -> Any:
    """The same table with its geometries in the column ``geometry``."""
    names = [GEOMETRY if n == geometry else n for n in table.column_names]
    if names.count(GEOMETRY) > 1:
        raise InputError(
            f'{path}: footprints are in the column {geometry!r}, and there is '
            f'another one called {GEOMETRY!r}; rename or drop it'
        )
    return table.rename_columns(names).replace_schema_metadata(None)


def _one_crs(path: str, stated: str | None, given: str | None) -> str:
    """WKT of the CRS that a file has or a user gives."""
    fault = crs_fault(stated) if stated else None
    if given:
        require_place(given, '--crs')
        if stated and fault is None and not same_place(stated, given):
            name = crs_name(parse_crs(stated))
            raise InputError(
                f'{path}: footprints are in {name}, but --crs is '
                f'{given[:80]}; leave --crs out, or mend the table'
            )
        return str(parse_crs(given).to_wkt())
    if fault is not None:
        raise InputError(f'{path}: {fault}, with --crs')
    if stated is None:
        raise InputError(
            f'{path}: lacks the CRS of its footprints; give it with '
            '--crs, e.g. --crs EPSG:4326'
        )
    return str(parse_crs(stated).to_wkt())
