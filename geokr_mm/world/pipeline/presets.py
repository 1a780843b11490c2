"""How much of the planet to make."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib import resources

from geokr_mm.geo.core.yaml_file import read_yaml
from geokr_mm.geo.maps.product import load_product

from ...errors import InputError
from ..products.map_errors import ProductNoise

# Of the newest scene.
LAST_YEAR = 2020
Counts = tuple[int, int, int]


@dataclass(frozen=True)
class Preset:
    """Size of a world.

    Args:
        name (str): As on the command line.
        places (int): Pre-training places.
        place_size (float): Side, metres.
        sensors (tuple[tuple[str, ...], ...]): Cameras at each place; places
            take turns.
        scene_side (int): Pixels.
        patch (int): Patch size that the numbers are meant for, pixels.
        extras (bool): Also make scenes of three and of ten bands, at every
            third place, in folders of their own.
        label_places (int): Places that labels are taken from.
        label_size (float): Their side, metres.
        class_side (int): Classification image, pixels.
        class_items (Counts): Per scene class, for train, val and test.
        dense_side (int): Segmentation, cloud and detection image, pixels.
        dense_items (Counts): Segmentation images.
        cloud_items (Counts): Cloud and snow images.
        object_items (Counts): Detection images.
        noise (ProductNoise): Errors of the products.
        first_place (int): Number of the first pre-training place.
    """

    name: str
    places: int
    place_size: float
    sensors: tuple[tuple[str, ...], ...]
    scene_side: int
    patch: int
    extras: bool
    label_places: int
    label_size: float
    class_side: int
    class_items: Counts
    dense_side: int
    dense_items: Counts
    cloud_items: Counts
    object_items: Counts
    noise: ProductNoise = field(default_factory=ProductNoise)
    first_place: int = 0


_RANGES = {'unit': (1, 500), 'shift': (0, 300), 'confusion': (0, 3)}


def _read() -> Iterator[Preset]:
    """The entries of ``presets.yaml``."""
    file = resources.files(__package__) / 'presets.yaml'
    for name, fields in read_yaml(file, 'presets.yaml').items():
        for kind in ('class', 'dense', 'cloud', 'object'):
            fields[f'{kind}_items'] = tuple(fields[f'{kind}_items'])
        fields['sensors'] = tuple(map(tuple, fields['sensors']))
        yield Preset(name=name, **fields)


PRESETS = {preset.name: preset for preset in _read()}


def choose(
    name: str, places: str | None = None, **noise: int | float | bool | None
) -> Preset:
    """A preset with other places and errors of its products.

    Places are 'COUNT' or 'FIRST:COUNT' of the pre-training places; ``noise``
    are fields of ``ProductNoise``, where None leaves the preset's value.

    Raises:
        InputError: If a value makes no sense.
    """
    if name not in PRESETS:
        raise InputError(
            f'preset {name!r} is unknown: choose one of {", ".join(PRESETS)}'
        )
    preset = PRESETS[name]
    given = {key: v for key, v in noise.items() if v is not None}
    for key, (low, high) in _RANGES.items():
        if key in given and not low <= given[key] <= high:
            raise InputError(
                f'{key} {given[key]} is out of range: give {low} to {high}'
            )
    if 'lag' in given:
        _check_lag(int(given['lag']))
    changed = replace(preset.noise, **given)  # type: ignore[arg-type]
    preset = replace(preset, noise=changed)
    if places is None:
        return preset
    match = re.fullmatch(r'(?:(\d+):)?(\d+)', places)
    if match is None or not int(match[2]):
        raise InputError(
            f'places {places!r} is not [FIRST:]COUNT: give for example '
            '100 or 200:100'
        )
    first = int(match[1] or 0)
    return replace(preset, places=int(match[2]), first_place=first)


def _check_lag(lag: int) -> None:
    """Refuse a lag that makes a map of a year without one."""
    years = [y for y in load_product('globeland30').years if y <= LAST_YEAR]
    if LAST_YEAR - lag not in years:
        raise InputError(
            f'lag {lag}: GlobeLand30 has no map of {LAST_YEAR - lag}; give '
            + ' or '.join(f'{LAST_YEAR - y} ({y})' for y in reversed(years))
        )
