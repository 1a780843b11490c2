"""Sharing labelled items out over places, the same way every time."""

from collections import defaultdict
from itertools import chain, zip_longest

from ..labels.candidates import SCENE_CLASSES, SPLITS, Spot
from ..labels.pictures import Item
from ..land.place import CLIMATES
from .presets import Preset


def split_of(number: int, places: int) -> str:
    """Train, val or test for a label place; every climate is in each."""
    climates = len(CLIMATES)
    if places <= climates:
        # Too few for a round each: climates take turns.
        return SPLITS[number % 3]
    turn = number // climates
    rounds = max(places // climates, 3)
    if turn >= rounds - max(rounds // 3, 1):
        return 'test'
    return 'val' if turn == 0 and rounds > 2 else 'train'


def _wanted(
    preset: Preset, split: int
) -> list[tuple[str, list[tuple[str, int]]]]:
    """Tasks with the kinds of spots they take, each up to a total."""
    dense, cloud = preset.dense_items[split], preset.cloud_items[split]
    objects = preset.object_items[split]
    kinds = [(kind, preset.class_items[split]) for kind in SCENE_CLASSES]
    return [
        *(('classification', [kind]) for kind in kinds),
        (
            'segmentation',
            [('segmentation', dense), ('segmentation_any', dense)],
        ),
        ('cloud', [('snow', cloud // 2), ('cloud', cloud)]),
        ('detection', [('harbour', objects // 3), ('ground', objects)]),
    ]


def share_out(preset: Preset, spots: list[Spot]) -> list[Item]:
    """Choose the items of all tasks from the candidates of all places.

    Places take turns. There are fewer items than wanted where the land has
    too few spots.
    """
    by: dict[tuple[str, str], dict[int, list[Spot]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for spot in spots:
        split = split_of(spot.place, preset.label_places)
        by[split, spot.kind][spot.place].append(spot)
    items: list[Item] = []
    for number, split in enumerate(SPLITS):
        for task, kinds in _wanted(preset, number):
            chosen: list[Spot] = []
            for kind, most in kinds:
                turns = chain.from_iterable(
                    zip_longest(*by[split, kind].values())
                )
                found = [spot for spot in turns if spot is not None]
                chosen += found[: most - len(chosen)]
            small = task == 'classification'
            side = preset.class_side if small else preset.dense_side
            items += [
                Item(task, split, spot, k, side)
                for k, spot in enumerate(chosen)
            ]
    return items
