"""WebDatasets of others as a table of scenes, without unpacking them.

GDAL reads an image inside a tar file by its first byte and its length
(``/vsisubfile/BYTE_LENGTH,FILE.tar``), so a table of such paths is all that
``tools/build_index.py --scenes`` needs.
"""

import csv
import io
import json
import math
import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely
from pyproj import Geod

from ..errors import InputError
from ..geo.core.atomic_output import replace_file
from ..geo.core.raster import open_raster

IMAGES = ('jpg', 'jpeg', 'png', 'tif', 'tiff', 'jp2')
COLUMNS = ('path', 'scene', 'bands', 'date', 'lon', 'lat', 'gsd')
# What sets call a value of the JSON, the first one that is there.
NAMES = {
    'lon': ('lon', 'longitude', 'center_lon'),
    'lat': ('lat', 'latitude', 'center_lat'),
    'gsd': ('gsd', 'resolution'),
    'date': ('date', 'datetime', 'timestamp', 'acquisition_date'),
    'footprint': ('footprint', 'geometry'),
}


def list_webdataset(
    shards: Sequence[str], out: str | Path, image: str | None = None
) -> int:
    """Write a table of the samples of tar files; returns how many.

    A sample has an image and JSON with its place: ``lon``, ``lat`` and
    ``gsd`` (metres), or ``footprint``, a polygon of GeoJSON; GeoTIFFs may do
    without. ``bands`` (names) and ``date`` are used where they are there.

    Args:
        shards (sequence of str): Tar files that are not compressed.
        out (str or Path): The table, CSV.
        image (str, optional): Ending of the images, where samples have
            several. Defaults to None, the only one.

    Raises:
        InputError: No tar file, no image that GDAL reads, several of them,
            or no place.
    """
    base = Path(out).resolve().parent
    text, count = io.StringIO(), 0
    table = csv.DictWriter(text, COLUMNS, lineterminator='\n')
    table.writeheader()
    for shard in shards:
        for row in _rows(shard, image, base):
            table.writerow(row)
            count += 1
    if not count:
        raise InputError(f'{", ".join(shards)}: no sample')
    content = text.getvalue().encode()
    replace_file(Path(out), lambda stream: stream.write(content))
    return count


def _rows(
    shard: str, image: str | None, base: Path
) -> Iterator[dict[str, Any]]:
    stem = Path(shard).stem
    for key, members, about in _samples(shard):
        where = f'{shard}: {key}'
        found = [
            ending
            for ending in members
            if ending == image
            or (image is None and ending.rpartition('.')[2] in IMAGES)
        ]
        if len(found) != 1:
            raise InputError(
                f'{where} has {len(found)} images among '
                f'{", ".join(sorted(members))}; name one that GDAL reads with '
                '--image, or write others as GeoTIFF'
            )
        start, size = members[found[0]]
        inside = f'/vsisubfile/{start}_{size},'
        row: dict[str, Any] = {
            'path': inside + os.path.relpath(Path(shard).resolve(), base),
            'scene': f'{stem}_{key}',
            'bands': ' '.join(map(str, about.get('bands', ()))),
            'date': str(_value(about, 'date') or '')[:10],
        }
        place = [_value(about, name) for name in ('lon', 'lat', 'gsd')]
        if None in place:
            place = _measured(
                inside + str(Path(shard).resolve()), about, where
            )
        row.update(zip(('lon', 'lat', 'gsd'), place, strict=True))
        yield row


def _samples(
    shard: str,
) -> Iterator[tuple[str, dict[str, tuple[int, int]], dict[str, Any]]]:
    """Key, first byte and length of each file by its ending, and the JSON."""
    name = ''
    members: dict[str, tuple[int, int]] = {}
    about: dict[str, Any] = {}
    try:
        with tarfile.open(shard, 'r:') as tar:
            for member in tar:
                if not member.isfile():
                    continue
                folder, _, file = member.name.rpartition('/')
                key, _, ending = file.partition('.')
                key = f'{folder}/{key}'.lstrip('./').replace('/', '_')
                if key != name and members:
                    yield name, members, about
                    members, about = {}, {}
                name = key
                members[ending.lower()] = member.offset_data, member.size
                if ending.lower() == 'json':
                    stream = tar.extractfile(member)
                    about = json.load(stream) if stream else {}
    except (OSError, tarfile.TarError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f'{shard}: not a readable tar file of samples '
            f'({" ".join(str(error).split())}); unpack compressed ones first'
        ) from None
    if members:
        yield name, members, about


def _value(about: Mapping[str, Any], name: str) -> Any:
    return next((about[n] for n in NAMES[name] if n in about), None)


def _measured(path: str, about: Mapping[str, Any], where: str) -> list[Any]:
    """Longitude, latitude and metres of a pixel from a footprint.

    Empty where the image has a place of its own.
    """
    with open_raster(path, placed=False) as source:
        if source.crs is not None and not source.transform.is_identity:
            return ['', '', '']
        pixels = source.width * source.height
    shape = _value(about, 'footprint')
    try:
        polygon = shapely.geometry.shape(shape)
        area, _ = Geod(ellps='WGS84').geometry_area_perimeter(polygon)
        middle = polygon.centroid
        return [middle.x, middle.y, math.sqrt(abs(area) / pixels)]
    except (AttributeError, TypeError, KeyError, shapely.errors.ShapelyError):
        raise InputError(
            f'{where}: no place; its JSON needs lon, lat and gsd, or a '
            'footprint, and has '
            f'{", ".join(sorted(about)) or "nothing"}'
        ) from None
