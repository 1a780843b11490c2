"""Building a knowledge index: scenes + land cover -> one row per patch."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ...errors import InputError
from ...version import __version__
from ..core.progress import Progress
from ..discovery.opening import open_scenes
from ..discovery.search import find_scenes
from ..index.borrowed_statistics import BorrowedStatistics
from ..index.schema import IndexMetadata
from ..scenes.checksums import Checksums
from ..scenes.mask_search import find_masks
from ..scenes.patch_grids import PatchGrids
from ..scenes.physical import describe_values
from ..scenes.quality import choose_filters
from ..scenes.radiometry import find_stretches
from ..scenes.random_windows import random_windows
from ..scenes.scene import Scaling, Scene
from .fingerprint import hash_inputs
from .index_build import IndexBuild, Summary, Tally
from .job_cache import JobCache
from .options import BuildOptions, RunOptions
from .patch_rows import JobRows
from .scene_jobs import make_jobs, run_scenes
from .zonal_query import ZonalQuery, open_maps

__all__ = ['BuildOptions', 'Summary', 'build_index']

logger = logging.getLogger('geokr_mm')

# Patches of one job: a few seconds of work.
JOB_PATCHES = 512


def build_index(
    options: BuildOptions, command: str = '', **run: Any
) -> Summary:
    """Build an index and write it, whole or not at all.

    The command is stored in the index; ``run`` are fields of
    :class:`.options.RunOptions`.

    Raises:
        InputError: Any input that cannot be used; nothing is written.
    """
    options.check()
    return SceneBuild(options, command, RunOptions(**run)).build()


class SceneBuild(IndexBuild):
    """A build from scenes and maps."""

    def __init__(
        self, options: BuildOptions, command: str, run: RunOptions
    ) -> None:
        super().__init__(options.out, command, run)
        self.options = options

    def build(self) -> Summary:
        return replace(super().build(), stats_from=self.options.stats_from)

    def prepare(self) -> tuple[str, Iterable[str]]:
        options = self.options
        self.filters = choose_filters(
            options.filters,
            options.without,
            options.min_valid,
            options.max_cloud,
        )
        self.maps = open_maps(options, self.executor)
        self.scenes = self._open_scenes()
        self._warn_of_dates()
        extra = None
        if options.sample:
            extra = random_windows(
                self.scenes,
                options.patch_size,
                options.sample,
                options.scales,
                options.sample_seed,
            )
        self.grids = PatchGrids.of(
            self.scenes, options.patch_size, options.step, extra
        )
        if not len(self.grids):
            largest = max(self.scenes, key=lambda s: min(s.width, s.height))
            raise InputError(
                f'{largest.files[0]}: {largest.width} x {largest.height} '
                f'pixels hold no patch of {options.patch_size}; choose a '
                'smaller --patch-size'
            )
        self._require_own_ground()
        self.about = describe_values(self.scenes, options.units)
        self.borrowed = self._borrowed()
        key = hash_inputs(
            self.scenes, self.maps, options, self.executor, self.borrowed
        )
        return key, (file for scene in self.scenes for file in scene.files)

    def tally(self) -> Tally:
        return Tally(self.maps.classes, len(self.scenes[0].bands))

    def rows(self, cache: JobCache) -> Iterator[JobRows]:
        options, scenes = self.options, self.scenes
        shared = self.executor.share(self.maps)
        query = ZonalQuery(self.maps, self.grids, options.grid, cache.folder)
        progress = Progress('land cover', query.steps, self.run.quiet)
        query.run(self.executor, shared, progress.add)
        self._require_cover(query)
        self.stretches = find_stretches(
            scenes, options.stretch, self.quarantine, self.executor
        )
        self.quarantine.check()
        settings = replace(
            self.row_settings(self.stretches.shared is not None),
            size=options.patch_size,
        )
        jobs = make_jobs(scenes, query, self.stretches, settings, JOB_PATCHES)
        return self.run_jobs(run_scenes, jobs, len(self.grids), cache, shared)

    def metadata(self, key: str, tally: Tally) -> IndexMetadata:
        options, maps = self.options, self.maps
        found = IndexMetadata(
            legend=maps.legend,
            product='+'.join(dict.fromkeys(m.product.name for m in maps.maps)),
            product_year=maps.maps[0].year,
            grid=options.grid,
            patch_size=options.patch_size,
            stride=options.step,
            bands=self.scenes[0].bands,
            radiometry=self.stretches.described(),
            statistics=tally.statistics,
            filters=self.filters,
            inputs_hash=key,
            command=self.command,
            version=__version__,
            maps=tuple(maps.describe()),
            choose=maps.choose,
            values={**self.about, **tally.values, 'stats_from': None},
        )
        return found if self.borrowed is None else self.borrowed.into(found)

    def _open_scenes(self) -> list[Scene]:
        """The scenes, all with the same bands."""
        options, quarantine = self.options, self.quarantine
        found = find_scenes(options.scenes, options.bands)
        quarantine.files = len(found.every_file())
        scenes = open_scenes(found, options, quarantine, self.executor)
        if options.checksums is not None:
            checksums = Checksums.open(options.checksums)
            scenes = checksums.unchanged(scenes, quarantine)
        if not scenes:
            first = quarantine.entries[0]['message']
            raise InputError(f'no scene file can be used; first: {first}')
        scenes = find_masks([_scaled(s, options) for s in scenes], options)
        if options.bands is not None:
            scenes = [s.select(options.bands) for s in scenes]
        for scene in scenes:
            if scene.bands != scenes[0].bands:
                raise InputError(
                    f'{scene.files[0]}: bands {", ".join(scene.bands)}, but '
                    f'{scenes[0].files[0]} has {", ".join(scenes[0].bands)}; '
                    'choose common ones with --bands, or index them apart'
                )
        quarantine.check()
        return scenes

    def _borrowed(self) -> BorrowedStatistics | None:
        """Statistics of the index that ``--stats-from`` names."""
        if self.options.stats_from is None:
            return None
        return BorrowedStatistics.of(
            self.options.stats_from,
            self.scenes[0].bands,
            self.about['units'],
        )

    def _warn_of_dates(self) -> None:
        """Warn where maps of several years are chosen from without a date."""
        undated = [scene for scene in self.scenes if scene.date is None]
        years = sorted({cover.year for cover in self.maps.maps})
        if undated and len(years) > 1:
            logger.warning(
                '%s: %d of %d scenes have no date to choose a map by (%s); '
                'all years fit them alike. Give --date, or a column date in '
                'a table of scenes',
                undated[0].files[0], len(undated), len(self.scenes),
                ', '.join(map(str, years)),
            )  # fmt: skip

    def _require_own_ground(self) -> None:
        """InputError for cells of labels that are not those of the images."""
        wide = [s for s in self.scenes if s.surroundings != 1.0]
        if wide and self.options.grid > 1:
            raise InputError(
                f'{wide[0].files[0]}: its label is of a footprint '
                f'{wide[0].surroundings:.3g} times as wide (width_m), so '
                f'cells of --grid {self.options.grid} are not those of the '
                'image; leave out --grid, or width_m'
            )

    def _require_cover(self, query: ZonalQuery) -> None:
        """InputError where no map covers any patch."""
        if query.covered():
            return
        cover = self.maps.maps[0]
        first = self.scenes[self.grids.owner(0)]
        west, south, east, north = self.grids.extent()
        raise InputError(
            f'{cover.tiles[0].path}: product {cover.product.name!r} does not '
            f'cover {first.files[0]} (longitude {west:.3f} to {east:.3f}, '
            f'latitude {south:.3f} to {north:.3f}); give the files of that '
            'place with --land-cover or --map'
        )


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
