"""What an index is made from, as one hash that no folder changes."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from affine import Affine

from ...errors import InputError
from ...version import __version__
from ..core.addresses import archive_of, file_name
from ..core.executor import Executor
from ..core.folders import Sidecars, raster_files
from ..core.raster import is_remote
from ..fusion.map_stack import MapStack
from ..landcover.landcover import LandCover
from ..scenes.scene import Scene
from .options import BuildOptions

# Bytes at both ends of a file that stand for its content: the header and
# directory, and the last block. Files up to both together are read whole;
# archives of imagery are too large for that.
HASHED_BYTES = 65536
# Files that one job reads.
TOGETHER = 256
#: Options that are only places, or hashed as what was found there: the
#: scenes, maps and quality layers themselves.
PLACES = frozenset(
    {
        'scenes', 'product', 'land_cover', 'maps', 'mask', 'checksums', 'out',
        'stats_from',
    }
)  # fmt: skip
#: Of a scene: where its files lie, and layers that are not read.
SCENE_PLACES = frozenset({'files', 'layers'})


def hash_inputs(
    scenes: Sequence[Scene],
    maps: MapStack,
    options: BuildOptions,
    executor: Executor,
    *others: Any,
) -> str:
    """SHA-256 over all scenes, the land cover, all choices and ``others``.

    Folders are left out, so the same data elsewhere hash the same.
    """
    return fingerprint(
        _files(scenes, maps),
        (),
        chain(_facts(scenes, maps, options), filter(None, others)),
        executor,
    )


def resume_key(inputs_hash: str, paths: Iterable[str]) -> str:
    """What must be the same for a build to use what another one left."""
    digest = hashlib.sha256(f'{inputs_hash} {__version__}'.encode())
    for path in paths:
        digest.update(f'\n{os.path.abspath(path)}'.encode())
    return digest.hexdigest()


def _files(scenes: Sequence[Scene], maps: MapStack) -> Iterator[str]:
    for scene in scenes:
        yield from scene.files
        if scene.mask is not None:
            yield scene.mask.file
    for tile in maps.tiles:
        yield tile.path


def _facts(
    scenes: Sequence[Scene], maps: MapStack, options: BuildOptions
) -> Iterator[Any]:
    for scene in scenes:
        if scene.mask is not None:
            bare = replace(scene.mask, file=file_name(scene.mask.file))
            scene = replace(scene, mask=bare)
        yield facts_of(scene, SCENE_PLACES)
    for cover in maps.maps:
        yield from map_facts(cover)
    yield facts_of(options, PLACES)


def map_facts(cover: LandCover) -> Iterator[Any]:
    """What is known of a map beside the content of its files."""
    yield cover.product, cover.legend
    yield cover.year, cover.spherical, cover.max_bend
    for tile in cover.tiles:
        yield facts_of(tile, {'path'})


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
        executor (Executor): Reads the files.

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
    """SHA-256 of files; of rasters that are not alone, with their sidecars."""
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
    """The fields of a dataclass by name."""
    return {
        f.name: getattr(value, f.name)
        for f in fields(value)
        if f.name not in without
    }


def plain(value: Any) -> Any:
    """A value in JSON's own kinds."""
    if is_dataclass(value):
        return facts_of(value)
    if isinstance(value, Affine):
        return list(value[:6])
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f'{value!r}: not of a kind that can be hashed')
