"""Building a knowledge index: scenes + land cover -> one row per patch."""

from collections.abc import Sequence

from ...errors import InputError
from ...version import __version__
from ..core.atomic_output import build_lock, check_target
from ..core.executor import Executor, open_executor
from ..core.progress import Progress
from ..discovery.discover import find_scenes
from ..fusion.map_stack import MapStack
from ..index.schema import IndexMetadata
from ..index.target import Target
from ..index.writer import write_target
from ..scenes.quality import choose_filters
from ..scenes.quarantine import Tolerance, write_quarantine
from ..scenes.radiometry import Stretches, stretches
from ..scenes.scene import Scene
from .fingerprint import hash_inputs, resume_key
from .job_cache import JOB_PATCHES, PartStore, run_jobs
from .options import BuildOptions
from .patch_job import run_scenes
from .patch_rows import statistics
from .plans import (
    Bad,
    lay_grids,
    make_batches,
    require_cover,
    same_bands,
    warn_of_dates,
)
from .summary import Summary, Tally
from .zonal_query import Inquiry, open_map_stack

__all__ = ['BuildOptions', 'Summary', 'build_index']


def build_index(
    options: BuildOptions,
    command: str = '',
    quiet: bool = True,
    workers: int = 1,
    resume: bool = False,
    max_bad_fraction: float = 0.0,
    scheduler: str | None = None,
) -> Summary:
    """Build an index and write it, whole or not at all.

    Args:
        options (BuildOptions): Inputs and choices.
        command (str): Stored in the index.
        quiet (bool): Show no progress.
        workers (int): Processes that ask the map and measure patches.
        resume (bool): Use what an interrupted build of the same inputs left;
            the result has the same bytes as one uninterrupted run.
        max_bad_fraction (float): Share of scene files that may be unusable;
            they are listed beside the index. 0 stops at the first.
        scheduler (str): Address of a Dask scheduler whose workers do it.

    Raises:
        InputError: Any input that cannot be used; nothing is written.
    """
    options.check()
    target = Target.of(options.out)
    check_target(target.place, target.folder)
    with (
        build_lock(target.place),
        open_executor(workers, scheduler) as executor,
    ):
        made = _build(
            options, target, command, quiet, executor, resume, max_bad_fraction
        )
        target.publish()
        return made


def _build(
    options: BuildOptions,
    target: Target,
    command: str,
    quiet: bool,
    executor: Executor,
    resume: bool,
    max_bad_fraction: float,
) -> Summary:
    filters = choose_filters(
        options.filters,
        options.without,
        options.min_valid,
        options.max_cloud,
    )
    map_stack = open_map_stack(options, executor)
    found = find_scenes(options.scenes, options.bands)
    tolerance = Tolerance(len(found.every_file()), max_bad_fraction)
    bad: Bad = []
    aside = bad if max_bad_fraction > 0 else None
    scenes = same_bands(options, found, aside, executor)
    tolerance.check(bad)
    warn_of_dates(scenes, map_stack)
    grids = lay_grids(scenes, options)
    key = hash_inputs(scenes, map_stack, options, executor)
    places = (file for scene in scenes for file in scene.files)
    store = PartStore(target.place, resume_key(key, places), resume)
    inquiry = Inquiry(map_stack, grids, options.grid, store.folder)
    shared = executor.share(map_stack)
    tally = Tally(map_stack.classes, len(scenes[0].bands))
    try:
        asked = Progress('land cover', inquiry.steps, quiet)
        inquiry.ask(executor, shared, asked.add)
        require_cover(inquiry, scenes)
        stretched = stretches(scenes, options.stretch, aside, executor)
        tolerance.check(bad)
        batches = make_batches(
            scenes,
            inquiry,
            stretched,
            filters,
            options,
            target.scene_base,
            JOB_PATCHES,
            aside is not None,
        )
        measured = Progress('patches', len(grids), quiet)
        for part in run_jobs(
            run_scenes, batches, store, executor, measured.add, (shared,)
        ):
            tally.add(part)
            bad += part.bad
            tolerance.check(bad)
        if not tally.patches:
            raise InputError(f'no patch could be read; {bad[0]["message"]}')
        metadata = _metadata(
            options, map_stack, scenes, stretched, filters, tally, key, command
        )
        write_target(
            target,
            store.folder / 'index',
            store.tables(),
            metadata,
            tally.extent,
        )
        write_quarantine(target.place, bad)
    except InputError:
        if not resume:
            store.remove()
        raise
    store.remove()
    return tally.summary(options.out, bad)


def _metadata(
    options: BuildOptions,
    map_stack: MapStack,
    scenes: Sequence[Scene],
    stretched: Stretches,
    filters: dict[str, dict[str, float]],
    tally: Tally,
    key: str,
    command: str,
) -> IndexMetadata:
    return IndexMetadata(
        legend=map_stack.legend,
        product='+'.join(
            dict.fromkeys(m.product.name for m in map_stack.maps)
        ),
        product_year=map_stack.maps[0].year,
        grid=options.grid,
        patch_size=options.patch_size,
        stride=options.step,
        bands=scenes[0].bands,
        radiometry=stretched.described(),
        statistics=statistics(tally.sums),
        filters=filters,
        inputs_hash=key,
        command=command,
        version=__version__,
        maps=tuple(map_stack.describe()),
        choose=map_stack.choose,
    )
