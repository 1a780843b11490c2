"""Places of images: from a table or from the images themselves."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import InputError
from ..geo.core.crs import transformer
from ..geo.core.raster import open_raster
from .convert import Job
from .lists import Indices

#: Table beside the images: path, lon and lat in degrees.
TABLE = 'places.csv'
# Side of a place in degrees, some 100 km: neighbouring images look alike.
DEGREES = 1.0

Places = NDArray[np.float64]


def read_places(job: Job) -> Places | None:
    """Longitude and latitude of each file, (N, 2) in degrees.

    Those of :data:`TABLE`, else of the georeferences; None without either.

    Raises:
        InputError: If the table lacks a file.
    """
    table = job.root / TABLE
    if table.is_file():
        return _from_table(job, table)
    # Where one has no georeference, none has.
    if job.files[0].suffix != '.tif' or _centre(job.files[0]) is None:
        return None
    return np.array([_centre(path) for path in job.files])


def write_places(job: Job, places: Places) -> None:
    """Write :data:`TABLE` to the prepared set."""
    names = [path.relative_to(job.root).as_posix() for path in job.files]
    frame = pd.DataFrame(dict(path=names, lon=places[:, 0], lat=places[:, 1]))
    frame.to_csv(job.draft / TABLE, index=False, float_format='%.5f')


def cell_names(places: Places) -> list[str]:
    """Name of the cell of :data:`DEGREES` that each place lies in."""
    cells = np.floor(places / DEGREES).astype(int)
    return [f'{lon} {lat}' for lon, lat in cells]


def by_longitude(
    places: Places, shares: list[float], parts: list[str]
) -> dict[str, Indices]:
    """Parts of a set from west to east, each with its share of the images."""
    order = np.argsort(places[:, 0], kind='stable')
    ends = np.rint(np.cumsum(shares)[:-1] * len(order)).astype(int)
    pieces = np.split(order, ends)
    return {p: np.sort(piece) for p, piece in zip(parts, pieces, strict=True)}


def _from_table(job: Job, table: Path) -> Places:
    # EuroSAT's images of three and of thirteen bands have the same names.
    frame = pd.read_csv(table)
    known = {
        Path(row.path).stem: (row.lon, row.lat) for row in frame.itertuples()
    }
    absent = [path for path in job.files if path.stem not in known]
    if absent:
        raise InputError(
            f'{table}: has no line of {absent[0].name}; add it, or move the '
            'table away'
        )
    return np.array([known[path.stem] for path in job.files])


def _centre(path: Path) -> tuple[float, float] | None:
    """Longitude and latitude of an image's centre."""
    with open_raster(str(path), placed=False) as source:
        if source.crs is None:
            return None
        x, y = source.xy(source.height / 2, source.width / 2, offset='ul')
        return transformer(source.crs.to_wkt(), 'EPSG:4326').transform(x, y)
