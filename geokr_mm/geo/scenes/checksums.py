"""Lists of checksums: whether a scene's files are what they once were.

A few changed bytes inside a compressed raster read without any error, with
every codec; so does a block of zeros with some. Only a checksum made while
the file was good shows it. The lists have the form of ``sha256sum`` and
``md5sum``: one line a file, digest and path, relative to the list.
"""

import hashlib
import os
import re
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from ...errors import InputError
from ...files import check_output
from ..core.atomic_output import replace_file
from ..core.raster import UnusableFileError, is_remote
from .quarantine import Quarantine
from .scene import Scene

#: Hexadecimal digits of a digest, and what it is made with.
KINDS = {8: 'crc32', 32: 'md5', 40: 'sha1', 64: 'sha256'}
DEFAULT_KIND = 'sha256'
_LINE = re.compile(r'^\\?([0-9a-fA-F]+)[ \t]+\*?(.+?)\s*$')
_CHUNK = 2**20


def digest_file(path: str | Path, kind: str = DEFAULT_KIND) -> str:
    """Checksum of a whole file, in lower-case hexadecimal digits."""
    with open(path, 'rb') as stream:
        chunks = iter(lambda: stream.read(_CHUNK), b'')
        if kind == 'crc32':
            checksum = 0
            for chunk in chunks:
                checksum = zlib.crc32(chunk, checksum)
            return f'{checksum:08x}'
        digest = hashlib.new(kind, usedforsecurity=False)
        for chunk in chunks:
            digest.update(chunk)
        return digest.hexdigest()


def write_checksums(
    files: Iterable[str], out: str | Path, kind: str = DEFAULT_KIND
) -> int:
    """List the checksums of files; returns how many there are.

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
    """A list of checksums: the digest of each file by its absolute path."""

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
        expected = self.digests.get(str(Path(file).resolve()))
        if expected is None or is_remote(file):
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
        self, scenes: Sequence[Scene], quarantine: Quarantine
    ) -> list[Scene]:
        """The scenes whose files are as listed; the others are set aside.

        Raises:
            InputError: A file that is not listed.
        """
        good = []
        for scene in scenes:
            try:
                for file in scene.files:
                    self.check(file)
            except UnusableFileError as error:
                quarantine.add(error, scene.name)
            else:
                good.append(scene)
        return good
