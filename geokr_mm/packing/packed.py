"""Reading packed patches, in any order."""

import os
import zlib
from functools import lru_cache
from pathlib import Path
from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files import expanded
from ..geo.core.raster import UnusableFileError
from ..geo.core.validity import Valid
from ..geo.index.knowledge_index import KnowledgeIndex
from ..geo.scenes.patch import PatchRecord
from .pixels import ABSENT, decode, decode_valid
from .shards import BLOCK, PLACE, Head, after, fingerprint, tar_name

# Shards kept open per process, each with two files.
OPEN_SHARDS = 256


class PackedPatches:
    """Pixels from a folder of ``tools/pack_patches.py``.

    Processes may share one: reads have no position, and what is mapped is
    held once.

    Args:
        folder (str or Path): The folder.

    Raises:
        InputError: No such folder, or shards that are not whole.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = expanded(folder)
        self.head = Head.read(self.folder)
        self._paths: list[str] = []
        self._buffers = local()
        for number, shard in enumerate(self.head.shards):
            path = self.folder / tar_name(number)
            self._paths.append(str(path))
            size = path.stat().st_size if path.is_file() else 0
            if size != shard['bytes']:
                raise InputError(
                    f'{path}: {size} bytes, not {shard["bytes"]}; copy it '
                    'again or pack again'
                )

    def __reduce__(self) -> Any:
        return PackedPatches, (self.folder,)

    def check(self, index: KnowledgeIndex, bands: tuple[str, ...]) -> None:
        """Refuse an index that these are not the patches of.

        Args:
            index (KnowledgeIndex): Only the rows in use.
            bands (tuple[str, ...]): Those wanted.

        Raises:
            InputError: Other patches, other pixels or a band too many.
        """
        missing = [band for band in bands if band not in self.head.bands]
        if missing:
            raise InputError(
                f'{self.folder}: packed without band {", ".join(missing)}, '
                f'with {", ".join(self.head.bands)}; pack again with --bands '
                'or set `bands` of the dataset'
            )
        if fingerprint(index) != self.head.fingerprint:
            raise InputError(
                f'{self.folder}: {self.head.patches} patches, other ones than '
                f'the {len(index)} in use of {index.path}; name the index '
                'that was packed, without keep_only=False, or pack again'
            )

    def read(
        self, number: int, record: PatchRecord
    ) -> tuple[NDArray[Any], Valid | None]:
        """Pixels of the bands of a record, and which hold data.

        Args:
            number (int): Row of the patch among those in use.
            record (PatchRecord): The same patch.

        Returns:
            tuple: Pixels (C, h, w), and a bool array of the same shape or
            None where all of them are valid.

        Raises:
            UnusableFileError: A damaged shard, or a patch that could not be
                read when it was packed.
        """
        shard, row = divmod(number, self.head.per_shard)
        path = self._paths[shard]
        opened = open_shard(path, self.head.shards[shard]['crc32'])
        place = opened.places[row].item()
        offset, size, span, crc, height, width, code = place
        if code == ABSENT:
            raise UnusableFileError(
                f'{path}: patch {record.patch_id} could not be read when it '
                'was packed; mend its scene and pack again',
                path,
                'missing',
            )
        data = self._buffer(span)
        read = os.preadv(opened.handle, [data], offset)
        if read != span or zlib.crc32(data) != crc:
            raise UnusableFileError(
                f'{path}: patch {record.patch_id} is damaged (other bytes '
                'than were written); copy the file again or pack again',
                path,
                'checksum',
            )
        bands = self.head.bands
        shape = len(bands), height, width
        which = [bands.index(band) for band in record.bands]
        pixels = decode(data[:size], code, shape, which)
        if span == size:
            return pixels, None
        start = after(size) + BLOCK
        return pixels, decode_valid(data[start:], shape)[which]

    def _buffer(self, size: int) -> memoryview:
        """Memory of this thread; new one takes as long as reading."""
        held: memoryview | None = getattr(self._buffers, 'held', None)
        if held is None or len(held) < size:
            held = self._buffers.held = memoryview(bytearray(2 * size))
        return held[:size]


class OpenShard:
    """A shard that is open, and where its patches are.

    Attributes:
        handle (int): Of the tar file.
        places (array of :data:`.shards.PLACE`): Memory-mapped.
    """

    def __init__(self, handle: int, places: NDArray[Any]) -> None:
        self.handle, self.places = handle, places

    def __del__(self, close: Any = os.close) -> None:
        # When a process ends, modules may be gone by now.
        close(self.handle)


@lru_cache(maxsize=OPEN_SHARDS)
def open_shard(path: str, crc32: int) -> OpenShard:
    """A shard, kept open.

    Raises:
        UnusableFileError: It is gone, or its index is damaged.
    """
    index = Path(path).with_suffix('.npy')
    try:
        places = np.load(index, mmap_mode='r')
        if places.dtype != PLACE or zlib.crc32(places) != crc32:
            raise ValueError('other bytes than were written')
        # Plain arrays are indexed faster.
        return OpenShard(os.open(path, os.O_RDONLY), np.asarray(places))
    except (OSError, ValueError) as error:
        raise UnusableFileError(
            f'{index}: cannot be read ({" ".join(str(error).split())}); copy '
            'the shard and its index again or pack again',
            str(index),
            'damaged',
        ) from None
