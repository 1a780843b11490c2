"""A hash of everything that an index is made from."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .landcover import LandCover
from .options import BuildOptions
from .raster import is_remote
from .scene import Scene

# Bytes at both ends of a file that stand for its content in the hash: the
# header and directory, and the last block. Whole archives are too large.
HASHED_BYTES = 65536


def hash_inputs(
    scenes: Sequence[Scene], cover: LandCover, options: BuildOptions
) -> str:
    """SHA-256 over the inputs' names, sizes, ends, grids and all choices.

    Paths are left out, so the same data elsewhere hash the same.
    """
    digest = hashlib.sha256()
    files = [f for s in scenes for f in s.files]
    for file in [*files, *(t.path for t in cover.tiles)]:
        digest.update(Path(file).name.encode())
        if is_remote(file):
            continue
        size = os.path.getsize(file)
        digest.update(str(size).encode())
        with open(file, 'rb') as stream:
            digest.update(stream.read(HASHED_BYTES))
            if size > 2 * HASHED_BYTES:
                stream.seek(-HASHED_BYTES, os.SEEK_END)
                digest.update(stream.read())
    places = {'scenes', 'land_cover', 'out', 'checksums'}
    choices = {k: v for k, v in asdict(options).items() if k not in places}
    choices['legend_classes'] = cover.legend.to_dict()
    digest.update(json.dumps(choices, sort_keys=True).encode())
    return digest.hexdigest()
