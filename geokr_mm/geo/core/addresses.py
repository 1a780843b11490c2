"""Addresses of files: local paths, URIs, URLs and GDAL's virtual paths."""

import os
import re
import zipfile
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from ...errors import InputError
from .raster import RASTER_SUFFIXES, is_remote, is_subdataset

#: What archives are called, and GDAL's prefix for the files in them.
ARCHIVES = {
    '.zip': '/vsizip/',
    '.kmz': '/vsizip/',
    '.tar': '/vsitar/',
    '.tar.gz': '/vsitar/',
    '.tgz': '/vsitar/',
    '.gz': '/vsigzip/',
    '.7z': '/vsi7z/',
    '.rar': '/vsirar/',
}
# Prefixes that the path of another file follows.
_NESTING = ('/vsizip/', '/vsitar/', '/vsigzip/', '/vsi7z/', '/vsirar/')
# Parameters that sign a URL or give access...
_SECRETS = {
    'sig', 'signature', 'x-amz-signature', 'x-goog-signature', 'token',
    'access_token', 'accesstoken', 'auth_token', 'sas', 'apikey', 'api_key',
    'api-key', 'auth', 'authorization', 'password', 'x-amz-security-token',
}  # fmt: skip
# ...and those that mean nothing without them (Azure, AWS, Google, CDNs).
_WITH_SECRETS = _SECRETS | {
    'sv', 'st', 'se', 'sr', 'sp', 'spr', 'sip', 'ss', 'srt', 'sdd', 'skoid',
    'sktid', 'skt', 'ske', 'sks', 'skv', 'saoid', 'suoid', 'scid', 'expires',
    'awsaccesskeyid', 'googleaccessid', 'policy', 'key-pair-id',
}  # fmt: skip


def local_path(text: str, base: str = '') -> str:
    """A path, URI or reference as a path that can be opened.

    ``file:`` URIs become paths. Of local paths that are not there as they
    are written, the percent-decoded one and the one with slashes for
    backslashes are tried. Relative paths in archives become absolute. URLs
    stay as they are.

    Raises:
        InputError: A ``file:`` URI of another machine.
    """
    if text.lower().startswith('file:'):
        parts = urlsplit(text)
        if parts.netloc.lower() not in ('', 'localhost'):
            raise InputError(
                f'{text}: a file of machine {parts.netloc!r}; give it by the '
                'path that it has on this one'
            )
        # Neither # nor ? is special in the path of a file.
        rest = re.sub(r'(?i)^file:(//(localhost(?=/))?)?', '', text)
        return _first_there([unquote(rest), rest])
    if text.startswith('/vsi'):
        return absolute_vsi(text, base)
    if is_subdataset(text):
        return _absolute_subdataset(text, base)
    if is_remote(text):
        return text
    path = os.path.join(base, text)
    slashed = os.path.join(base, text.replace('\\', '/'))
    tried = [path, unquote(path), slashed, unquote(slashed)]
    return path if os.path.exists(path) else _first_there(tried)


def _first_there(paths: list[str]) -> str:
    return next((p for p in paths if os.path.exists(p)), paths[0])


def absolute_vsi(path: str, base: str = '') -> str:
    """A GDAL path whose local archive is named by an absolute path.

    A relative one, as in ``/vsizip/data/a.zip/in/b.tif``, starts at the
    folder ``base``, or at the working directory where it is not there.
    """
    for prefix in _NESTING:
        if path.startswith(prefix):
            return prefix + _absolute_inner(path.removeprefix(prefix), base)
    if path.startswith('/vsisubfile/'):
        head, comma, rest = path.partition(',')
        return head + comma + _absolute_inner(rest, base)
    return path


def _absolute_inner(path: str, base: str) -> str:
    if path.startswith('{') and '}' in path:
        # The archive in braces; it may itself lie in one.
        end = path.rindex('}')
        return f'{{{_absolute_inner(path[1:end], base)}}}{path[end + 1 :]}'
    if path.startswith('/vsi'):
        return absolute_vsi(path, base)
    if not path or path.startswith('/') or '://' in path:
        return path
    there = os.path.join(base, path)
    found = base and _outermost(there) is not None
    return os.path.abspath(there if found else path)


def _absolute_subdataset(name: str, base: str) -> str:
    """A subdataset, DRIVER:FILE:PART, of a file by its absolute path."""
    pieces = name.split(':')
    for number, piece in enumerate(pieces):
        file = piece.strip('"')
        there = os.path.join(base, file)
        if number and os.path.isfile(there):
            pieces[number] = piece.replace(file, os.path.abspath(there))
            break
    return ':'.join(pieces)


def _outermost(path: str) -> str | None:
    """The first part of a path that is a file, None where none is."""
    return next(
        (str(p) for p in [Path(path), *Path(path).parents] if p.is_file()),
        None,
    )


def archive_of(path: str) -> str | None:
    """The local file behind a GDAL virtual path such as ``/vsizip/a.zip/b``.

    None where there is none, as behind a URL.
    """
    if is_subdataset(path):
        pieces = [piece.strip('"') for piece in path.split(':')[1:]]
        return next(filter(os.path.isfile, pieces), None)
    prefix = next((p for p in _NESTING if path.startswith(p)), None)
    if path.startswith('/vsisubfile/'):
        prefix = path[: path.find(',') + 1]
    if not prefix:
        return None
    rest = path.removeprefix(prefix)
    if rest.startswith('/vsi'):
        return archive_of(rest)
    if rest.startswith('{'):
        rest = rest[1:].partition('}')[0]
    return _outermost(rest)


def archive_prefix(path: str) -> str | None:
    """GDAL's prefix for the files in an archive; None for other files."""
    name = path.lower()
    ending = next((e for e in ARCHIVES if name.endswith(e)), None)
    return None if ending is None else ARCHIVES[ending]


def refuse_archive(path: str) -> None:
    """InputError for an archive, which is not looked into."""
    if archive_prefix(path) is not None:
        raise InputError(
            f'{path}: an archive; unpack it, or name what is inside as in '
            f'{inside_archive(path)}'
        )


def inside_archive(path: str) -> str:
    """How the first image in an archive is named, or a pattern of it."""
    prefix = archive_prefix(path) or '/vsizip/'
    name = 'FOLDER/IMAGE.tif'
    if prefix == '/vsigzip/':
        return prefix + path
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        images = [n for n in names if n.lower().endswith(RASTER_SUFFIXES)]
        name = min(images, default=name)
    return f'{prefix}{path}/{name}'


def file_name(path: str) -> str:
    """Last part of a path or URL, without what follows a ``?``."""
    bare = path.partition('?')[0] if is_remote(path) else path
    return Path(bare).name


def without_token(address: str) -> str:
    """A URL, alone or in a GDAL path, without signature, token or password.

    Other addresses are returned as they are.
    """
    options = re.match(r'(/vsicurl\?(?:.*&)?url=)([^&]*)(.*)', address)
    if options:
        head, url, rest = options.groups()
        return head + quote(without_token(unquote(url)), safe=':/') + rest
    if '://' not in address:
        return address
    address = re.sub(r'(?<=://)[^/@?#]*@', '', address)
    nested = address.startswith((*_NESTING, '/vsisubfile/'))
    value = r'[^&#}/]*' if nested else r'[^&#]*'
    parameter = re.compile(rf'([?&])([\w.-]+)=({value})')
    names = {m[2].lower() for m in parameter.finditer(address)}
    if not names & _SECRETS:
        return address

    def kept(match: re.Match[str]) -> str:
        name = match[2].lower()
        signs = name in _WITH_SECRETS or name.startswith(('x-amz', 'x-goog'))
        return match[1] if signs else match[0]

    cut = re.sub(r'([?&])&+', r'\1', parameter.sub(kept, address))
    return re.sub(r'[?&]+(?=$|[#}/])', '', cut)


def printable(text: str) -> str:
    """Text with bytes that are no UTF-8, as names may have, written out."""
    return text.encode('utf-8', 'backslashreplace').decode('utf-8')
