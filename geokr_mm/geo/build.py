"""Building a knowledge index: scenes + land cover -> one row per patch."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ..errors import InputError
from ..version import __version__
from .catalog import open_scenes
from .index_file import IndexMetadata, write_index
from .landcover import LandCover
from .options import BuildOptions
from .progress import Progress
from .quality import choose_filters
from .radiometry import stretches
from .raster import is_remote
from .scene import Scene
from .table import Summary, Table

__all__ = ['BuildOptions', 'Summary', 'build_index']

# Bytes at both ends of a file that stand for its content in the hash: the
# header and directory, and the last block. Whole archives are too large.
HASHED_BYTES = 65536


def build_index(
    options: BuildOptions, command: str = '', quiet: bool = True
) -> Summary:
    """Build an index and write it, whole or not at all.

    Args:
        options (BuildOptions): Inputs and choices.
        command (str): Stored in the index.
        quiet (bool): Show no progress.

    Raises:
        InputError: Any input that cannot be used; nothing is written.
    """
    options.check()
    filters = choose_filters(
        options.filters, options.without, options.min_valid
    )
    cover = LandCover.open(
        options.product,
        list(options.land_cover),
        options.year,
        options.legend,
        options.spherical,
    )
    scenes = _open(options)
    plans = [
        (
            s,
            s.windows(
                options.patch_size, options.stride or options.patch_size
            ),
        )
        for s in scenes
    ]
    total = sum(len(windows) for _, windows in plans)
    if not total:
        raise InputError(
            f'{scenes[0].files[0]}: {scenes[0].width} x {scenes[0].height} '
            f'pixels; no scene holds a full patch: choose a --patch-size '
            f'below {options.patch_size}'
        )
    pairs = stretches(scenes, options.stretch)
    progress = Progress('patches', total, quiet)
    table = Table(options, cover, filters)
    for scene, windows in plans:
        if windows:
            table.add(scene, windows, pairs[scene.name], progress)
    table.require_cover(cover)
    metadata = IndexMetadata(
        legend=cover.legend,
        product=cover.product.name,
        product_year=cover.year,
        grid=options.grid,
        patch_size=options.patch_size,
        stride=options.stride or options.patch_size,
        bands=scenes[0].bands,
        radiometry={
            'mode': options.stretch,
            'scenes': {
                name: {'low': low.tolist(), 'high': high.tolist()}
                for name, (low, high) in pairs.items()
            },
        },
        statistics=table.statistics(scenes[0].bands),
        filters=filters,
        inputs_hash=hash_inputs(scenes, cover, options),
        command=command,
        version=__version__,
    )
    write_index(options.out, table.columns, metadata)
    return table.summary(options.out)


def _open(options: BuildOptions) -> list[Scene]:
    """The scenes, all with the same bands."""
    scenes = open_scenes(
        options.scenes, options.group_files, options.band_names, options.date
    )
    if options.bands is not None:
        scenes = [s.select(options.bands) for s in scenes]
    for scene in scenes:
        if scene.bands != scenes[0].bands:
            raise InputError(
                f'{scene.files[0]}: bands {", ".join(scene.bands)}, but '
                f'{scenes[0].files[0]} has {", ".join(scenes[0].bands)}; '
                'choose common ones with --bands, or index them apart'
            )
    return scenes


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
    places = {'scenes', 'land_cover', 'out'}
    choices = {k: v for k, v in asdict(options).items() if k not in places}
    choices['legend_classes'] = cover.legend.to_dict()
    digest.update(json.dumps(choices, sort_keys=True).encode())
    return digest.hexdigest()
