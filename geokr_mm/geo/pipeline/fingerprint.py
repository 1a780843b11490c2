"""What an index is made from, as one hash, and where builds may go on."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ...version import __version__
from ..core.addresses import file_name
from ..core.executor import Executor
from ..fusion.map_stack import MapStack
from ..landcover.landcover import LandCover
from ..scenes.scene import Scene
from .file_hash import facts_of, fingerprint
from .options import BuildOptions

#: Options that only tell where things lie, or what is hashed as it was found
#: there: the scenes, maps and quality layers themselves.
PLACES = frozenset(
    {
        'scenes',
        'product',
        'land_cover',
        'maps',
        'mask',
        'checksums',
        'out',
    }
)
#: Of a scene: where its files lie, and layers that nobody reads.
SCENE_PLACES = frozenset({'files', 'layers'})


def hash_inputs(
    scenes: Sequence[Scene],
    map_stack: MapStack,
    options: BuildOptions,
    executor: Executor,
) -> str:
    """SHA-256 over all scenes, the land cover and all choices.

    Folders are left out, so the same data elsewhere hash the same.

    Args:
        scenes (sequence of Scene): As they are used.
        map_stack (MapStack): The maps.
        options (BuildOptions): The choices.
        executor (Executor): Who reads the files.
    """
    return fingerprint(
        _files(scenes, map_stack),
        (),
        _facts(scenes, map_stack, options),
        executor,
    )


def _files(scenes: Sequence[Scene], map_stack: MapStack) -> Iterator[str]:
    for scene in scenes:
        yield from scene.files
        if scene.mask is not None:
            yield scene.mask.file
    for tile in map_stack.tiles:
        yield tile.path


def _facts(
    scenes: Sequence[Scene], map_stack: MapStack, options: BuildOptions
) -> Iterator[Any]:
    for scene in scenes:
        if scene.mask is not None:
            bare = replace(scene.mask, file=file_name(scene.mask.file))
            scene = replace(scene, mask=bare)
        yield facts_of(scene, SCENE_PLACES)
    for cover in map_stack.maps:
        yield from map_facts(cover)
    yield facts_of(options, PLACES)


def map_facts(cover: LandCover) -> Iterator[Any]:
    """What a map says beyond the content of its files.

    Args:
        cover (LandCover): The map.
    """
    yield cover.product, cover.legend
    yield cover.year, cover.spherical, cover.max_bend
    for tile in cover.tiles:
        yield facts_of(tile, {'path'})


def resume_key(inputs_hash: str, places: Iterable[str]) -> str:
    """What must be the same for a build to use what another one left.

    Args:
        inputs_hash (str): See :func:`hash_inputs`.
        places (iterable of str): Paths that the rows of an index tell.

    Returns:
        str: 64 hexadecimal digits.
    """
    digest = hashlib.sha256(f'{inputs_hash} {__version__}'.encode())
    for place in places:
        digest.update(f'\n{os.path.abspath(place)}'.encode())
    return digest.hexdigest()
