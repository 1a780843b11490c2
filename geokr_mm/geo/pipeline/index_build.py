"""The steps of every build of an index, whatever its rows are made from."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from ...errors import InputError
from ..core.atomic_output import check_target, only_builder
from ..core.executor import Crew, hire
from ..index.schema import IndexMetadata
from ..index.target import Target
from ..scenes.quarantine import Quarantine
from .fingerprint import resume_key
from .job_cache import JobCache
from .options import RunOptions
from .patch_rows import JobRows
from .summary import Summary, Tally


class IndexBuild(ABC):
    """Lock, workers, job cache, quarantine and writer of a build.

    A subclass finds the inputs, makes the rows and describes them.

    Args:
        out (str): Index to write.
        command (str): Stored in the index.
        run (RunOptions): How it runs.

    Attributes:
        target (Target): Where the index goes.
        quarantine (Quarantine): What is left out.
        crew (Crew): Does the jobs; only while :meth:`build` runs.
    """

    #: Message where no row can be made.
    nothing = 'no patch could be read'

    def __init__(self, out: str, command: str, run: RunOptions) -> None:
        self.target = Target.of(out)
        self.command = command
        self.run = run
        self.quarantine = Quarantine(run.max_bad_fraction)
        self.crew = Crew()

    def build(self) -> Summary:
        """Write the index, whole or not at all.

        Raises:
            InputError: Any input that cannot be used; nothing is written.
        """
        target, run = self.target, self.run
        check_target(target.place, target.folder)
        with (
            only_builder(target.place),
            hire(run.workers, run.scheduler) as self.crew,
        ):
            key, paths = self.prepare()
            cache = JobCache(target.place, resume_key(key, paths), run.resume)
            try:
                tally = self._write(key, cache)
            except InputError:
                if not run.resume:
                    cache.remove()
                raise
            cache.remove()
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
            self.metadata(key, tally.statistics()),
            tally.extent,
        )
        self.quarantine.write(self.target.place)
        return tally

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
    def metadata(self, key: str, statistics: dict[str, Any]) -> IndexMetadata:
        """What holds for all rows.

        Args:
            key (str): Hash of all inputs.
            statistics (dict): Mean and deviation of each band.
        """
