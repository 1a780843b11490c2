"""Finished blocks on disk, so that an interrupted run can go on."""

import os
import zipfile
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..core.atomic_output import not_written
from ..pipeline.job_cache import JobCache

Block = dict[str, NDArray[Any]]


class BlockCache(JobCache):
    """A job cache of arrays by name."""

    def __enter__(self) -> 'BlockCache':
        return self

    def has(self, scene: int, block: int) -> bool:
        """Whether a block is there and whole."""
        path = self._block(scene, block)
        return zipfile.is_zipfile(path) if path.is_file() else False

    def put(self, scene: int, block: int, arrays: Block) -> None:
        """Keep a block.

        Raises:
            InputError: The disk is full or cannot be written.
        """
        path = self._block(scene, block)
        fresh = path.with_suffix('.tmp')
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with fresh.open('wb') as stream:
                np.savez(stream, **cast(Any, arrays))
            os.replace(fresh, path)
        except OSError as error:
            raise not_written(self.folder, error) from None

    def get(self, scene: int, block: int) -> Block:
        """A block that was kept.

        Raises:
            InputError: It cannot be read any more.
        """
        path = self._block(scene, block)
        try:
            with np.load(path) as arrays:
                return dict(arrays)
        except (OSError, ValueError, zipfile.BadZipFile):
            raise InputError(
                f'{path}: cannot be read back; the disk may be failing: '
                'delete this file and go on with --resume'
            ) from None

    def _block(self, scene: int, block: int) -> Any:
        return self.folder / str(scene) / f'{block:07d}.npz'
