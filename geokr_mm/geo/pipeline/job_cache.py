"""Finished jobs on disk, so that an interrupted build can go on."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ..core.atomic_output import not_written
from .patch_rows import JobRows

EXTRA_KEY = b'geokr_mm_part'


class JobCache:
    """A hidden folder beside the index with one file per finished job.

    As a context it is removed at the end, and with an error of the inputs
    unless jobs are to be used again; any other end leaves it.

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
        self.resume = resume
        self._jobs = 0

    def __enter__(self) -> 'JobCache':
        return self

    def __exit__(
        self, kind: type[BaseException] | None, *where: object
    ) -> None:
        refused = kind is not None and issubclass(kind, InputError)
        if kind is None or (refused and not self.resume):
            self.remove()

    def load(self, number: int, key: str) -> JobRows | None:
        """The result of a job, None where it is not there or not whole.

        The key differs from that of other jobs with this number, as where a
        file could not be read at that time.
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
            raise not_written(self.folder, error) from None

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
