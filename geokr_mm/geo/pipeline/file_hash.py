"""A hash of files and facts that is the same wherever the files lie."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from affine import Affine

from ...errors import InputError
from ..core.addresses import file_name
from ..core.executor import Executor
from ..core.raster import is_remote
from ..core.sidecars import Sidecars, archive_of, raster_files

# Bytes at both ends of a file that stand for its content: the header and
# directory, and the last block. Files up to both together are read whole;
# archives of imagery are too large for that.
HASHED_BYTES = 65536
# Files that one job reads.
TOGETHER = 256


def fingerprint(
    rasters: Iterable[str],
    others: Iterable[str],
    facts: Iterable[Any],
    executor: Executor,
) -> str:
    """SHA-256 over the content of files, and over what else counts.

    Args:
        rasters (iterable of str): Files that GDAL opens; what it reads with
            them counts too. Of URLs only the name counts.
        others (iterable of str): Files that are read alone.
        facts (iterable): Values for JSON, or dataclasses of such.
        executor (Executor): Who reads the files.

    Returns:
        str: 64 hexadecimal digits.

    Raises:
        InputError: A file that cannot be read.
    """
    whole = hashlib.sha256()
    for digest in digest_files(rasters, others, executor):
        whole.update(digest)
    for fact in facts:
        whole.update(json.dumps(fact, default=plain, sort_keys=True).encode())
        whole.update(b'\n')
    return whole.hexdigest()


def digest_files(
    rasters: Iterable[str], others: Iterable[str], executor: Executor
) -> Iterator[bytes]:
    """SHA-256 of each file in turn; see :func:`fingerprint`."""
    beside = Sidecars()
    files = chain(
        ((file, beside.alone(file)) for file in rasters),
        ((file, True) for file in others),
    )

    def groups() -> Iterator[tuple[list[tuple[str, bool]]]]:
        while some := list(islice(files, TOGETHER)):
            yield (some,)

    for digests in executor.map(_digests, groups()):
        yield from digests


def _digests(files: Sequence[tuple[str, bool]]) -> list[bytes]:
    """SHA-256 of files; of rasters that are not alone, with companions."""
    # Sources of a mosaic and archives come up again and again.
    content = lru_cache(maxsize=None)(digest_ends)
    found = []
    for path, alone in files:
        digest = hashlib.sha256()
        for file in [path] if alone else raster_files(path):
            digest.update(content(file))
        found.append(digest.digest())
    return found


def digest_ends(path: str) -> bytes:
    """SHA-256 of a file's name, size and content, or the ends of it.

    Args:
        path (str): A local file; of a path inside an archive the archive
            counts, of a URL, a folder and a missing file the name.

    Raises:
        InputError: It cannot be read.
    """
    digest = hashlib.sha256(file_name(path).encode())
    local = archive_of(path) if is_remote(path) else path
    if local is None:
        return digest.digest()
    try:
        with open(local, 'rb') as stream:
            size = os.fstat(stream.fileno()).st_size
            digest.update(b'%d ' % size)
            digest.update(stream.read(2 * HASHED_BYTES))
            if size > 2 * HASHED_BYTES:
                stream.seek(-HASHED_BYTES, os.SEEK_END)
                digest.update(stream.read())
    except (FileNotFoundError, IsADirectoryError):
        return digest.digest()
    except OSError as error:
        raise InputError(
            f'{local}: cannot be read ({error.strerror or error}); mend it '
            'or leave it out'
        ) from None
    return digest.digest()


def facts_of(value: Any, without: Iterable[str] = ()) -> dict[str, Any]:
    """The fields of a dataclass by name.

    Args:
        value: The dataclass.
        without (iterable of str): Fields that only tell where things lie.
    """
    return {
        f.name: getattr(value, f.name)
        for f in fields(value)
        if f.name not in without
    }


def plain(value: Any) -> Any:
    """A value in JSON's own kinds.

    Raises:
        TypeError: A kind of value that nobody has decided about.
    """
    if is_dataclass(value):
        return facts_of(value)
    if isinstance(value, Affine):
        return list(value[:6])
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f'{value!r}: not of a kind that can be hashed')
