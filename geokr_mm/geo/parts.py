"""Finished jobs on disk, so that an interrupted build can go on."""

import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ..errors import InputError
from .table import Job, Rows, run_job

EXTRA_KEY = b'geokr_mm_part'
# Jobs handed out per worker: enough to keep it busy, few enough that their
# results do not pile up.
AHEAD = 4


class PartStore:
    """A hidden folder beside the index with one file per finished job.

    Args:
        out (str or Path): The index.
        key (str): Hash of all inputs; parts of other inputs are not used.
        resume (bool): Use parts that an earlier run left.
    """

    def __init__(self, out: str | Path, key: str, resume: bool) -> None:
        out = Path(out)
        self.folder = out.parent / f'.{out.name}.parts-{key[:16]}'
        for old in out.parent.glob(f'.{out.name}.parts-*'):
            if not (resume and old == self.folder):
                shutil.rmtree(old, ignore_errors=True)

    def load(self, number: int) -> Rows | None:
        """The result of a job, None where it is not there or not whole."""
        import pyarrow
        import pyarrow.parquet as pq

        path = self._path(number)
        if not path.is_file():
            return None
        try:
            table = pq.read_table(path)
            extra = json.loads(table.schema.metadata[EXTRA_KEY])
        except (pyarrow.ArrowException, OSError, ValueError, KeyError):
            return None
        sums = np.array(extra['sums'], np.float64)
        return Rows(table.replace_schema_metadata(None), sums, extra['bad'])

    def save(self, number: int, rows: Rows) -> None:
        """Keep the result of a job.

        Raises:
            InputError: The disk is full or cannot be written.
        """
        import pyarrow.parquet as pq

        path = self._path(number)
        extra = {'sums': rows.sums.tolist(), 'bad': rows.bad}
        table = rows.table.replace_schema_metadata(
            {EXTRA_KEY: json.dumps(extra).encode()}
        )
        fresh = path.with_suffix('.tmp')
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, fresh, compression='zstd')
            os.replace(fresh, path)
        except OSError as error:
            raise InputError(
                f'{self.folder}: cannot be written '
                f'({error.strerror or error}); free space or choose '
                'another --out'
            ) from None

    def remove(self) -> None:
        """Delete all parts."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f'{number:07d}.parquet'


def run_jobs(
    jobs: Sequence[Job],
    store: PartStore,
    workers: int,
    done: Callable[[int], None],
) -> Iterator[Rows]:
    """Results of all jobs in their order.

    Args:
        jobs (sequence of Job): The work.
        store (PartStore): Where finished jobs are kept.
        workers (int): Processes; 1 works in this one.
        done (callable): Called with the number of patches finished.

    Raises:
        InputError: From a job, or a worker that died.
    """
    if workers <= 1:
        for number, job in enumerate(jobs):
            rows = store.load(number)
            if rows is None:
                rows = run_job(job, lambda: done(1))
                store.save(number, rows)
            else:
                done(len(job.windows))
            yield rows
        return
    # Spawned, not forked: GDAL handles must not cross a fork.
    context = get_context('spawn')
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting: deque[tuple[int, Rows | Future[Rows]]] = deque()
        for number, job in enumerate(jobs):
            kept = store.load(number)
            waiting.append((number, kept or pool.submit(run_job, job)))
            if len(waiting) >= AHEAD * workers:
                yield _next(waiting, jobs, store, done)
        while waiting:
            yield _next(waiting, jobs, store, done)


def _next(
    waiting: deque[tuple[int, Rows | Future[Rows]]],
    jobs: Sequence[Job],
    store: PartStore,
    done: Callable[[int], None],
) -> Rows:
    """The first result in line, kept on disk."""
    number, result = waiting.popleft()
    if isinstance(result, Future):
        try:
            rows = result.result()
        except BrokenProcessPool:
            raise InputError(
                f'{store.folder}: a worker process died, perhaps for want of '
                'memory; use fewer --workers and --resume'
            ) from None
        except BaseException:
            for _, other in waiting:
                if isinstance(other, Future):
                    other.cancel()
            raise
        store.save(number, rows)
    else:
        rows = result
    done(len(jobs[number].windows))
    return rows
