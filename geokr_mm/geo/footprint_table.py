"""Tables of footprints that somebody already has, read a slice at a time.

GeoParquet, whatever GDAL reads (GeoPackage, GeoJSON, Shapefile...), and CSV
with a column of WKT or the four columns ``left, bottom, right, top``.
Geometries stay WKB in Arrow columns: a million rows are never a million
Python objects.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from .footprint import parse_crs

# Rows of a slice where the file itself has no row groups.
SLICE_ROWS = 65536
GEOMETRY = 'geometry'
BOX = ('left', 'bottom', 'right', 'top')


@dataclass(frozen=True)
class FootprintTable:
    """An opened table.

    Attributes:
        path (str): The file.
        crs (str): CRS of its geometries as WKT.
        geometry (str): Name of its geometry column.
    """

    path: str
    crs: str
    geometry: str

    @classmethod
    def open(cls, path: str, crs: str | None = None) -> 'FootprintTable':
        """Read what the file says about its geometries.

        Args:
            path (str): The file.
            crs (str): CRS where the file tells none.

        Raises:
            InputError: No such file, no geometries, or no CRS.
        """
        if not Path(path).is_file():
            raise InputError(f'{path}: no such table of footprints')
        told, column = _described(path)
        found = crs or told
        if found is None:
            raise InputError(
                f'{path}: does not tell the CRS of its footprints; give it '
                'with --crs, e.g. --crs EPSG:4326'
            )
        return cls(path, parse_crs(found).to_wkt(), column)

    def slices(self) -> Iterator[Any]:
        """What :meth:`read` takes, in the order of the rows."""
        if _is_parquet(self.path):
            import pyarrow.parquet as pq

            yield from range(pq.read_metadata(self.path).num_row_groups)
        elif self.path.lower().endswith('.csv'):
            yield from _csv_slices(self.path)
        else:
            yield from _vector_slices(self.path)

    def sizes(self) -> list[int] | None:
        """Rows of each slice where that is known beforehand."""
        import pyarrow.parquet as pq

        if not _is_parquet(self.path):
            return None
        about = pq.read_metadata(self.path)
        return [
            about.row_group(n).num_rows for n in range(about.num_row_groups)
        ]

    def read(self, piece: Any) -> Any:
        """One slice as a pyarrow table with a WKB column ``geometry``.

        Args:
            piece: From :meth:`slices`: a row group, or the rows themselves.
        """
        import pyarrow.parquet as pq

        if not isinstance(piece, int):
            return piece
        with pq.ParquetFile(self.path) as source:
            table = source.read_row_group(piece)
        names = [
            GEOMETRY if n == self.geometry else n for n in table.column_names
        ]
        return table.rename_columns(names).replace_schema_metadata(None)


def _is_parquet(path: str) -> bool:
    return path.lower().endswith(('.parquet', '.geoparquet'))


def _described(path: str) -> tuple[str | None, str]:
    """CRS and geometry column that a file tells."""
    import pyarrow
    import pyarrow.parquet as pq

    if path.lower().endswith('.csv'):
        return None, GEOMETRY
    try:
        if not _is_parquet(path):
            import pyogrio

            info = pyogrio.read_info(path)
            return info['crs'], info.get('geometry_name') or 'wkb_geometry'
        stored = pq.read_schema(path).metadata or {}
    except (pyarrow.ArrowException, OSError, RuntimeError) as error:
        raise InputError(
            f'{path}: not a readable table of footprints '
            f'({" ".join(str(error).split())[:120]})'
        ) from None
    if b'geo' not in stored:
        raise InputError(
            f'{path}: a Parquet file without geometries (GeoParquet); write '
            'it with geopandas.GeoDataFrame.to_parquet'
        )
    described = json.loads(stored[b'geo'])
    name = described['primary_column']
    column = described['columns'][name]
    if column['encoding'] != 'WKB':
        raise InputError(
            f'{path}: geometries encoded as {column["encoding"]}; write them '
            'as WKB'
        )
    # GeoParquet without the key means longitude and latitude.
    crs = column.get('crs', 'OGC:CRS84')
    return (json.dumps(crs) if isinstance(crs, dict) else crs), name


def _csv_slices(path: str) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.csv
    import shapely

    rest: list[Any] = []
    try:
        for batch in pa.csv.open_csv(path):
            rest.append(batch)
            if sum(len(b) for b in rest) >= SLICE_ROWS:
                yield _with_shapes(pa.Table.from_batches(rest), path)
                rest = []
        if rest:
            yield _with_shapes(pa.Table.from_batches(rest), path)
    except (pa.ArrowException, shapely.errors.ShapelyError) as error:
        raise InputError(
            f'{path}: not a readable table of footprints '
            f'({" ".join(str(error).split())[:120]})'
        ) from None


def _with_shapes(table: Any, path: str) -> Any:
    """A CSV's WKT or boxes as a WKB column."""
    import pyarrow as pa
    import shapely

    names = table.column_names
    for name in (GEOMETRY, 'wkt', 'WKT'):
        if name in names:
            shapes = shapely.to_wkb(
                shapely.from_wkt(table[name].to_numpy(zero_copy_only=False))
            )
            return table.drop_columns([name]).append_column(
                GEOMETRY, pa.array(shapes, pa.binary())
            )
    if not set(BOX) <= set(names):
        raise InputError(
            f'{path}: needs a column geometry or wkt with polygons as WKT, '
            f'or the columns {", ".join(BOX)}; has {", ".join(names)}'
        )
    sides = [table[name].to_numpy().astype(np.float64) for name in BOX]
    return table.append_column(
        GEOMETRY, pa.array(shapely.to_wkb(shapely.box(*sides)), pa.binary())
    )


def _vector_slices(path: str) -> Iterator[Any]:
    import pyarrow as pa
    import pyogrio

    with pyogrio.open_arrow(path, batch_size=SLICE_ROWS, use_pyarrow=True) as (
        meta,
        reader,
    ):
        name = meta['geometry_name'] or 'wkb_geometry'
        for batch in reader:
            table = pa.Table.from_batches([batch])
            names = [GEOMETRY if n == name else n for n in table.column_names]
            yield table.rename_columns(names).replace_schema_metadata(None)
