"""A folder of packed patches: its files, and which index it fits.

A shard is a tar file in the layout of WebDataset. Its index beside it has one
row for each patch, so that any patch is read at once; ``pack.json`` has what
all share.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..geo.index.knowledge_index import KnowledgeIndex
from .pixels import RGB

#: Raised when files or their meaning change.
LAYOUT = 1
HEAD = 'pack.json'
#: Bytes of a block of a tar file; each member begins with one for its name.
BLOCK = 512
#: One patch in the index of a shard: where the first of its files with pixels
#: begins, its bytes, those up to the end of the last one, their CRC-32, rows
#: and columns, and the code of :func:`.pixels.encode`.
PLACE = np.dtype(
    [
        ('offset', '<u8'), ('size', '<u4'), ('span', '<u4'),
        ('crc32', '<u4'), ('height', '<u2'), ('width', '<u2'), ('code', 'u1'),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Head:
    """What all shards of a folder share.

    Attributes:
        fingerprint (str): Of the pixels, see :func:`fingerprint`.
        bands (tuple[str, ...]): In the order of their pixels.
        patches (int): All of them.
        per_shard (int): Patches of each shard but the last.
        quality (int | None): Of JPEG; None where all is lossless.
        shards (tuple of dict): ``bytes`` of each tar file, ``crc32`` of its
            index.
        layout (int): Version of the layout.
    """

    fingerprint: str
    bands: tuple[str, ...]
    patches: int
    per_shard: int
    quality: int | None
    shards: tuple[dict[str, int], ...] = ()
    layout: int = LAYOUT

    def rows(self, shard: int) -> range:
        """Patches of a shard."""
        first = shard * self.per_shard
        return range(first, min(first + self.per_shard, self.patches))

    @property
    def key(self) -> str:
        """What must be the same for a run to use what another one left."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def read(cls, folder: Path) -> 'Head':
        """The head of a folder.

        Raises:
            InputError: Not a folder of packed patches, or of another version.
        """
        path = folder / HEAD
        try:
            data = json.loads(path.read_text())
            newer = data['layout'] != LAYOUT
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(
                f'{path}: no packed patches in this folder; make them with '
                'tools/pack_patches.py'
            ) from None
        if newer or set(data) != {f.name for f in fields(cls)}:
            raise InputError(
                f'{path}: of another version of geokr_mm (layout '
                f'{data["layout"]}, this one reads {LAYOUT}); pack again'
            )
        data |= {name: tuple(data[name]) for name in ('bands', 'shards')}
        return cls(**data)


def tar_name(shard: int) -> str:
    """File name of a shard."""
    return f'shard-{shard:06d}.tar'


def index_name(shard: int) -> str:
    """File name of a shard's index."""
    return f'shard-{shard:06d}.npy'


def after(size: int) -> int:
    """Bytes that a member of a tar file takes, without its head."""
    return -(-size // BLOCK) * BLOCK


def pack_order(bands: Sequence[str]) -> tuple[str, ...]:
    """The order that bands are packed in: the colours as JPEG has them."""
    return RGB if set(bands) == set(RGB) else tuple(bands)


def fingerprint(index: KnowledgeIndex) -> str:
    """SHA-256 over names and checksums of an index's patches.

    So labels may change, as corrected ones do, and pixels may not.

    Raises:
        InputError: An index without checksums.
    """
    if index.metadata.schema < 2:
        raise InputError(
            f'{index.path}: has no checksums of its patches, since an early '
            'version built it; build it again'
        )
    digest = hashlib.sha256(f'{len(index)}'.encode())
    for start in range(0, len(index), 2**16):
        rows = np.arange(start, min(start + 2**16, len(index)))
        names: Any = index.take(rows).column('patch_id')
        digest.update('\n'.join(names).encode())
    digest.update(index.flat('crc32').tobytes())
    return digest.hexdigest()
