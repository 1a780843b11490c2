"""Prepared sets of the zoo as tests of frozen features."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import environ
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..zoo import load_card
from ..zoo.convert import ABOUT, warn_of_piece
from ..zoo.lists import list_name

#: In place of a number of labels: the whole training list.
ALL = 'all'
# Where configs look for prepared sets, and which protocol they take.
SETS, SPLIT = 'GEOKR_SETS', 'GEOKR_SPLIT'
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Lists:
    """Training and test images of one protocol of a prepared set.

    Attributes:
        folder (Path): Of the set.
        split (str): The protocol.
        parts (tuple[str, ...]): Names of its parts, that for training first.
    """

    folder: Path
    split: str
    parts: tuple[str, ...]

    def lines(self) -> list[str]:
        """Training images, then test images."""
        return [*self._read(self.parts[0]), *self._read(self.parts[-1])]

    def divide(self, labels: int | str, seed: int) -> tuple[Rows, Rows]:
        """Which of :meth:`lines` to learn from, and which to test on.

        Args:
            labels (int | str): Images of each class, or :data:`ALL`.
            seed (int): Of the list of few labels.

        Raises:
            InputError: If there is no such list.
        """
        train = self._read(self.parts[0])
        test = np.arange(len(self._read(self.parts[-1]))) + len(train)
        if labels == ALL:
            return np.arange(len(train)), test
        name = list_name(seed, per_class=int(labels))
        number = {line: row for row, line in enumerate(train)}
        few = self._read(f'{self.parts[0]}_{self.split}/{name}', whole=True)
        return np.array([number[line] for line in few], np.int64), test

    def _read(self, part: str, whole: bool = False) -> list[str]:
        name = part if whole else f'{part}_{self.split}.txt'
        path = self.folder / name
        if not path.is_file():
            raise InputError(
                f'{path}: no such list; give fewer labels or draws, or a '
                'larger part of the set'
            )
        return path.read_text().splitlines()


def read_lists(folder: Path, split: str) -> Lists:
    """The lists of a prepared set.

    Raises:
        InputError: If it is none, has no such protocol, or its images have
            not three bands and one class each.
    """
    about_file = folder / ABOUT
    if not about_file.is_file():
        raise InputError(
            f'{folder}: is no prepared set; write one with '
            'tools/dataset_converters'
        )
    about = json.loads(about_file.read_text())
    if split not in about['parts']:
        raise InputError(
            f'{folder}: has no protocol {split!r}; it has '
            f'{", ".join(about["parts"])}'
        )
    card = load_card(about['set'])
    found = Lists(folder, split, tuple(about['parts'][split]))
    if card.bands != 3 or len(found.lines()[0].split()) != 2:
        raise InputError(
            f'{folder}: frozen features are read from images of three bands '
            f'and one class each, which {card.title} has not; fine-tune it'
        )
    warn_of_piece(folder)
    return found


@contextmanager
def used_by_configs(folder: str, split: str) -> Iterator[None]:
    """Let configs take a prepared set and one of its protocols.

    Args:
        folder (str): Of the set; empty to leave all as it is.
        split (str): Empty for the config's own.
    """
    values = {SETS: str(Path(folder).parent) if folder else '', SPLIT: split}
    before = {name: environ.get(name) for name in values}
    environ.update({name: value for name, value in values.items() if value})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                environ.pop(name, None)
            else:
                environ[name] = value
