"""Small text files, local or at a URL, and paths relative to them."""

from pathlib import Path

from ..errors import InputError
from .raster import is_remote


def read_text(path: str, what: str) -> str:
    """A whole text file.

    Args:
        path (str): File or URL: ``http(s)``, or what fsspec reads.
        what (str): What it should be, for messages.

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

            return pystac.StacIO.default().read_text(path)
        if is_remote(path):
            import fsspec

            with fsspec.open(path, 'rt', encoding='utf-8-sig') as stream:
                return str(stream.read())
        return Path(path).read_text(encoding='utf-8-sig')
    # What reads URLs raises whatever its transport does.
    except Exception as error:
        raise InputError(
            f'{path}: not readable as a {what} '
            f'({" ".join(str(error).split())[:160]})'
        ) from None


def beside(path: str, listed: str) -> str:
    """A path in a list: URLs and absolute ones as they are.

    Args:
        path (str): The list, whose folder relative paths start at.
        listed (str): The path in it.
    """
    if is_remote(listed):
        return listed
    if is_remote(path):
        return f'{path.rsplit("/", 1)[0]}/{listed}'
    return str(Path(path).parent / listed)
