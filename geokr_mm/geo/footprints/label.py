"""Labels for tables of footprints, without scenes."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files import check_output, final_path
from ...version import __version__
from ..core.atomic_output import (
    build_lock,
    check_folder,
    part_name,
    replace_folder,
    write_head,
)
from ..core.executor import Executor, open_executor
from ..core.folders import table_files
from ..core.progress import Progress
from ..geometry.faults import INVALID, warn_of_faults
from ..landcover.chunks import ChunkLocator
from ..landcover.landcover import LandCover
from ..pipeline.fingerprint import (
    facts_of,
    fingerprint,
    map_facts,
    resume_key,
)
from ..pipeline.job_cache import JobCache
from ..pipeline.zonal_query import JOB_CELLS
from .external_sort import (
    SortedSlice,
    plan_batches,
    slice_path,
    sort_slice,
)
from .label_rows import COLUMNS, label_part
from .options import LabelOptions
from .table import FootprintTable

# Rows of a part of the result: what one worker holds at a time.
PART_ROWS = 65536
#: Options that are only places, or are in the hash otherwise.
PLACES = frozenset({'footprints', 'product', 'land_cover', 'out', 'crs'})


def label_footprints(
    options: LabelOptions,
    workers: int = 1,
    scheduler: str | None = None,
    resume: bool = False,
    quiet: bool = True,
) -> int:
    """Store the class fractions of each footprint of a table.

    Writes a folder of GeoParquet parts, sorted by tile: the columns of the
    table, ``row`` (its number in the table) and those of
    :data:`.label_rows.COLUMNS`.

    Args:
        scheduler (str): Address of a Dask scheduler whose workers do it;
            they must see the same paths.
        resume (bool): Go on with an interrupted run of the same inputs.

    Returns:
        int: Number of footprints.

    Raises:
        InputError: Any input that cannot be used; nothing is written.
    """
    if options.grid < 1:
        raise InputError(f'--grid {options.grid}: must be at least 1')
    if options.invalid not in INVALID:
        raise InputError(
            f'--invalid {options.invalid}: give one of {", ".join(INVALID)}'
        )
    check_output(options.out, folder=True)
    out = final_path(options.out, folder=True)
    with build_lock(out), open_executor(workers, scheduler) as executor:
        check_folder(out)
        source = FootprintTable.open(
            options.footprints, options.crs, options.layer, options.invalid
        )
        cover = LandCover.open(
            options.product,
            list(options.land_cover),
            options.year,
            options.legend,
            options.spherical,
            executor=executor,
        )
        key = fingerprint(
            [tile.path for tile in cover.tiles],
            table_files(source.path),
            [source.crs, *map_facts(cover), facts_of(options, PLACES)],
            executor,
        )
        with JobCache(out, resume_key(key, ()), resume) as cache:
            draft = cache.folder / 'index'
            _make(draft)
            head = _write_parts(
                draft, source, cover, options.grid, executor, quiet
            )
            write_head(
                draft, {**head, 'inputs_hash': key, 'version': __version__}
            )
            replace_folder(draft, out)
    return int(head['footprints'])


def _write_parts(
    draft: Path,
    source: FootprintTable,
    cover: LandCover,
    grid: int,
    executor: Executor,
    quiet: bool,
) -> dict[str, Any]:
    """Sort the table, write all parts and describe them."""
    slices = _sort(source, cover, draft.parent, executor, grid)
    files = [slice_path(draft.parent, n) for n in range(len(slices))]
    keys = [some.keys for some in slices]
    total = sum(int(k[:, 3].sum()) for k in keys)
    faults = {n: fault for some in slices for n, fault in some.faults.items()}
    if len(faults) == total:
        raise InputError(f'{source.path}: holds no footprint')
    warn_of_faults(faults, total, source.path, source.row_name)
    batches = list(plan_batches(files, keys, PART_ROWS))
    for left in draft.glob('*.parquet'):
        if int(left.stem.split('-')[1]) >= len(batches):
            left.unlink()
    shared, most = executor.share(cover), max(1, JOB_CELLS // grid**2)
    jobs = (
        (shared, source, rows, str(draft / part_name(n)), grid, most)
        for n, (_, rows) in enumerate(batches)
    )
    progress = Progress('footprints', total, quiet)
    covered = False
    results = executor.map(label_part, jobs)
    for (count, _), found in zip(batches, results, strict=True):
        covered |= found
        progress.add(count)
    if not covered:
        raise InputError(
            f'{cover.tiles[0].path}: product {cover.product.name!r} does not '
            f'cover any footprint of {source.path}; give the files of that '
            'place with --land-cover, or the right --crs'
        )
    return {
        'kind': 'footprints',
        'footprints': total,
        'empty_rows': sorted(faults),
        'legend': asdict(cover.legend),
        'product': cover.product.name,
        'product_year': cover.year,
        'grid': grid,
        'columns': list(COLUMNS),
    }


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f'{folder}: cannot be made ({error.strerror}); choose another '
            '--out'
        ) from None


def _sort(
    source: FootprintTable,
    cover: LandCover,
    folder: Path,
    executor: Executor,
    grid: int,
) -> list[SortedSlice]:
    """All slices sorted on disk."""
    locator = executor.share(ChunkLocator(cover.tiles))
    sizes = source.sizes()

    def jobs() -> Iterator[tuple[Any, ...]]:
        first = 0
        for number, part in enumerate(source.slices()):
            path = slice_path(folder, number)
            yield locator, source, part, path, first, grid
            first += len(part.table) if sizes is None else sizes[number]

    return list(executor.map(sort_slice, jobs()))
