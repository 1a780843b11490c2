"""Regions of the planet: where they lie and what grows there."""

from dataclasses import dataclass


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
    fields: str = 'small'


# Both hemispheres, two adjoining UTM zones (49 and 50, met at 114 E), two
# regions above 60 degrees. Figures are rounded climate normals of the area.
CLIMATES: tuple[Climate, ...] = (
    Climate('plain', 113.985, 31.2, 17, 0.62, 30, 25, 0.85, 9, 0, 0.35, 0.2),
    Climate('delta', 114.4, 33.1, 15, 0.68, 15, 14, 0.8, 10, 0, 0.3, 0.1),
    Climate('alps', 8.3, 46.4, 3, 0.6, 1400, 430, 0.5, 4, 0, 0.15, 0.7),
    Climate(
        'pampas', -58.6, -33.4, 17, 0.5, 20, 20, 0.8, 5, 0.2, 0.2, 0.1, 'large'
    ),
    Climate('boreal', 25.4, 63.6, 4, 0.62, 90, 40, 0.5, 3, 0, 0.1, 0.9),
    Climate(
        'steppe',
        -104.3,
        38.2,
        12,
        0.33,
        1250,
        130,
        0.5,
        4,
        0,
        0.5,
        0.5,
        'pivot',
    ),
    Climate('tundra', 88.2, 68.4, -7, 0.5, 120, 130, 0.0, 1, 0.15, 0.05, 0.9),
    Climate('cape', 20.3, -31.6, 18, 0.28, 300, 220, 0.4, 4, 0.15, 0.75, 0.2),
    Climate('tropics', 102.3, 2.3, 26, 0.78, 40, 60, 0.5, 5, 0.2, 0.8, 0.0),
)
