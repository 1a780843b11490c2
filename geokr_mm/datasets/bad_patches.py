"""Patches that cannot be read in training: counted and replaced."""

import logging
import zlib
from collections.abc import Callable
from typing import TypeVar

from mmengine.logging import print_log

from geokr_mm.errors import InputError
from geokr_mm.geo.core.raster import UnusableFileError

T = TypeVar('T')


class BadPatches:
    """Reads patches, and others in the place of those that cannot be read.

    The other patch follows from the number of the first alone, so that a run
    can be repeated with any number of workers.

    Args:
        name (str): Of the index, for messages.
        size (int): Number of patches.
        most (float): Largest tolerated share of bad patches; 0 stops at the
            first. Each loading process counts those it has met.
    """

    def __init__(self, name: str, size: int, most: float) -> None:
        self.name, self.size, self.most = name, size, most
        self.met: dict[int, str] = {}

    def read(self, number: int, read_one: Callable[[int], T]) -> T:
        """Read a patch or its substitute.

        Args:
            number (int): The patch wanted, 0 to ``size`` - 1.
            read_one (callable): Reads a patch by its number.

        Raises:
            UnusableFileError: The patch cannot be read and none may be bad.
            InputError: More bad patches than tolerated.
        """
        attempt, chosen = 0, number
        while True:
            try:
                return read_one(chosen)
            except UnusableFileError as error:
                if self.most <= 0:
                    raise
                self._add(chosen, error)
            attempt += 1
            drawn = zlib.crc32(f'{number} {attempt}'.encode())
            chosen = drawn % self.size

    def _add(self, number: int, error: UnusableFileError) -> None:
        if number not in self.met:
            self.met[number] = error.reason
            print_log(f'patch replaced: {error}', 'current', logging.WARNING)
        if len(self.met) > self.most * self.size:
            raise InputError(
                f'{self.name}: {len(self.met)} of {self.size} patches cannot '
                f'be read, more than max_bad_fraction={self.most}; last: '
                f'{error}'
            )
