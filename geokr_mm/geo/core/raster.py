"""Opening rasters: one place for environment settings and clear errors."""

import re
import warnings
from pathlib import Path
from typing import Any

import rasterio
import rasterio.env
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from ...errors import InputError
from .crs import crs_fault


class UnusableFileError(InputError):
    """A file that cannot be used, with one of :data:`REASONS`."""

    def __init__(self, message: str, file: str, reason: str) -> None:
        super().__init__(message)
        self.file = file
        self.reason = reason

    def __reduce__(self) -> Any:
        return type(self), (str(self), self.file, self.reason)


#: Why a scene is left out of an index; the last three are of images that
#: come with labels, see geo/converters/levir_labels.py.
REASONS = (
    'missing', 'file_name', 'empty_file', 'web_page', 'not_a_raster',
    'no_crs', 'no_geotransform', 'several_images', 'complex_values',
    'palette', 'damaged', 'checksum', 'no_pixels', 'no_label', 'bad_label',
    'other_layout',
)  # fmt: skip

#: Endings of rasters when a folder is searched.
RASTER_SUFFIXES = ('.tif', '.tiff', '.gtif', '.img', '.vrt', '.jp2')

# Sidecars (.aux.xml, .tfw, .ovr, .msk) are looked for by name: a listing of
# the folder at each open would be quadratic in its files. The block cache
# stays small when several processes run; rasterio takes its size in bytes.
ENVIRONMENT: dict[str, Any] = {
    'GDAL_DISABLE_READDIR_ON_OPEN': 'TRUE',
    'GDAL_CACHEMAX': 64 * 2**20,
}
# Over a network each look for a sidecar is a request, several for each file.
FAR = {**ENVIRONMENT, 'GDAL_DISABLE_READDIR_ON_OPEN': 'EMPTY_DIR'}

# Images of a container that a message names.
MOST_NAMED = 5

# Drivers whose subdatasets are named DRIVER:FILE:NAME.
_SUBDATASET = re.compile(
    r'(?i)(?:NETCDF|HDF4_SDS|HDF4_EOS|HDF5|BAG|ZARR|GTIFF_DIR|GPKG|NITF_IM|'
    r'RASTERLITE2?|SENTINEL1_CALIB|SENTINEL2_L1[BC](?:_TILE)?|SENTINEL2_L2A|'
    r'DERIVED_SUBDATASET):'
)


def is_subdataset(path: str) -> bool:
    """Whether a path is GDAL's name of one of several images in a file."""
    return _SUBDATASET.match(path) is not None


def is_remote(path: str) -> bool:
    """Whether a path is a URL, a GDAL virtual path or a subdataset."""
    return '://' in path or path.startswith('/vsi') or is_subdataset(path)


def environment(path: str = '') -> Any:
    """GDAL settings for all reads of this package, a context manager.

    No sidecars are looked for where ``path``, a file to open, is a URL.
    """
    far = '://' in path or path.startswith(('/vsis3/', '/vsigs/', '/vsiaz/'))
    return rasterio.Env(**(FAR if far else ENVIRONMENT))


def stay_in_environment() -> None:
    """Enter :func:`environment` for good, unless the thread is in one.

    To enter and leave it at each read takes as long as a small read.
    """
    if not rasterio.env.hasenv():
        environment().__enter__()


def read_error(path: str, error: Exception) -> UnusableFileError:
    """One line for a raster whose pixels cannot be decoded."""
    reason = ' '.join(str(error.__cause__ or error).split())
    return _unusable(
        path,
        'damaged',
        f'cannot be read ({reason}); the file is damaged or incomplete: fetch '
        'it again or leave it out',
    )


def open_raster(path: str, placed: bool = True) -> Any:
    """Open a raster (rasterio.DatasetReader) for reading.

    Args:
        placed (bool): Whether it must have a CRS and a geotransform.

    Raises:
        UnusableFileError: No such file, empty, not a raster, a container of
            several images, complex numbers, or without a CRS or a
            geotransform. Each names the file and what to do.
    """
    if not is_remote(path):
        file = Path(path)
        if not file.exists():
            raise _unusable(path, 'missing', 'no such file; check the path')
        if file.is_file() and file.stat().st_size == 0:
            text = 'empty file (0 bytes); fetch it again or leave it out'
            raise _unusable(path, 'empty_file', text)
    try:
        with environment(path), warnings.catch_warnings():
            # Refused below, with what to do about it.
            warnings.simplefilter('ignore', NotGeoreferencedWarning)
            source = rasterio.open(path)
    except RasterioError as error:
        page = _is_web_page(path)
        hint = ': it is a web page (HTML), probably a failed download'
        raise _unusable(
            path,
            'web_page' if page else 'not_a_raster',
            f'not a readable raster{hint if page else ""}; fetch it again or '
            f'leave it out ({" ".join(str(error).split())})',
        ) from None
    try:
        _check_content(path, source)
        if placed:
            _check_place(path, source)
    except UnusableFileError:
        source.close()
        raise
    return source


def _unusable(path: str, reason: str, text: str) -> UnusableFileError:
    return UnusableFileError(f'{path}: {text}', path, reason)


def _check_place(path: str, source: Any) -> None:
    """Refuse a raster without a CRS or a geotransform."""
    if source.crs is not None and not source.transform.is_identity:
        fault = crs_fault(source.crs.to_wkt())
        if fault is not None:
            text = f'{fault}, with rio edit-info --crs'
            raise _unusable(path, 'no_crs', text)
        return
    rpcs = source.rpcs is not None
    if source.gcps[0] or rpcs:
        how = '-rpc -to RPC_DEM=DEM.tif' if rpcs else '-tps'
        raise _unusable(
            path,
            'no_geotransform',
            f'located by {"RPCs" if rpcs else "ground control points"} only; '
            f'rectify it first, e.g. gdalwarp {how} -t_srs EPSG:4326 IN OUT',
        )
    if source.crs is None:
        raise _unusable(
            path,
            'no_crs',
            'no coordinate reference system; assign the right one, e.g. rio '
            'edit-info --crs EPSG:32633 FILE, or state its place in a table '
            'of scenes (lon, lat, gsd)',
        )
    raise _unusable(
        path,
        'no_geotransform',
        'no geotransform, so its place is unknown; georeference it, e.g. '
        'gdal_translate -a_ullr ULX ULY LRX LRY IN OUT',
    )


def _check_content(path: str, source: Any) -> None:
    """Refuse what holds no image of its own, or no real numbers."""
    if source.count == 0:
        named = [str(name) for name in source.subdatasets]
        listed = ', '.join(named[:MOST_NAMED])
        more = ', ...' if len(named) > MOST_NAMED else ''
        raise _unusable(
            path,
            'several_images',
            f'a container of {len(named)} images; give one of them by its own '
            f'name: {listed or "none"}{more}',
        )
    # GDAL's complex integers have no numpy name: rasterio calls them
    # complex_int16.
    if any(kind.startswith('complex') for kind in source.dtypes):
        raise _unusable(
            path,
            'complex_values',
            f'holds complex numbers ({source.dtypes[0]}); take the amplitude '
            'or intensity first, e.g. gdal_translate '
            f'DERIVED_SUBDATASET:AMPLITUDE:{path} OUT',
        )


def _is_web_page(path: str) -> bool:
    """Whether a file is HTML, whatever its name."""
    try:
        with open(path, 'rb') as stream:
            head = stream.read(512).lstrip().lower()
    except OSError:
        return False
    return head.startswith((b'<!doctype html', b'<html'))
