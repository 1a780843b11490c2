"""Opening rasters: one place for environment settings and clear errors."""

import os
import warnings
from pathlib import Path
from typing import Any

import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from ..errors import InputError

# No directory listing at each open (slow on network disks and useless
# here), and a block cache that stays small when several processes run.
ENVIRONMENT: dict[str, Any] = {
    'GDAL_DISABLE_READDIR_ON_OPEN': 'EMPTY_DIR',
    'GDAL_CACHEMAX': 128,
    'GDAL_PAM_ENABLED': 'NO',
}


def is_remote(path: str) -> bool:
    """Whether a path is a URL or a GDAL virtual path."""
    return '://' in path or path.startswith('/vsi')


def environment() -> Any:
    """GDAL settings for all reads of this package, a context manager."""
    return rasterio.Env(**ENVIRONMENT)


def read_error(path: str, error: Exception) -> InputError:
    """One line for a raster whose pixels cannot be decoded."""
    reason = ' '.join(str(error.__cause__ or error).split())
    return InputError(
        f'{path}: cannot be read ({reason}); the file is damaged or '
        'incomplete: fetch it again or leave it out'
    )


def open_raster(path: str) -> Any:
    """Open a georeferenced raster for reading.

    Args:
        path (str): File, URL or GDAL virtual path.

    Returns:
        rasterio.DatasetReader: The open file; the caller closes it.

    Raises:
        InputError: No such file, empty, not a raster, or without a CRS or
            a geotransform. Each names the file and what to do.
    """
    if not is_remote(path):
        file = Path(path)
        if not file.exists():
            raise InputError(f'{path}: no such file; check the path')
        if file.is_file() and os.path.getsize(file) == 0:
            raise InputError(
                f'{path}: empty file (0 bytes); fetch it again or leave it out'
            )
    try:
        with environment(), warnings.catch_warnings():
            # Said again below, with what to do about it.
            warnings.simplefilter('ignore', NotGeoreferencedWarning)
            source = rasterio.open(path)
    except RasterioError as error:
        raise InputError(
            f'{path}: not a readable raster{_looks_like(path)}; fetch it '
            f'again or leave it out ({" ".join(str(error).split())})'
        ) from None
    if source.crs is None:
        gcps = bool(source.gcps[0]) or source.rpcs is not None
        source.close()
        if gcps:
            raise InputError(
                f'{path}: located by ground control points or RPCs only; '
                'rectify it first, e.g. gdalwarp -t_srs EPSG:4326 IN OUT'
            )
        raise InputError(
            f'{path}: no coordinate reference system; assign the right one, '
            'e.g. rio edit-info --crs EPSG:32633 FILE'
        )
    if source.transform.is_identity:
        source.close()
        raise InputError(
            f'{path}: no geotransform, so its place is unknown; georeference '
            'it, e.g. gdal_translate -a_ullr ULX ULY LRX LRY IN OUT'
        )
    return source


def _looks_like(path: str) -> str:
    """A hint at what a file that is no raster really is."""
    try:
        with open(path, 'rb') as stream:
            head = stream.read(512).lstrip().lower()
    except OSError:
        return ''
    if head.startswith((b'<!doctype html', b'<html')):
        return ': it is a web page (HTML), probably a failed download'
    return ''
