"""What the land cover said about each patch, on disk while a build runs.

Answers come tile by tile and are wanted scene by scene: they wait in one
array file per figure, so that memory stays small however many patches there
are, and an interrupted build goes on where it was.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

LAYOUT = 'answers.json'


class Answers:
    """Arrays of N rows that are filled portion by portion.

    Args:
        folder (Path): Where the files are.
        rows (int): N.
        portions (int): How many portions fill them.
    """

    def __init__(self, folder: Path, rows: int, portions: int) -> None:
        self.folder = folder
        self.rows = rows
        self._arrays: dict[str, Any] = {}
        self._done: Any = np.zeros(portions, np.bool_)
        try:
            layout = json.loads((folder / LAYOUT).read_text())
        except (OSError, ValueError):
            return
        if [layout['rows'], layout['portions']] == [rows, portions]:
            for name in layout['names']:
                self._arrays[name] = np.load(self._path(name), mmap_mode='r+')
            self._done = self._arrays.pop('done')

    def has(self, portion: int) -> bool:
        """Whether an earlier run got this portion's answers."""
        return bool(self._done[portion])

    def put(
        self,
        portion: int,
        which: NDArray[np.int64],
        found: Mapping[str, NDArray[Any]],
    ) -> None:
        """Store a portion's answers.

        Args:
            portion (int): Its number.
            which (int64 array (n,)): Rows that it fills.
            found (mapping): Name to array (n, ...).

        Raises:
            InputError: The disk is full or cannot be written.
        """
        if not self._arrays:
            self._make(found)
        for name, values in found.items():
            self._arrays[name][which] = values
        for array in self._arrays.values():
            array.flush()
        # Only now, so that a portion counts when all of it is there.
        self._done[portion] = True
        self._done.flush()

    def part(self, start: int, stop: int) -> dict[str, NDArray[Any]]:
        """Answers of the rows ``start`` to ``stop``, by name."""
        return {k: np.array(v[start:stop]) for k, v in self._arrays.items()}

    def column(self, name: str) -> NDArray[Any]:
        """All answers of one name, read as needed."""
        return np.asarray(self._arrays[name])

    def _path(self, name: str) -> Path:
        return self.folder / f'answers-{name}.npy'

    def _make(self, like: Mapping[str, NDArray[Any]]) -> None:
        """Files of the right size, space reserved."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, values in like.items():
                shape = (self.rows, *values.shape[1:])
                self._arrays[name] = self._reserved(name, shape, values.dtype)
            self._done = self._reserved('done', self._done.shape, np.bool_)
            layout = {
                'rows': self.rows,
                'portions': len(self._done),
                'names': [*self._arrays, 'done'],
            }
            (self.folder / LAYOUT).write_text(json.dumps(layout))
        except OSError as error:
            raise InputError(
                f'{self.folder}: cannot be written '
                f'({error.strerror or error}); free space or choose '
                'another --out'
            ) from None

    def _reserved(self, name: str, shape: tuple[int, ...], kind: Any) -> Any:
        array = np.lib.format.open_memmap(
            self._path(name), 'w+', dtype=kind, shape=shape
        )
        # A full disk is an error here; in a mapped file it would be a crash.
        if hasattr(os, 'posix_fallocate'):
            with open(self._path(name), 'r+b') as file:
                size = os.fstat(file.fileno()).st_size
                os.posix_fallocate(file.fileno(), 0, size)
        return array
