"""Finished jobs on disk, so that an interrupted build can go on."""

import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ..core.executor import Cached, Executor
from .patch_rows import JobRows

EXTRA_KEY = b'geokr_mm_part'


class JobCache:
    """A hidden folder beside the index with one file per finished job.

    Args:
        out (str or Path): The index.
        key (str): Hash of all inputs; jobs of other inputs are not used.
        resume (bool): Use jobs that an earlier run left.
    """

    def __init__(self, out: str | Path, key: str, resume: bool) -> None:
        out = Path(out)
        self.folder = out.parent / f'.{out.name}.parts-{key[:16]}'
        for old in out.parent.glob(f'.{out.name}.parts-*'):
            if not (resume and old == self.folder):
                shutil.rmtree(old, ignore_errors=True)
        self._jobs = 0

    def load(self, number: int, key: str) -> JobRows | None:
        """The result of a job, None where it is not there or not whole.

        Args:
            number (int): Of the job.
            key (str): Differs from that of other jobs with this number, as
                where a file could not be read at that time.
        """
        path = self._path(number)
        found = _read(path) if path.is_file() else None
        if found is None or found[0] != key:
            return None
        self._jobs = max(self._jobs, number + 1)
        return found[1]

    def save(self, number: int, key: str, rows: JobRows) -> None:
        """Keep the result of a job; see :meth:`load`.

        Raises:
            InputError: The disk is full or cannot be written.
        """
        import pyarrow.parquet as pq

        path = self._path(number)
        extra = {'key': key, 'sums': rows.sums.tolist(), 'bad': rows.bad}
        table = rows.table.replace_schema_metadata(
            {EXTRA_KEY: json.dumps(extra).encode()}
        )
        fresh = path.with_suffix('.tmp')
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, fresh, compression='zstd')
            os.replace(fresh, path)
            self._jobs = max(self._jobs, number + 1)
        except OSError as error:
            raise InputError(
                f'{self.folder}: cannot be written '
                f'({error.strerror or error}); free space or choose '
                'another --out'
            ) from None

    def tables(self) -> Iterator[Any]:
        """Tables of this run's jobs in their order, one at a time.

        Raises:
            InputError: One that was saved cannot be read any more.
        """
        for path in map(self._path, range(self._jobs)):
            found = _read(path)
            if found is None:
                raise InputError(
                    f'{path}: cannot be read back; the disk may be failing: '
                    'go on with --resume'
                )
            yield found[1].table

    def remove(self) -> None:
        """Delete all jobs."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f'{number:07d}.parquet'


def _read(path: Path) -> tuple[str, JobRows] | None:
    """Key and result of a job, None where the file is not whole."""
    import pyarrow
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        extra = json.loads(table.schema.metadata[EXTRA_KEY])
    except (pyarrow.ArrowException, OSError, ValueError, KeyError):
        return None
    sums = np.array(extra['sums'], np.float64)
    rows = JobRows(table.replace_schema_metadata(None), sums, extra['bad'])
    return extra['key'], rows


def run_jobs(
    run: Callable[..., JobRows],
    jobs: Iterable[Any],
    cache: JobCache,
    executor: Executor,
    done: Callable[[int], None],
    shared: tuple[Any, ...] = (),
) -> Iterator[JobRows]:
    """Results of all jobs in their order.

    Args:
        run (callable): Does a job, importable by the workers.
        jobs (iterable): The work; the length of a job is the number of its
            patches, its ``key`` differs from that of all others.
        cache (JobCache): Where finished jobs are kept.
        executor (Executor): Does the jobs.
        done (callable): Called with the number of patches finished.
        shared (tuple): Arguments before the job, as
            :meth:`.executor.Executor.share` returned them.

    Raises:
        InputError: From a job, or the workers are lost.
    """
    started: deque[tuple[str, bool, int]] = deque()

    def missing() -> Iterator[tuple[Any, ...] | Cached]:
        for number, job in enumerate(jobs):
            kept = cache.load(number, job.key)
            started.append((job.key, kept is not None, len(job)))
            yield (*shared, job) if kept is None else Cached(kept)

    for number, rows in enumerate(executor.map(run, missing())):
        key, kept, patches = started.popleft()
        if not kept:
            cache.save(number, key, rows)
        done(patches)
        yield rows
