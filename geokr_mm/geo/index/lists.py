"""Columns of lists as arrays, read row by row."""

from bisect import bisect_right
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class ListRows:
    """Rows (N, *shape) of a column of lists, which may be memory-mapped.

    Args:
        column (pyarrow.ChunkedArray): Lists of one length; null in some rows
            only with ``other``.
        shape (tuple[int, ...]): Of a row.
        rows (int64 array (N,)): Rows of the column in use; None for all.
        other (ListRows): What stands for null rows.
    """

    def __init__(
        self,
        column: Any,
        shape: tuple[int, ...],
        rows: NDArray[np.int64] | None = None,
        other: Union['ListRows', None] = None,
    ) -> None:
        self._own, self._rows, self._other = shape, rows, other
        self._parts: list[Floats] = []
        # Of chunks with null rows: place of each row among the others.
        self._places: list[NDArray[np.int64] | None] = []
        self._starts = [0]
        for chunk in column.chunks:
            values = chunk.flatten().to_numpy(zero_copy_only=False)
            part = np.asarray(values, np.float32).reshape(-1, *shape)
            place = None
            if len(part) < len(chunk):
                there = np.asarray(chunk.is_valid())
                place = np.where(there, np.cumsum(there) - 1, -1)
            self._parts.append(part)
            self._places.append(place)
            self._starts.append(self._starts[-1] + len(chunk))

    def __len__(self) -> int:
        return self._starts[-1] if self._rows is None else len(self._rows)

    def __getitem__(self, number: int) -> Floats:
        """One row, of the given shape."""
        row = number if self._rows is None else int(self._rows[number])
        chunk = bisect_right(self._starts, row) - 1
        at, place = row - self._starts[chunk], self._places[chunk]
        if place is not None:
            at = int(place[at])
            if at < 0 and self._other is not None:
                return self._other[number]
        return self._parts[chunk][at]

    def all(self) -> Floats:
        """All rows as one array (N, *shape)."""
        if self._rows is None and self._places == [None]:
            return self._parts[0]
        rows = np.arange(len(self)) if self._rows is None else self._rows
        found = np.empty((len(rows), *self._own), np.float32)
        if self._other is not None:
            found[:] = self._other.all()
        chunk = np.searchsorted(self._starts, rows, side='right') - 1
        for number, part in enumerate(self._parts):
            mine = np.flatnonzero(chunk == number)
            at, place = rows[mine] - self._starts[number], self._places[number]
            if place is not None:
                at = place[at]
                mine, at = mine[at >= 0], at[at >= 0]
            found[mine] = part[at]
        return found
