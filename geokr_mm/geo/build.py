"""Building a knowledge index: scenes + land cover -> one row per patch."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..version import __version__
from .catalog import open_scenes
from .index_file import IndexMetadata, check_target, store_path, write_index
from .landcover import Fractions, LandCover
from .options import BuildOptions
from .progress import Progress
from .quality import choose_filters
from .radiometry import Pair, stretches
from .raster import is_remote
from .scene import Scene, Window
from .table import Job, Rows, run_job

__all__ = ['BuildOptions', 'Summary', 'build_index']

# Bytes at both ends of a file that stand for its content in the hash: the
# header and directory, and the last block. Whole archives are too large.
HASHED_BYTES = 65536
# Patches of one job: a few seconds of work.
JOB_PATCHES = 512

Plan = tuple[Scene, tuple[Window, ...]]


@dataclass(frozen=True)
class Summary:
    """What a build made.

    Attributes:
        path (str): The index.
        patches, kept (int): Rows, and rows that no filter rejects.
        rejected (dict[str, int]): Rows per filter.
        classes (dict[str, float]): Mean fractions of the kept rows.
    """

    path: str
    patches: int
    kept: int
    rejected: dict[str, int]
    classes: dict[str, float]

    def __str__(self) -> str:
        lines = [f'{self.path}: {self.patches} patches, {self.kept} kept']
        lines += [f'  rejected by {k}: {v}' for k, v in self.rejected.items()]
        lines.append('  mean class fractions of the kept patches:')
        lines += [f'    {k:<24} {v:.4f}' for k, v in self.classes.items()]
        return '\n'.join(lines)


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
    check_target(options.out)
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
    plans = _plans(scenes, options)
    known = _known(cover, plans, 1)
    _require_cover(cover, plans, known)
    cells = known if options.grid == 1 else _known(cover, plans, options.grid)
    pairs = stretches(scenes, options.stretch)
    jobs = _jobs(plans, pairs, known, cells, cover, filters, options)
    rows = Rows.empty(len(scenes[0].bands))
    progress = Progress('patches', sum(len(w) for _, w in plans), quiet)
    for job in jobs:
        rows.extend(run_job(job, progress.add))
    metadata = IndexMetadata(
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
        statistics=rows.statistics(),
        filters=filters,
        inputs_hash=hash_inputs(scenes, cover, options),
        command=command,
        version=__version__,
    )
    write_index(options.out, rows.columns, metadata)
    return _summary(options.out, rows, filters, cover)


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


def _summary(
    path: str,
    rows: Rows,
    filters: Mapping[str, Mapping[str, float]],
    cover: LandCover,
) -> Summary:
    keep = np.array(rows.columns['keep'])
    shares = np.stack(rows.columns['fractions'])[keep]
    mean = shares.mean(axis=0) if len(shares) else shares.sum(axis=0)
    names = dict.fromkeys([*filters, 'sea', 'uncovered'])
    counts = {
        name: sum(name in v for v in rows.columns['verdicts'])
        for name in names
    }
    return Summary(
        path=path,
        patches=len(keep),
        kept=int(keep.sum()),
        rejected={k: v for k, v in counts.items() if v},
        classes={
            name: float(v) for name, v in zip(cover.classes, mean, strict=True)
        },
    )


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
