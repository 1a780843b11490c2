"""Tables of footprints that somebody already has, read a slice at a time.

GeoParquet, whatever GDAL reads (GeoPackage, GeoJSON, Shapefile...), and text
tables (:mod:`.footprint_csv`). Geometries stay WKB in Arrow columns: a million
rows are never a million Python objects.
"""

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError
from .crs import crs_fault, crs_name, parse_crs, require_place, same_place
from .footprint_csv import CsvLayout, csv_slices
from .polygons import Polygons, pole_faults
from .quadrilaterals import four_cornered
from .table_names import GEOMETRY
from .wkb import wkb_polygons

# Rows of a slice where the file itself has no row groups.
SLICE_ROWS = 65536
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
        """Read what the file says about its geometries.

        Args:
            path (str): The file.
            crs (str): CRS where the file tells none.
            layer (str): Layer of a file with several.
            invalid (str): See the class.

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
            told, column = (f'EPSG:{srid}' if srid else None), GEOMETRY
        elif _is_parquet(path):
            told, column = _parquet_geometry(path)
        else:
            layer = _one_layer(path, layer)
            told, column = _vector_crs(path, layer), GEOMETRY
        found = _one_crs(path, told, crs)
        return cls(path, found, column, layer, invalid, layout)

    def slices(self) -> Iterator[Any]:
        """What :meth:`read` takes, in the order of the rows."""
        if self.layout is not None:
            for table, faults, srids in csv_slices(self.layout, SLICE_ROWS):
                self._require_srids(srids)
                yield Slice(table, faults)
        elif _is_parquet(self.path):
            import pyarrow.parquet as pq

            yield from range(pq.read_metadata(self.path).num_row_groups)
        else:
            for table, name in _vector_slices(self.path, self.layer):
                yield Slice(_named(table, name, self.path), {})

    def sizes(self) -> list[int] | None:
        """Rows of each slice where that is known beforehand."""
        import pyarrow.parquet as pq

        if not _is_parquet(self.path):
            return None
        about = pq.read_metadata(self.path)
        return [
            about.row_group(n).num_rows for n in range(about.num_row_groups)
        ]

    def read(self, piece: Any) -> Slice:
        """One slice.

        Args:
            piece: From :meth:`slices`: a row group, or the rows themselves.
        """
        import pyarrow
        import pyarrow.parquet as pq

        if not isinstance(piece, int):
            return Slice(*piece)
        try:
            with pq.ParquetFile(self.path) as source:
                table = source.read_row_group(piece)
        except (pyarrow.ArrowException, OSError) as error:
            raise _unreadable(self.path, error) from None
        return Slice(_named(table, self.geometry, self.path), {})

    def footprints(self, table: Any, grid: int = 1) -> Polygons:
        """What the kernel measures of some rows.

        Args:
            table (pyarrow.Table): Rows of :meth:`read`.
            grid (int): Cells along a side; more than one need four corners,
                which are brought into order.
        """
        found = wkb_polygons(table[GEOMETRY])
        found = found.without(pole_faults(found, self.crs))
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


def _is_parquet(path: str) -> bool:
    return path.lower().endswith(('.parquet', '.geoparquet'))


def _unreadable(path: str, error: Exception) -> InputError:
    return InputError(
        f'{path}: not a readable table of footprints '
        f'({" ".join(str(error).split())[:120]})'
    )


def _one_crs(path: str, told: str | None, given: str | None) -> str:
    """WKT of the CRS that a file tells or a user gives."""
    fault = crs_fault(told) if told else None
    if given:
        require_place(given, '--crs')
        if told and fault is None and not same_place(told, given):
            raise InputError(
                f'{path}: footprints are in {crs_name(parse_crs(told))}, but '
                f'--crs is {given[:80]}; leave --crs out, or mend the table'
            )
        return str(parse_crs(given).to_wkt())
    if fault is not None:
        raise InputError(f'{path}: {fault}, with --crs')
    if told is None:
        raise InputError(
            f'{path}: does not tell the CRS of its footprints; give it with '
            '--crs, e.g. --crs EPSG:4326'
        )
    return str(parse_crs(told).to_wkt())


def _parquet_geometry(path: str) -> tuple[str | None, str]:
    """CRS and geometry column that a GeoParquet file tells."""
    import pyarrow
    import pyarrow.parquet as pq

    try:
        stored = pq.read_schema(path).metadata or {}
    except (pyarrow.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None
    if b'geo' not in stored:
        raise InputError(
            f'{path}: a Parquet file without geometries (GeoParquet); write '
            'it with geopandas.GeoDataFrame.to_parquet'
        )
    try:
        described = json.loads(stored[b'geo'])
        name = described['primary_column']
        column = described['columns'][name]
        encoding = column['encoding']
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f'{path}: damaged description of its geometries (GeoParquet); '
            'write it with geopandas.GeoDataFrame.to_parquet'
        ) from None
    if encoding != 'WKB':
        raise InputError(
            f'{path}: geometries encoded as {encoding}; write them as WKB'
        )
    # GeoParquet without the key means longitude and latitude.
    crs = column.get('crs', 'OGC:CRS84')
    return (json.dumps(crs) if isinstance(crs, dict) else crs), name


def _one_layer(path: str, wanted: str | None) -> str:
    """The layer of a vector file that holds footprints."""
    import pyogrio

    try:
        listed = pyogrio.list_layers(path).tolist()
    except (OSError, RuntimeError) as error:
        raise _unreadable(path, error) from None
    names = [str(name) for name, kind in listed if kind is not None]
    if not names:
        raise InputError(f'{path}: no layer with geometries')
    if wanted is not None and wanted not in names:
        raise InputError(
            f'{path}: no layer {wanted!r} with geometries; there are '
            f'{", ".join(names)[:200]}'
        )
    if wanted is None and len(names) > 1:
        raise InputError(
            f'{path}: several layers ({", ".join(names)[:200]}); choose one '
            f'with --layer, e.g. --layer {names[0]}'
        )
    return wanted or names[0]


def _vector_crs(path: str, layer: str) -> str | None:
    """CRS that GDAL tells."""
    import pyogrio

    try:
        crs: str | None = pyogrio.read_info(path, layer=layer)['crs']
    except (OSError, RuntimeError) as error:
        raise _unreadable(path, error) from None
    return crs


def _vector_slices(path: str, layer: str | None) -> Iterator[tuple[Any, str]]:
    """Some rows at a time, and the name of their geometry column."""
    import pyarrow as pa
    import pyogrio

    try:
        with pyogrio.open_arrow(
            path, layer=layer, batch_size=SLICE_ROWS, use_pyarrow=True
        ) as (about, reader):
            name = about['geometry_name'] or 'wkb_geometry'
            batches = iter(reader)
            while True:
                with warnings.catch_warnings():
                    # Such rows are named when they are looked at.
                    warnings.filterwarnings('ignore', 'Non closed ring')
                    batch = next(batches, None)
                if batch is None:
                    break
                yield pa.Table.from_batches([batch]), name
    except (pa.ArrowException, OSError, RuntimeError) as error:
        raise _unreadable(path, error) from None
