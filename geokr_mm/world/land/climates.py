"""Regions of the planet: where they lie and what grows there."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Climate:
    """What a region's land is made of.

    Args:
        name (str): Short name, part of file names.
        lon (float): Of the first place, degrees east.
        lat (float): Of the first place, degrees north.
        temperature (float): Yearly mean in the lowland, degrees C.
        moisture (float): From 0 (desert) to 1 (rain forest).
        base (float): Height of the lowland, metres.
        relief (float): Standard deviation of height, metres.
        farming (float): Share of suitable land that is farmed, 0 to 1.
        towns (float): Towns per 100 km2.
        coast (float): 0 inland; else share of a place that is sea.
        soil (float): From 0 (grey) to 1 (red).
        conifer (float): Share of needle-leaved forest, 0 to 1.
        fields (str): Style of its fields: 'small', 'large' or 'pivot'.
    """

    name: str
    lon: float
    lat: float
    temperature: float
    moisture: float
    base: float
    relief: float
    farming: float
    towns: float
    coast: float
    soil: float
    conifer: float
    fields: str


def _read() -> Iterator[Climate]:
    """The rows of ``climates.csv``."""
    text = (resources.files(__package__) / 'climates.csv').read_text()
    for row in csv.DictReader(text.splitlines()):
        name, fields = row.pop('name'), row.pop('fields')
        numbers = {key: float(value) for key, value in row.items()}
        yield Climate(name=name, fields=fields, **numbers)


# Both hemispheres, two adjoining UTM zones (49 and 50, met at 114 E), two
# regions above 60 degrees. Figures are rounded climate normals of the area.
CLIMATES = tuple(_read())
