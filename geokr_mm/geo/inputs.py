"""A hash of everything that an index is made from."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .addresses import without_token
from .atlas import Atlas
from .options import BuildOptions
from .raster import is_remote
from .scene import Scene

# Bytes at both ends of a file that stand for its content in the hash: the
# header and directory, and the last block. Whole archives are too large.
HASHED_BYTES = 65536


def digest_files(files: Iterable[str]) -> Any:
    """SHA-256, to be continued, over files' names, sizes and ends."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(Path(without_token(file)).name.encode())
        if is_remote(file):
            continue
        size = os.path.getsize(file)
        digest.update(str(size).encode())
        with open(file, 'rb') as stream:
            digest.update(stream.read(HASHED_BYTES))
            if size > 2 * HASHED_BYTES:
                stream.seek(-HASHED_BYTES, os.SEEK_END)
                digest.update(stream.read())
    return digest


def hash_inputs(
    scenes: Sequence[Scene], cover: Atlas, options: BuildOptions
) -> str:
    """SHA-256 over the inputs' names, sizes, ends, grids and all choices.

    Paths are left out, so the same data elsewhere hash the same.
    """
    files = [f for s in scenes for f in s.files]
    digest = digest_files([*files, *(t.path for t in cover.tiles)])
    digest.update(json.dumps([t.band for t in cover.tiles]).encode())
    # Lists may state other things of the same files.
    for s in scenes:
        stated = [s.name, s.bands, s.date, s.stated_gsd]
        digest.update(json.dumps(stated).encode())
    places = {'scenes', 'land_cover', 'out', 'checksums'}
    choices = {k: v for k, v in asdict(options).items() if k not in places}
    if options.maps:
        # Where they lie does not matter, which they are does.
        choices['maps'] = [[m.product, m.year] for m in options.maps]
    else:
        del choices['maps'], choices['choose']
    choices['legend_classes'] = cover.legend.to_dict()
    digest.update(json.dumps(choices, sort_keys=True).encode())
    return digest.hexdigest()
