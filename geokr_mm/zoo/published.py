"""Numbers that papers and projects publish for the sets of the cards."""

from importlib.resources import files

from pydantic import TypeAdapter

from ..geo.core.yaml_file import read_yaml
from .card import Entries, Text

FILE = files('geokr_mm.zoo') / 'published.yaml'


class Published(Entries):
    """Numbers of one page that were measured in one way.

    Attributes:
        set (str): Name of its card.
        protocol (str, optional): That of the card with the same parts.
        test (str): How they were measured.
        metric (str): As the page calls it.
        compares (str): What is the same as in our configs, and what is not.
        source (str): Address of the page.
        values (dict[str, float]): By method and backbone, in per cent.
    """

    set: Text
    protocol: Text | None = None
    test: Text
    metric: Text
    compares: Text
    source: Text
    values: dict[Text, float]


def load_published() -> list[Published]:
    """All numbers, in the order of the file."""
    entries = read_yaml(FILE, FILE.name)['published']
    return TypeAdapter(list[Published]).validate_python(entries)
