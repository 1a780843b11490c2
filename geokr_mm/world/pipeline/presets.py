"""How much of the planet to make."""

from dataclasses import dataclass, field, replace

from ...errors import InputError
from ..products.map_errors import ProductNoise

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
        noise (ProductNoise): Dials of the products.
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


_ALL = (('a02', 'b04', 'c08', 'd16'),)
_TURNS = (('b04',), ('a02',), ('c08',), ('d16',))
_MANY = {
    'sensors': _ALL,
    'scene_side': 1024,
    'place_size': 16800.0,
    'patch': 128,
    'extras': True,
    'label_places': 90,
    'label_size': 7200.0,
    'class_side': 128,
    'class_items': (170, 30, 90),
    'dense_side': 128,
    'dense_items': (1200, 200, 600),
    'cloud_items': (1200, 200, 600),
    'object_items': (1200, 200, 600),
}

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name='tiny',
            places=9,
            place_size=2880.0,
            sensors=_TURNS,
            scene_side=160,
            patch=32,
            extras=True,
            label_places=27,
            label_size=1920.0,
            class_side=48,
            class_items=(4, 2, 2),
            dense_side=64,
            dense_items=(4, 2, 2),
            cloud_items=(3, 2, 2),
            object_items=(3, 2, 2),
        ),
        Preset(
            name='demo',
            places=14,
            place_size=6720.0,
            sensors=_ALL,
            scene_side=384,
            patch=64,
            extras=False,
            label_places=27,
            label_size=4200.0,
            class_side=64,
            class_items=(60, 10, 40),
            dense_side=128,
            dense_items=(80, 12, 60),
            cloud_items=(24, 6, 18),
            object_items=(24, 6, 18),
        ),
        Preset(name='standard', places=80, **_MANY),  # type: ignore[arg-type]
        Preset(name='large', places=1000, **_MANY),  # type: ignore[arg-type]
    )
}


def choose(
    name: str, places: str | None = None, **dials: int | float | bool | None
) -> Preset:
    """A preset with some of its settings changed.

    Args:
        name (str): Of the preset.
        places (str | None): 'COUNT' or 'FIRST:COUNT' of the pre-training
            places.
        **dials (int | float | bool | None): Fields of ``ProductNoise``;
            None leaves the preset's value.

    Returns:
        Preset: Checked.

    Raises:
        InputError: If a value makes no sense.
    """
    if name not in PRESETS:
        raise InputError(
            f'preset {name!r} is unknown: choose one of {", ".join(PRESETS)}'
        )
    preset = PRESETS[name]
    turned = {key: v for key, v in dials.items() if v is not None}
    low = {'lag': 0, 'unit': 1, 'shift': 0, 'confusion': 0}
    high = {'lag': 20, 'unit': 500, 'shift': 300, 'confusion': 3}
    for key, value in turned.items():
        if key in low and not low[key] <= value <= high[key]:
            raise InputError(
                f'{key} {value} is out of range: give {low[key]} to '
                f'{high[key]}'
            )
    noise = replace(preset.noise, **turned)  # type: ignore[arg-type]
    preset = replace(preset, noise=noise)
    if places is not None:
        first, _, count = places.rpartition(':')
        if (
            not count.isdigit()
            or not (first or '0').isdigit()
            or not int(count)
        ):
            raise InputError(
                f'places {places!r} is not [FIRST:]COUNT: give for example '
                f'100 or 200:100'
            )
        preset = replace(
            preset, places=int(count), first_place=int(first or 0)
        )
    return preset
