"""The card of a data set: what it is, and what a whole download holds."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..errors import InputError
from ..geo.core.yaml_file import read_yaml

FOLDER = files('geokr_mm.zoo') / 'cards'
#: Stands in a pattern for the folder of each class.
CLASS = '{class}'

Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]


class Entries(BaseModel):
    """Keys with values: none is converted, and no other key is accepted."""

    model_config = ConfigDict(extra='forbid', strict=True, frozen=True)


class Protocol(Entries):
    """How papers divide a set.

    Attributes:
        source (str): Paper or list that it is from.
        share (float, optional): Share of each class for training, drawn at
            random.
        longitude (list[float], optional): Share of all images for each part,
            from west to east. Without either, the converter has lists.
        parts (list[str]): Lists that are written, the one for training first.
        counts (dict[str, int]): Images of each part, where published.
    """

    source: Text
    share: Annotated[float, Field(gt=0, lt=1)] | None = None
    longitude: list[float] | None = None
    parts: Annotated[list[Text], Field(min_length=2)] = ['train', 'test']
    counts: dict[Text, Count] = {}


class Card(Entries):
    """A data set as its makers publish it.

    Attributes:
        name (str): Of the card and of the converter.
        title (str): As papers write it.
        task (str): Kind of task.
        address (str): Page of the makers, or where to get the set.
        licence, citation (str): As the makers state them.
        sources (list[str]): Where counts and names were read.
        classes (list[str] | dict[str, int]): Names in order of their labels;
            with the images of each where each image has one class.
        files (dict[str, int | None]): Files of a whole download by pattern
            below its root. A pattern with ``{class}`` has no number: it is
            that of each class. Others without one have an unknown number.
        inside (list[str]): Where the root may lie in the download.
        bands (int): Of an image.
        size (int, optional): Side of the square images in pixels; None where
            sizes vary.
        archives (dict[str, str]): MD5 of the published archives by name.
        protocols (dict[str, Protocol]): By name.
        tested (str): What the tests prepare and train on.
        note (str, optional): What else a user must know.
    """

    name: Text
    title: Text
    task: Literal['scenes', 'segmentation', 'detection', 'cloud and snow']
    address: Text
    licence: Text
    citation: Text
    sources: Annotated[list[Text], Field(min_length=1)]
    classes: Annotated[dict[Text, Count] | list[Text], Field(min_length=1)]
    files: Annotated[dict[Text, Count | None], Field(min_length=1)]
    inside: list[Text] = ['.']
    bands: Count = 3
    size: Count | None = None
    archives: dict[Text, Text] = {}
    protocols: Annotated[dict[Text, Protocol], Field(min_length=1)]
    tested: Literal['real piece', 'fixture']
    note: Text | None = None

    def expected(self) -> Iterator[tuple[str, int | None]]:
        """Patterns, and the number of files of each where it is known."""
        for pattern, count in self.files.items():
            if CLASS not in pattern:
                yield pattern, count
                continue
            assert isinstance(self.classes, dict)
            for name, images in self.classes.items():
                yield pattern.replace(CLASS, name), images

    @property
    def total(self) -> int | None:
        """Number of files, where it is known."""
        counts = [count for _, count in self.expected()]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None


def list_cards() -> list[str]:
    """Names of all cards, sorted."""
    names = [entry.name for entry in FOLDER.iterdir()]
    return sorted(n[: -len('.yaml')] for n in names if n.endswith('.yaml'))


def load_card(name: str) -> Card:
    """Read a card.

    Raises:
        InputError: If there is none of that name.
    """
    file = FOLDER / f'{name}.yaml'
    if not file.is_file():
        raise InputError(
            f'{name}: no such data set; they are {", ".join(list_cards())}'
        )
    return Card.model_validate(dict(read_yaml(file, file.name), name=name))
