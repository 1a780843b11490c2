"""What a build will do: scenes with their patches, and jobs from them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..errors import InputError
from .ask import Plan
from .catalog import Found, open_scenes
from .checksums import Checksums, unchanged
from .crew import Crew
from .index_file import store_path
from .inquiry import Inquiry
from .mask_search import find_masks
from .options import BuildOptions
from .radiometry import Stretches
from .scene import Scaling, Scene
from .table import Job

Bad = list[dict[str, str]]


def same_bands(
    options: BuildOptions,
    found: Found,
    bad: Bad | None,
    crew: Crew | None = None,
) -> list[Scene]:
    """The scenes of a build, all with the same bands.

    Args:
        options (BuildOptions): The choices.
        found (Found): The files behind its scenes.
        bad (list): See :func:`.catalog.open_scenes`.
        crew (Crew): Who opens them; this process by default.

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
        crew,
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


def make_plans(scenes: Sequence[Scene], options: BuildOptions) -> list[Plan]:
    """Scenes with their patches; InputError where there is none at all."""
    size = options.patch_size
    plans = [(s, tuple(s.windows(size, options.step))) for s in scenes]
    if not any(windows for _, windows in plans):
        largest = max(scenes, key=lambda s: min(s.width, s.height))
        raise InputError(
            f'{largest.files[0]}: {largest.width} x {largest.height} pixels '
            f'hold no patch of {size}; choose a smaller --patch-size'
        )
    return [plan for plan in plans if plan[1]]


def require_cover(inquiry: Inquiry) -> None:
    """InputError where no map covers any patch."""
    if inquiry.covered():
        return
    plans, cover = inquiry.plans, inquiry.atlas.maps[0]
    centres = np.concatenate([s.centres(w) for s, w in plans])
    west, south = centres.min(axis=0)
    east, north = centres.max(axis=0)
    raise InputError(
        f'{cover.tiles[0].path}: product {cover.product.name!r} does not '
        f'cover {plans[0][0].files[0]} (longitude {west:.3f} to {east:.3f}, '
        f'latitude {south:.3f} to {north:.3f}); give the files of that '
        'place with --land-cover or --map'
    )


def make_jobs(
    inquiry: Inquiry,
    stretched: Stretches,
    filters: Mapping[str, Mapping[str, float]],
    options: BuildOptions,
    base: str | None,
    size: int,
    set_aside: bool,
) -> Iterator[Job]:
    """The work in pieces, in the order of the rows, one after the other.

    Args:
        inquiry (Inquiry): Scenes with their patches, and what the land
            cover says about them.
        stretched (Stretches): Stretch of each scene; others are left out.
        filters (mapping): Name to parameters.
        options (BuildOptions): The choices.
        base (str): Folder that scene paths are relative to; None keeps them
            absolute.
        size (int): Most patches in a job.
        set_aside (bool): See :class:`.table.Job`.
    """
    shared = stretched.shared is not None
    for number, (scene, windows) in enumerate(inquiry.plans):
        if scene.name not in stretched.pairs:
            continue
        files = tuple(store_path(f, base) for f in scene.files)
        judged = inquiry.judge(number)
        for start in range(0, len(windows), size):
            some = windows[start : start + size]
            yield Job(
                scene=scene,
                windows=some,
                pair=stretched.pairs[scene.name],
                fixed=stretched.fixed[scene.name],
                shared=shared,
                known=judged(start, start + len(some)),
                files=files,
                filters=filters,
                set_aside=set_aside,
            )
