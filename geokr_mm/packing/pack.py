"""Writing packed patches: shard by shard, in several processes."""

import io
import logging
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files import check_output, final_path, written_whole
from ..geo.core.atomic_output import (
    build_lock,
    not_written,
    replace_file,
    replace_folder,
)
from ..geo.core.executor import Cached, Executor, open_executor
from ..geo.core.progress import Progress
from ..geo.core.raster import UnusableFileError
from ..geo.core.validity import Valid
from ..geo.index.knowledge_index import KnowledgeIndex
from ..geo.scenes.patch import PatchRecord, read_masked_patch
from .pixels import ABSENT, LOSSY, RGB, VALID, encode, encode_valid
from .sample import describe
from .shards import (
    BLOCK,
    HEAD,
    PLACE,
    Head,
    after,
    fingerprint,
    index_name,
    pack_order,
    tar_name,
)

logger = logging.getLogger('geokr_mm')

# Rows of an index that are held as Python objects.
AT_ONCE = 256


@dataclass(frozen=True)
class PackOptions:
    """How patches are packed.

    Attributes:
        bands (tuple[str, ...]): Those to pack; all of the index by default.
        quality (int | None): Of JPEG for 8-bit RGB; None for lossless.
        per_shard (int): Patches of a shard.
        max_bad_fraction (float): Share of patches that may be unreadable;
            training replaces them as it does those of scenes.
    """

    bands: tuple[str, ...] = ()
    quality: int | None = 95
    per_shard: int = 4096
    max_bad_fraction: float = 0.0

    def check(self, index: KnowledgeIndex) -> None:
        """InputError for values that make no sense."""
        have = index.metadata.bands
        missing = [band for band in self.bands if band not in have]
        if missing:
            raise InputError(
                f'--bands {" ".join(self.bands)}: {index.path} has no '
                f'{", ".join(missing)}; it has {", ".join(have)}'
            )
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise InputError(f'--quality {self.quality}: from 1 to 100')
        if self.per_shard < 1:
            raise InputError(f'--per-shard {self.per_shard}: 1 or more')
        if not len(index):
            raise InputError(f'{index.path}: no patch was kept')


def pack_patches(
    index: KnowledgeIndex,
    out: str | Path,
    options: PackOptions,
    workers: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    quiet: bool = True,
) -> dict[str, int]:
    """Write the kept patches of an index to a new folder of shards.

    Args:
        index (KnowledgeIndex): The patches.
        out (str or Path): Written whole; until then finished shards lie in a
            hidden folder beside it.
        options (PackOptions): How.
        workers (int), scheduler (str), resume (bool), quiet (bool): As for
            :func:`.label_footprints`.

    Returns:
        dict: Numbers of ``patches``, of those as ``jpeg`` and of those
        ``left_out``, and ``bytes`` of all shards.

    Raises:
        InputError: Any input that cannot be used, or ``out`` exists.
    """
    check_output(out, folder=True)
    out = final_path(out, folder=True)
    if out.exists():
        raise InputError(f'{out}: exists already; remove it or choose another')
    index = index.kept()
    options.check(index)
    bands = pack_order(options.bands or index.metadata.bands)
    head = Head(
        fingerprint(index),
        bands,
        len(index),
        options.per_shard,
        options.quality if bands == RGB else None,
    )
    with build_lock(out), open_executor(workers, scheduler) as executor:
        draft = out.with_name(f'.{out.name}.parts-{head.key[:16]}')
        for old in out.parent.glob(f'.{out.name}.parts-*'):
            if not (resume and old == draft):
                shutil.rmtree(old, ignore_errors=True)
        try:
            found = _write(index, head, options, draft, executor, quiet)
        except InputError as error:
            kept = len([*draft.glob('*.npy')])
            more = f'; --resume keeps {kept} finished shards' if kept else ''
            raise InputError(f'{error}{more}') from None
        replace_folder(draft, out)
    return found


def _write(
    index: KnowledgeIndex,
    head: Head,
    options: PackOptions,
    draft: Path,
    executor: Executor,
    quiet: bool,
) -> dict[str, int]:
    """Write all shards that are missing, and the head last."""
    numbers = range(-(-head.patches // head.per_shard))
    shared = executor.share(index)

    def jobs() -> Iterator[tuple[Any, ...] | Cached]:
        for number in numbers:
            if (draft / index_name(number)).is_file():
                yield Cached([])
            else:
                yield shared, head, draft, number, options.max_bad_fraction

    progress = Progress('patches', head.patches, quiet)
    shards = []
    found = dict(patches=head.patches, jpeg=0, left_out=0, bytes=0)
    for number, faults in enumerate(executor.map(pack_shard, jobs())):
        for fault in faults:
            logger.warning('left out: %s', fault)
        places = np.load(draft / index_name(number))
        size = (draft / tar_name(number)).stat().st_size
        shards.append({'bytes': size, 'crc32': zlib.crc32(places)})
        found['jpeg'] += int((places['code'] == LOSSY).sum())
        found['left_out'] += int((places['code'] == ABSENT).sum())
        found['bytes'] += size
        if found['left_out'] > options.max_bad_fraction * head.patches:
            raise InputError(
                f'{index.path}: {found["left_out"]} of {head.patches} patches '
                'cannot be read, more than --max-bad-fraction '
                f'{options.max_bad_fraction:g}'
            )
        progress.add(len(places))
    whole = replace(head, shards=tuple(shards)).to_json()
    replace_file(draft / HEAD, lambda stream: stream.write(whole.encode()))
    return found


def pack_shard(
    index: KnowledgeIndex,
    head: Head,
    draft: Path,
    number: int,
    max_bad_fraction: float,
) -> list[str]:
    """Write one shard, its index last.

    Returns:
        list of str: What is wrong with patches that were left out.

    Raises:
        InputError: A patch that cannot be read where none may be bad, or the
            disk is full.
    """
    rows = head.rows(number)
    places, faults = np.zeros(len(rows), PLACE), []
    try:
        with (
            written_whole(draft / tar_name(number)) as path,
            tarfile.open(path, 'w', format=tarfile.USTAR_FORMAT) as tar,
        ):
            for at, (row, record) in enumerate(_rows(index, rows)):
                record = record.with_bands(head.bands)
                try:
                    pixels, valid = read_masked_patch(record, verify=True)
                except UnusableFileError as error:
                    if max_bad_fraction <= 0:
                        raise
                    faults.append(str(error))
                    continue
                name, dtype = f'{rows[at]:08d}', pixels.dtype.name
                about = describe(row, record, index.classes, dtype)
                _add_file(tar, f'{name}.json', about)
                places[at] = _add_pixels(tar, name, pixels, valid, head)
        with (
            written_whole(draft / index_name(number)) as path,
            path.open('wb') as stream,
        ):
            np.save(stream, places)
    except OSError as error:
        raise not_written(draft, error) from None
    return faults


def _rows(
    index: KnowledgeIndex, rows: range
) -> Iterator[tuple[dict[str, Any], PatchRecord]]:
    for start in range(rows.start, rows.stop, AT_ONCE):
        some = range(start, min(start + AT_ONCE, rows.stop))
        table = index.take(np.array(some)).table
        for number, row in zip(some, table.to_pylist(), strict=True):
            yield row, index.record(number)


def _add_pixels(
    tar: tarfile.TarFile,
    name: str,
    pixels: NDArray[Any],
    valid: Valid | None,
    head: Head,
) -> tuple[int, ...]:
    """Add pixels and, where not all hold data, which do; gives the place."""
    code, ending, content = encode(pixels, head.bands, head.quality)
    offset, span = tar.offset + BLOCK, content
    _add_file(tar, f'{name}.{ending}', content)
    if valid is not None:
        mask = encode_valid(valid)
        title = _add_file(tar, f'{name}.{VALID}', mask)
        span = content.ljust(after(len(content)), b'\0') + title + mask
    checksum = zlib.crc32(span)
    size = pixels.shape[1:]
    return offset, len(content), len(span), checksum, *size, code


def _add_file(tar: tarfile.TarFile, name: str, content: bytes) -> bytes:
    """Add a file; gives the block before it."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o644
    tar.addfile(member, io.BytesIO(content))
    return member.tobuf(tar.format)
