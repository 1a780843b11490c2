"""The steps of every build of an index, whatever its rows are made from."""

from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InputError
from ..core.atomic_output import build_lock, check_target
from ..core.executor import Cached, Executor, open_executor
from ..core.progress import Progress
from ..index.schema import IndexMetadata
from ..index.target import Target
from ..index.writer import Extent
from ..scenes.physical import mean_and_std
from ..scenes.quarantine import Quarantine
from .fingerprint import resume_key
from .job_cache import JobCache
from .options import RunOptions
from .patch_rows import JobRows, RowSettings


@dataclass(frozen=True)
class Summary:
    """What a build made.

    Attributes:
        path (str): The index.
        patches, kept (int): Rows, and rows that no filter rejects.
        rejected (dict[str, int]): Rows per filter.
        left_out (dict[str, int]): Scenes and patches that could not be
            read, per reason.
        classes (dict[str, float]): Mean fractions of the kept rows.
        stats_from (str | None): Index whose mean and deviation of the bands
            this one has.
    """

    path: str
    patches: int
    kept: int
    rejected: dict[str, int]
    left_out: dict[str, int]
    classes: dict[str, float]
    stats_from: str | None = None

    def __str__(self) -> str:
        lines = [f'{self.path}: {self.patches} patches, {self.kept} kept']
        lines += [f'  rejected by {k}: {v}' for k, v in self.rejected.items()]
        lines += [f'  left out, {k}: {v}' for k, v in self.left_out.items()]
        if self.stats_from is not None:
            lines.append(
                f'  mean and deviation of the bands: {self.stats_from}'
            )
        lines.append('  mean class fractions of the kept patches:')
        lines += [f'    {k:<30} {v:.4f}' for k, v in self.classes.items()]
        return '\n'.join(lines)


class Tally:
    """Counts rows, filters and band sums of jobs as they come."""

    def __init__(self, classes: Sequence[str], bands: int) -> None:
        self.classes = tuple(classes)
        self.extent = Extent()
        self.patches = self.kept = 0
        self._sums = np.zeros((2, 3, bands))
        self._rejected: Counter[str] = Counter()
        self._shares = np.zeros(len(self.classes))

    def add(self, rows: JobRows) -> None:
        """Count the next rows; their order decides the last digits."""
        self._sums += rows.sums
        self.extent.add(rows.table)
        keep = rows.table['keep'].to_numpy()
        self.patches += len(keep)
        self.kept += int(keep.sum())
        for names in rows.table['verdicts'].to_pylist():
            self._rejected.update(names)
        values = rows.table['fractions'].combine_chunks().flatten()
        table = np.asarray(values).reshape(len(keep), len(self.classes))
        self._shares += table[keep].sum(axis=0, dtype=np.float64)

    @property
    def statistics(self) -> dict[str, list[float]]:
        """Mean and deviation per band over the kept patches, 0..255."""
        return mean_and_std(self._sums[0])

    @property
    def values(self) -> dict[str, list[float]]:
        """The same of physical values."""
        return mean_and_std(self._sums[1])

    def summary(self, path: str, bad: Sequence[dict[str, str]]) -> Summary:
        """The figures for the user."""
        means = self._shares / max(self.kept, 1)
        return Summary(
            path=path,
            patches=self.patches,
            kept=self.kept,
            rejected=dict(sorted(self._rejected.items())),
            left_out=dict(sorted(Counter(e['reason'] for e in bad).items())),
            classes=dict(zip(self.classes, means.tolist(), strict=True)),
        )


class IndexBuild(ABC):
    """Lock, workers, job cache, quarantine and writer of a build.

    A subclass finds the inputs, makes the rows and describes them.

    Attributes:
        target (Target): Where the index goes.
        quarantine (Quarantine): What is left out.
        executor (Executor): Does the jobs; only while :meth:`build` runs.
        filters (dict): Name to parameters; set by the subclass.
    """

    filters: dict[str, dict[str, float]]

    #: Message where no row can be made.
    nothing = 'no patch could be read'

    def __init__(self, out: str, command: str, run: RunOptions) -> None:
        self.target = Target.of(out)
        self.command = command
        self.run = run
        self.quarantine = Quarantine(run.max_bad_fraction)
        self.executor = Executor()

    def build(self) -> Summary:
        """Write the index, whole or not at all.

        Raises:
            InputError: Any input that cannot be used; nothing is written.
        """
        target, run = self.target, self.run
        check_target(target.place, target.folder)
        with (
            build_lock(target.place),
            open_executor(run.workers, run.scheduler) as self.executor,
        ):
            key, paths = self.prepare()
            key_of_jobs = resume_key(key, paths)
            with JobCache(target.place, key_of_jobs, run.resume) as cache:
                tally = self._write(key, cache)
            target.publish()
        return tally.summary(target.given, self.quarantine.entries)

    def _write(self, key: str, cache: JobCache) -> Tally:
        tally = self.tally()
        for rows in self.rows(cache):
            tally.add(rows)
            self.quarantine.extend(rows.bad)
        if not tally.patches:
            first = self.quarantine.entries[0]['message']
            raise InputError(f'{self.nothing}; {first}')
        self.target.write(
            cache.folder / 'index',
            cache.tables(),
            self.metadata(key, tally),
            tally.extent,
        )
        self.quarantine.write(self.target.place)
        return tally

    def run_jobs(
        self,
        run: Callable[..., JobRows],
        jobs: Iterable[Any],
        patches: int,
        cache: JobCache,
        *shared: Any,
    ) -> Iterator[JobRows]:
        """Results of all jobs in their order, with progress.

        Args:
            run (callable): Does a job, importable by the workers.
            jobs (iterable): The work; the length of a job is the number of
                its patches, its ``key`` differs from that of all others.
            patches (int): Of all jobs.
            cache (JobCache): Where finished jobs are kept.
            shared: Arguments before the job, as
                :meth:`.executor.Executor.share` returned them.
        """
        progress = Progress('patches', patches, self.run.quiet)
        started: deque[tuple[str, bool, int]] = deque()

        def missing() -> Iterator[tuple[Any, ...] | Cached]:
            for number, job in enumerate(jobs):
                kept = cache.load(number, job.key)
                started.append((job.key, kept is not None, len(job)))
                yield (*shared, job) if kept is None else Cached(kept)

        for number, rows in enumerate(self.executor.map(run, missing())):
            key, kept, count = started.popleft()
            if not kept:
                cache.save(number, key, rows)
            progress.add(count)
            yield rows

    def row_settings(self, shared_limits: bool) -> RowSettings:
        """What holds for all rows."""
        return RowSettings(
            scene_base=self.target.scene_base,
            filters=self.filters,
            shared_limits=shared_limits,
            set_aside=not self.quarantine.strict,
        )

    @abstractmethod
    def prepare(self) -> tuple[str, Iterable[str]]:
        """Find and check all inputs.

        Returns:
            tuple: Hash of all inputs, and the paths that rows will hold.
        """

    @abstractmethod
    def tally(self) -> Tally:
        """Empty figures for the classes and bands of the index."""

    @abstractmethod
    def rows(self, cache: JobCache) -> Iterator[JobRows]:
        """All rows in their order, job by job."""

    @abstractmethod
    def metadata(self, key: str, tally: Tally) -> IndexMetadata:
        """What holds for all rows."""
