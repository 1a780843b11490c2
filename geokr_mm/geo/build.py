"""Building a knowledge index: scenes + land cover -> one row per patch."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..version import __version__
from .catalog import list_scene_files, open_scenes
from .checksums import Checksums, unchanged
from .durable import check_target, only_builder
from .index_file import IndexMetadata, store_path, write_tables
from .inputs import hash_inputs
from .landcover import Fractions, LandCover
from .options import BuildOptions
from .parts import PartStore, run_jobs
from .progress import Progress
from .quality import choose_filters
from .quarantine import check_bad_fraction, write_quarantine
from .radiometry import Pair, stretches
from .scene import Scene, Window
from .summary import Summary, summarise
from .table import Job, Rows, statistics

__all__ = ['BuildOptions', 'Summary', 'build_index']

# Patches of one job: a few seconds of work.
JOB_PATCHES = 512

Plan = tuple[Scene, tuple[Window, ...]]
Bad = list[dict[str, str]]


def build_index(
    options: BuildOptions,
    command: str = '',
    quiet: bool = True,
    workers: int = 1,
    resume: bool = False,
    max_bad_fraction: float = 0.0,
) -> Summary:
    """Build an index and write it, whole or not at all.

    Args:
        options (BuildOptions): Inputs and choices.
        command (str): Stored in the index.
        quiet (bool): Show no progress.
        workers (int): Processes that read and measure patches.
        resume (bool): Use what an interrupted build of the same inputs left;
            the result has the same bytes as one uninterrupted run.
        max_bad_fraction (float): Share of scene files that may be unusable;
            they are listed beside the index. 0 stops at the first.

    Raises:
        InputError: Any input that cannot be used; nothing is written.
    """
    options.check()
    check_target(options.out)
    with only_builder(options.out):
        return _build(
            options, command, quiet, workers, resume, max_bad_fraction
        )


def _build(
    options: BuildOptions,
    command: str,
    quiet: bool,
    workers: int,
    resume: bool,
    max_bad_fraction: float,
) -> Summary:
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
    files = len(list_scene_files(options.scenes))
    bad: Bad = []
    aside = bad if max_bad_fraction > 0 else None
    scenes = _open(options, aside)
    check_bad_fraction(bad, files, max_bad_fraction)
    plans = _plans(scenes, options)
    known = _known(cover, plans, 1)
    _require_cover(cover, plans, known)
    cells = known if options.grid == 1 else _known(cover, plans, options.grid)
    pairs = stretches(scenes, options.stretch, aside)
    check_bad_fraction(bad, files, max_bad_fraction)
    jobs = _jobs(plans, pairs, known, cells, cover, filters, options)
    if aside is not None:
        jobs = [replace(job, set_aside=True) for job in jobs]
    key = hash_inputs(scenes, cover, options)
    store = PartStore(options.out, key, resume)
    progress = Progress('patches', sum(len(w) for _, w in plans), quiet)
    parts: list[Rows] = []
    try:
        for rows in run_jobs(jobs, store, workers, progress.add):
            parts.append(rows)
            bad += rows.bad
            check_bad_fraction(bad, files, max_bad_fraction)
        if not any(len(rows.table) for rows in parts):
            raise InputError(f'no patch could be read; {bad[0]["message"]}')
        metadata = _metadata(
            options, cover, scenes, pairs, filters, parts, key, command
        )
        write_tables(options.out, [r.table for r in parts], metadata)
        write_quarantine(options.out, bad)
    except InputError:
        if not resume:
            store.remove()
        raise
    store.remove()
    return summarise(options.out, parts, bad, cover)


def _metadata(
    options: BuildOptions,
    cover: LandCover,
    scenes: Sequence[Scene],
    pairs: Mapping[str, Pair],
    filters: dict[str, dict[str, float]],
    parts: Sequence[Rows],
    key: str,
    command: str,
) -> IndexMetadata:
    # Added in the order of the jobs, so that workers change no digit.
    sums = np.zeros((3, len(scenes[0].bands)))
    for rows in parts:
        sums += rows.sums
    return IndexMetadata(
        legend=cover.legend,
        product=cover.product.name,
        product_year=cover.year,
        grid=options.grid,
        patch_size=options.patch_size,
        stride=options.step,
        bands=scenes[0].bands,
        radiometry={
            'mode': options.stretch,
            'scenes': {
                name: {'low': low.tolist(), 'high': high.tolist()}
                for name, (low, high) in pairs.items()
            },
        },
        statistics=statistics(sums),
        filters=filters,
        inputs_hash=key,
        command=command,
        version=__version__,
    )


def _open(options: BuildOptions, bad: Bad | None) -> list[Scene]:
    """The scenes, all with the same bands."""
    scenes = open_scenes(
        options.scenes,
        options.group_files,
        options.band_names,
        options.date,
        bad,
    )
    if options.checksums is not None:
        listed = Checksums.open(options.checksums)
        scenes = unchanged(scenes, listed, bad)
    if not scenes:
        raise InputError(
            f'no scene file can be used; first: {(bad or [{}])[0]["message"]}'
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


def _plans(scenes: Sequence[Scene], options: BuildOptions) -> list[Plan]:
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


def _known(
    cover: LandCover, plans: Sequence[Plan], grid: int
) -> list[Fractions]:
    """What the land cover says about each plan's patches.

    All scenes of one CRS are asked together, so that each block of the
    product is decoded once.
    """
    groups: dict[str, list[int]] = {}
    for number, (scene, _) in enumerate(plans):
        groups.setdefault(scene.crs, []).append(number)
    found: dict[int, Fractions] = {}
    for crs, numbers in groups.items():
        corners = [plans[n][0].corners(plans[n][1]) for n in numbers]
        answer = cover.coverage(np.concatenate(corners), crs, grid)
        start = 0
        for number, part in zip(numbers, corners, strict=True):
            found[number] = answer.part(start, start + len(part))
            start += len(part)
    return [found[n] for n in range(len(plans))]


def _require_cover(
    cover: LandCover, plans: Sequence[Plan], known: Sequence[Fractions]
) -> None:
    """InputError where the product covers no patch at all."""
    if any((k.uncovered < 1.0).any() for k in known):
        return
    centres = np.concatenate([s.centres(w) for s, w in plans])
    west, south = centres.min(axis=0)
    east, north = centres.max(axis=0)
    raise InputError(
        f'{cover.tiles[0].path}: product {cover.product.name!r} does not '
        f'cover {plans[0][0].files[0]} (longitude {west:.3f} to {east:.3f}, '
        f'latitude {south:.3f} to {north:.3f}); give the files of that '
        'place with --land-cover'
    )


def _jobs(
    plans: Sequence[Plan],
    pairs: Mapping[str, Pair],
    known: Sequence[Fractions],
    cells: Sequence[Fractions],
    cover: LandCover,
    filters: Mapping[str, Mapping[str, float]],
    options: BuildOptions,
) -> list[Job]:
    """The work in pieces, in the order of the rows."""
    folder = str(Path(options.out).parent)
    jobs = []
    for (scene, windows), whole, parts in zip(
        plans, known, cells, strict=True
    ):
        if scene.name not in pairs:
            continue
        files = tuple(store_path(f, folder) for f in scene.files)
        for start in range(0, len(windows), JOB_PATCHES):
            stop = start + JOB_PATCHES
            jobs.append(
                Job(
                    scene=scene,
                    windows=windows[start:stop],
                    pair=pairs[scene.name],
                    whole=whole.part(start, stop),
                    cells=parts.part(start, stop),
                    files=files,
                    product=cover.product.name,
                    year=cover.year,
                    filters=filters,
                )
            )
    return jobs
