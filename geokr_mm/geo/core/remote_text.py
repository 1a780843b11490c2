"""Small text files, local or at a URL, and paths relative to them."""

import codecs
import logging
from pathlib import Path

from ...errors import InputError
from .addresses import local_path
from .raster import is_remote

logger = logging.getLogger('geokr_mm')

# Marks at the beginning of a text; UTF-32's begins with UTF-16's.
_MARKS = {
    codecs.BOM_UTF32_LE: 'utf-32',
    codecs.BOM_UTF32_BE: 'utf-32',
    codecs.BOM_UTF8: 'utf-8-sig',
    codecs.BOM_UTF16_LE: 'utf-16',
    codecs.BOM_UTF16_BE: 'utf-16',
}


def read_text(path: str, what: str) -> str:
    """A whole text file, local or at a URL, whatever its encoding.

    Raises:
        InputError: No such file, or it cannot be read.
    """
    if path.startswith('/vsi'):
        raise InputError(
            f'{path}: GDAL paths are for images; give a {what} by its local '
            'path or a URL such as s3://bucket/NAME'
        )
    if not is_remote(path) and not Path(path).is_file():
        raise InputError(f'{path}: no such {what}')
    try:
        if path.startswith(('http://', 'https://')):
            import pystac

            text = pystac.StacIO.default().read_text(path)
            return text.removeprefix('\ufeff')
        if is_remote(path):
            import fsspec

            with fsspec.open(path, 'rb') as stream:
                return decode(stream.read(), path)
        return decode(Path(path).read_bytes(), path)
    # What reads URLs raises whatever its transport does.
    except Exception as error:
        raise InputError(
            f'{path}: not readable as a {what} '
            f'({" ".join(str(error).split())[:160]})'
        ) from None


def decode(data: bytes, path: str) -> str:
    """Text of UTF-8, UTF-16 or 32, else of Windows-1252, with a warning."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding).removeprefix('\ufeff')
    if b'\0' in data:
        # Half of the bytes of Latin letters in UTF-16 are 0.
        little = data[1::2].count(0) >= data[::2].count(0)
        return data.decode('utf-16-le' if little else 'utf-16-be')
    try:
        return data.decode('utf-8')
    except UnicodeDecodeError:
        logger.warning(f'{path}: not UTF-8; read as Windows-1252')
        return data.decode('cp1252', errors='replace')


def beside(path: str, listed: str) -> str:
    """A path in the list ``path``; relative ones start at its folder."""
    if not is_remote(path):
        return local_path(listed, str(Path(path).parent))
    if is_remote(listed) or listed.lower().startswith('file:'):
        return local_path(listed)
    return f'{path.rsplit("/", 1)[0]}/{listed}'
