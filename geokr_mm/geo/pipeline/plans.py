"""What a build will do: scenes, their patches, and batches of them."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...errors import InputError
from ..core.executor import Executor
from ..discovery.discover import Found, open_scenes
from ..fusion.map_stack import MapStack
from ..scenes.checksums import Checksums, unchanged
from ..scenes.mask_search import OF_TABLE, MaskChoice, find_masks
from ..scenes.patch_grids import PatchGrids
from ..scenes.radiometry import Stretches
from ..scenes.scene import Scaling, Scene
from .options import BuildOptions
from .patch_job import SceneBatch, ScenePart
from .zonal_query import Inquiry

logger = logging.getLogger('geokr_mm')

Bad = list[dict[str, str]]


def same_bands(
    options: BuildOptions,
    found: Found,
    bad: Bad | None,
    executor: Executor | None = None,
) -> list[Scene]:
    """The scenes of a build, all with the same bands.

    Args:
        options (BuildOptions): The choices.
        found (Found): The files behind its scenes.
        bad (list): See :func:`.catalog.open_scenes`.
        executor (Executor): Who opens them; this process by default.

    Raises:
        InputError: From opening, or scenes with different bands.
    """
    scenes = open_scenes(
        found,
        options.group_files,
        options.band_names,
        options.date,
        bad,
        options.bands,
        options.resample,
        executor,
    )
    if options.checksums is not None:
        listed = Checksums.open(options.checksums)
        scenes = unchanged(scenes, listed, bad)
    if not scenes:
        raise InputError(
            f'no scene file can be used; first: {(bad or [{}])[0]["message"]}'
        )
    scenes = [_scaled(scene, options) for scene in scenes]
    if options.mask is not None:
        scenes = find_masks(scenes, options.mask_choice)
    elif any(OF_TABLE in dict(scene.layers) for scene in scenes):
        scenes = find_masks(scenes, MaskChoice(OF_TABLE))
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


def _scaled(scene: Scene, options: BuildOptions) -> Scene:
    """The scene with the scale and offset that a build uses."""
    if not options.use_scaling:
        return replace(scene, scaling=())
    if options.scale is None and options.offset is None:
        return scene
    own = scene.scaling or (Scaling(),) * len(scene.bands)
    found = tuple(
        Scaling(
            s.scale if options.scale is None else options.scale,
            s.offset if options.offset is None else options.offset,
        )
        for s in own
    )
    return replace(scene, scaling=found)


def warn_of_dates(scenes: Sequence[Scene], map_stack: MapStack) -> None:
    """Warn where maps of several years are chosen from without a date."""
    undated = [scene for scene in scenes if scene.date is None]
    years = sorted({cover.year for cover in map_stack.maps})
    if undated and len(years) > 1:
        logger.warning(
            '%s: %d of %d scenes have no date to choose a map by (%s); all '
            'years fit them alike. Give --date, or a column date in a table '
            'of scenes',
            undated[0].files[0], len(undated), len(scenes),
            ', '.join(map(str, years)),
        )  # fmt: skip


def lay_grids(scenes: Sequence[Scene], options: BuildOptions) -> PatchGrids:
    """The patches of all scenes; InputError where there is none at all."""
    size = options.patch_size
    grids = PatchGrids.of(scenes, size, options.step)
    if not len(grids):
        largest = max(scenes, key=lambda s: min(s.width, s.height))
        raise InputError(
            f'{largest.files[0]}: {largest.width} x {largest.height} pixels '
            f'hold no patch of {size}; choose a smaller --patch-size'
        )
    return grids


def require_cover(inquiry: Inquiry, scenes: Sequence[Scene]) -> None:
    """InputError where no map covers any patch."""
    if inquiry.covered():
        return
    cover = inquiry.map_stack.maps[0]
    first = scenes[inquiry.grids.owner(0)]
    west, south, east, north = inquiry.grids.extent()
    raise InputError(
        f'{cover.tiles[0].path}: product {cover.product.name!r} does not '
        f'cover {first.files[0]} (longitude {west:.3f} to {east:.3f}, '
        f'latitude {south:.3f} to {north:.3f}); give the files of that '
        'place with --land-cover or --map'
    )


def make_batches(
    scenes: Sequence[Scene],
    inquiry: Inquiry,
    stretched: Stretches,
    filters: Mapping[str, Mapping[str, float]],
    options: BuildOptions,
    base: str | None,
    most: int,
    set_aside: bool,
) -> Iterator[SceneBatch]:
    """The work in pieces, in the order of the rows, one after the other.

    Args:
        scenes (sequence of Scene): All scenes.
        inquiry (Inquiry): What the land cover says about their patches.
        stretched (Stretches): Stretch of each scene; others are left out.
        filters (mapping): Name to parameters.
        options (BuildOptions): The choices.
        base (str): Folder that scene paths are relative to; None keeps them
            absolute.
        most (int): Most patches in a batch.
        set_aside (bool): See :class:`.scene_batch.SceneBatch`.
    """

    def batch(parts: list[ScenePart], ranges: list[list[int]]) -> SceneBatch:
        return SceneBatch(
            parts=tuple(parts),
            said=inquiry.said(np.array(ranges, np.int64)),
            size=options.patch_size,
            stride=options.step,
            base=base,
            filters=filters,
            shared=shared,
            set_aside=set_aside,
        )

    shared = stretched.shared is not None
    parts: list[ScenePart] = []
    ranges: list[list[int]] = []
    for number, part in _scene_parts(scenes, inquiry, stretched, most):
        if parts and sum(map(len, parts)) + len(part) > most:
            yield batch(parts, ranges)
            parts, ranges = [], []
        first, _ = inquiry.grids.span(number)
        parts.append(part)
        ranges.append([first + part.start, first + part.stop])
    if parts:
        yield batch(parts, ranges)


def _scene_parts(
    scenes: Sequence[Scene],
    inquiry: Inquiry,
    stretched: Stretches,
    most: int,
) -> Iterator[tuple[int, ScenePart]]:
    """Numbers of scenes, and their patches, ``most`` at a time."""
    grids = inquiry.grids
    for number, scene in enumerate(scenes):
        first, last = grids.span(number)
        if first == last or scene.name not in stretched.pairs:
            continue
        shares = inquiry.known_shares(number)
        for start in range(0, last - first, most):
            yield (
                number,
                ScenePart(
                    scene=scene,
                    columns=int(grids.columns[number]),
                    start=start,
                    stop=min(start + most, last - first),
                    pair=stretched.pairs[scene.name],
                    fixed=stretched.fixed[scene.name],
                    shares=shares,
                ),
            )
