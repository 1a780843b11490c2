"""How much of the planet to make."""

from dataclasses import dataclass, field

from geokr_mm.world.products import ProductNoise


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
        patch (int): Patch size the figures are meant for, pixels.
        label_places (int): Places that labels are taken from.
        label_size (float): Their side, metres.
        image_side (int): Classification and segmentation image, pixels.
        classes_items (tuple[int, int, int]): Per scene class, for train,
            val and test.
        dense_side (int): Segmentation, cloud and detection tile, pixels.
        dense_items (tuple[int, int, int]): Segmentation tiles.
        cloud_items (tuple[int, int, int]): Cloud and snow tiles.
        object_items (tuple[int, int, int]): Detection images.
        noise (ProductNoise): Dials of the products.
    """

    name: str
    places: int
    place_size: float
    sensors: tuple[tuple[str, ...], ...]
    scene_side: int
    patch: int
    label_places: int
    label_size: float
    image_side: int
    class_items: tuple[int, int, int]
    dense_side: int
    dense_items: tuple[int, int, int]
    cloud_items: tuple[int, int, int]
    object_items: tuple[int, int, int]
    noise: ProductNoise = field(default_factory=ProductNoise)


_ALL = ('a02', 'b04', 'c08', 'd16')

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset('tiny', 9, 2880.0, (('b04',), ('a02',), ('c08',), ('d16',)),
               160, 32, 9, 2400.0, 48, (4, 2, 2), 64, (4, 2, 2), (3, 2, 2),
               (3, 2, 2)),
        Preset('demo', 14, 6720.0, (_ALL,), 384, 64, 27, 4800.0, 64,
               (60, 10, 40), 128, (80, 12, 60), (24, 6, 18), (24, 6, 18)),
        Preset('standard', 80, 16800.0, (_ALL,), 1024, 128, 90, 9600.0, 128,
               (170, 30, 90), 256, (1200, 200, 600), (1200, 200, 600),
               (1200, 200, 600)),
    )
}
