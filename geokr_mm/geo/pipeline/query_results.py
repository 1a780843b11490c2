"""Results of a zonal query, on disk while a build runs.

Results come tile by tile and are wanted scene by scene: they wait in one file
of fixed records, so that memory stays small however many patches there are,
and an interrupted build goes on where it was. The file is read and written in
place, not mapped: mapped pages would count as the process's own memory.
"""

import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.atomic_output import not_written

LAYOUT, RECORDS, DONE = 'query.json', 'query.bin', 'query-done.bin'
# Records that are looked through at a time.
SLICE = 65536

#: First patch and the one after the last of each range, int64 array (R, 2).
Ranges = NDArray[np.int64]


class QueryResults:
    """Records of N patches, filled portion by portion.

    What an earlier run left in the folder is kept where it had as many
    patches and portions.
    """

    def __init__(self, folder: Path, patches: int, portions: int) -> None:
        self.folder = folder
        self.patches = patches
        self.portions = portions
        self._record = np.dtype([])
        try:
            layout = json.loads((folder / LAYOUT).read_text())
        except (OSError, ValueError):
            return
        if [layout['patches'], layout['portions']] == [patches, portions]:
            self._record = _record(layout['fields'])

    def has(self, portion: int, ranges: Ranges) -> bool:
        """Whether an earlier run left the whole result of a portion."""
        if not self._record.names:
            return False
        with (self.folder / DONE).open('rb') as stream:
            stream.seek(8 * portion)
            stored = np.frombuffer(stream.read(8), np.int64)
        return bool(stored[0] == _checksum(self._read(ranges)))

    def put(
        self, portion: int, ranges: Ranges, found: Mapping[str, NDArray[Any]]
    ) -> None:
        """Store the result of a portion: arrays (n, ...), range after range.

        Raises:
            InputError: The disk is full or cannot be written.
        """
        try:
            if not self._record.names:
                self._make(found)
            records = np.empty(int(np.diff(ranges).sum()), self._record)
            for name, values in found.items():
                records[name] = values
            with (self.folder / RECORDS).open('r+b', buffering=0) as stream:
                first = 0
                for start, stop in ranges.tolist():
                    stream.seek(start * self._record.itemsize)
                    last = first + stop - start
                    stream.write(records[first:last].tobytes())
                    first = last
            # A portion counts when all of it is there: this comes last, and
            # shows whether a crash took a part of it.
            with (self.folder / DONE).open('r+b') as stream:
                stream.seek(8 * portion)
                stream.write(np.int64(_checksum(records)).tobytes())
        except OSError as error:
            raise not_written(self.folder, error) from None

    def part(self, ranges: Ranges) -> dict[str, NDArray[Any]]:
        """Results of some patches, by name."""
        records = self._read(ranges)
        return {n: np.array(records[n]) for n in self._record.names or ()}

    def columns(
        self, names: Sequence[str], start: int, stop: int
    ) -> list[NDArray[Any]]:
        """Some figures of the patches ``start`` to ``stop``."""
        parts = [
            [np.array(records[name]) for name in names]
            for records in map(self._read, _slices(start, stop))
        ]
        return [np.concatenate(column) for column in zip(*parts, strict=True)]

    def any_below(self, name: str, limit: float) -> bool:
        """Whether a figure is lower than a limit for some patch."""
        return any(
            bool((self._read(r)[name] < limit).any())
            for r in _slices(0, self.patches)
        )

    def _read(self, ranges: Ranges) -> NDArray[Any]:
        size = self._record.itemsize
        with (self.folder / RECORDS).open('rb', buffering=0) as stream:
            parts = []
            for start, stop in ranges.tolist():
                stream.seek(start * size)
                parts.append(stream.read((stop - start) * size))
        return np.frombuffer(b''.join(parts), self._record)

    def _make(self, like: Mapping[str, NDArray[Any]]) -> None:
        """Files of the right size, space reserved."""
        fields = [[n, v.dtype.str, v.shape[1:]] for n, v in like.items()]
        record = _record(fields)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / LAYOUT).unlink(missing_ok=True)
        (self.folder / DONE).write_bytes(b'\xff' * 8 * self.portions)
        with (self.folder / RECORDS).open('wb') as stream:
            size = self.patches * record.itemsize
            # A full disk ends the build now, not after hours.
            if hasattr(os, 'posix_fallocate'):
                os.posix_fallocate(stream.fileno(), 0, size)
            stream.truncate(size)
        layout = {
            'patches': self.patches,
            'portions': self.portions,
            'fields': fields,
        }
        (self.folder / LAYOUT).write_text(json.dumps(layout))
        self._record = record


def _slices(start: int, stop: int) -> Iterator[Ranges]:
    for first in range(start, stop, SLICE):
        yield np.array([[first, min(first + SLICE, stop)]])


def _record(fields: Any) -> np.dtype[Any]:
    return np.dtype([(n, kind, tuple(shape)) for n, kind, shape in fields])


def _checksum(records: NDArray[Any]) -> int:
    return zlib.crc32(records.tobytes())
