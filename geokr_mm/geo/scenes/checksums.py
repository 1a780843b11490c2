"""Lists of checksums: whether a scene's files are what they once were.

A few changed bytes inside a compressed raster read without any error, with
every codec; so does a block of zeros with some. Only a checksum made while
the file was good can tell. The lists have the form of ``sha256sum`` and
``md5sum``: one line a file, digest and path, relative to the list.
"""

import hashlib
import os
import re
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from ...errors import InputError
from ...files import check_output
from ..core.atomic_output import replace_file
from ..core.raster import UnusableFileError, is_remote
from .quarantine import entry
from .scene import Scene

#: Hexadecimal digits of a digest, and what it is made with.
KINDS = {8: 'crc32', 32: 'md5', 40: 'sha1', 64: 'sha256'}
DEFAULT_KIND = 'sha256'
_LINE = re.compile(r'^\\?([0-9a-fA-F]+)[ \t]+\*?(.+?)\s*$')
_CHUNK = 2**20


class _Digest(Protocol):
    def update(self, data: bytes, /) -> object: ...
    def hexdigest(self) -> str: ...


class _Crc32:
    """CRC-32 with the interface of :mod:`hashlib`."""

    def __init__(self) -> None:
        self.value = 0

    def update(self, data: bytes, /) -> None:
        self.value = zlib.crc32(data, self.value)

    def hexdigest(self) -> str:
        return f'{self.value:08x}'


def digest_file(path: str | Path, kind: str = DEFAULT_KIND) -> str:
    """Checksum of a whole file, in lower-case hexadecimal digits.

    Args:
        path (str | Path): A local file.
        kind (str): One of the values of :data:`KINDS`.

    Raises:
        OSError: It cannot be read.
    """
    digest: _Digest = (
        _Crc32()
        if kind == 'crc32'
        else hashlib.new(kind, usedforsecurity=False)
    )
    with open(path, 'rb') as stream:
        while data := stream.read(_CHUNK):
            digest.update(data)
    return digest.hexdigest()


def write_checksums(
    files: Iterable[str], out: str | Path, kind: str = DEFAULT_KIND
) -> int:
    """List the checksums of files.

    Args:
        files (iterable of str): Local files.
        out (str | Path): List to write, whole or not at all.
        kind (str): See :func:`digest_file`.

    Returns:
        int: How many files were listed.

    Raises:
        InputError: A remote file, or one that cannot be read.
    """
    check_output(out)
    base = Path(out).resolve().parent
    lines = []
    for file in files:
        if is_remote(file):
            raise InputError(
                f'{file}: only local files can be listed; copy it first'
            )
        try:
            digest = digest_file(file, kind)
        except OSError as error:
            raise InputError(
                f'{file}: cannot be read ({error.strerror}); mend it before '
                'its checksum is made'
            ) from None
        name = Path(os.path.relpath(Path(file).resolve(), base)).as_posix()
        lines.append(f'{digest}  {name}\n')
    # Names that are no UTF-8 keep their bytes, as with sha256sum.
    content = ''.join(lines).encode('utf-8', 'surrogateescape')
    replace_file(Path(out), lambda s: s.write(content))
    return len(lines)


class Checksums:
    """A list of checksums, ready to compare files with.

    Args:
        path (str): The list.
        digests (dict[str, str]): Absolute path to digest.
    """

    def __init__(self, path: str, digests: dict[str, str]) -> None:
        self.path = path
        self.digests = digests

    @classmethod
    def open(cls, path: str | Path) -> 'Checksums':
        """Read a list made by this package, ``sha256sum`` or ``md5sum``.

        Raises:
            InputError: No such list, or a line that is not of its form.
        """
        try:
            text = Path(path).read_text('utf-8', 'surrogateescape')
        except (OSError, UnicodeDecodeError):
            raise InputError(
                f'{path}: no readable list of checksums; make one with '
                'tools/checksums.py or sha256sum'
            ) from None
        base = Path(path).resolve().parent
        digests = {}
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith('#'):
                continue
            match = _LINE.match(line)
            if match is None or len(match[1]) not in KINDS:
                raise InputError(
                    f'{path}: line {number} is not a checksum and a file '
                    f'({line[:60]!r}); give a list of sha256sum, md5sum or '
                    'tools/checksums.py'
                )
            digests[str((base / match[2]).resolve())] = match[1].lower()
        if not digests:
            raise InputError(f'{path}: lists no file; make it anew')
        return cls(str(path), digests)

    def check(self, file: str) -> None:
        """Compare a file with its line.

        Raises:
            UnusableFileError: It has changed, or cannot be read.
            InputError: The list does not have it.
        """
        expected = (
            None
            if is_remote(file)
            else self.digests.get(str(Path(file).resolve()))
        )
        if expected is None:
            raise InputError(
                f'{file}: not in {self.path}; list it there, or leave out '
                '--checksums'
            )
        kind = KINDS[len(expected)]
        try:
            found = digest_file(file, kind)
        except OSError as error:
            raise UnusableFileError(
                f'{file}: cannot be read ({error.strerror}); fetch it again '
                'or leave it out',
                file,
                'damaged',
            ) from None
        if found != expected:
            raise UnusableFileError(
                f'{file}: {kind} {found} differs from {expected} in '
                f'{self.path}; the file has changed since: fetch it again or '
                'leave it out',
                file,
                'checksum',
            )


def unchanged(
    scenes: Sequence[Scene],
    checksums: Checksums,
    bad: list[dict[str, str]] | None,
) -> list[Scene]:
    """The scenes whose files are as listed.

    Args:
        scenes (sequence of Scene): All scenes.
        checksums (Checksums): The list.
        bad (list): Others are added here as entries of :mod:`.quarantine`;
            None makes the first of them an error.

    Raises:
        InputError: A file that is not listed, or the first changed one.
    """
    good = []
    for scene in scenes:
        try:
            for file in scene.files:
                checksums.check(file)
        except UnusableFileError as error:
            if bad is None:
                raise
            bad.append(entry(error, scene.name))
            continue
        good.append(scene)
    return good
