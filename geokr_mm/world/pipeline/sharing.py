"""Sharing labelled items out over places, the same way every time."""

from collections import defaultdict

from ..labels.candidates import SCENE_CLASSES, SPLITS, Spot
from ..labels.pictures import Item
from .presets import Preset


def split_of(number: int, places: int) -> str:
    """Split of a label place; every climate is in every split.

    Args:
        number (int): Of the place.
        places (int): Label places in all.

    Returns:
        str: train, val or test.
    """
    climates = 9
    if places <= climates:
        # Too few for a round each: climates take turns.
        return SPLITS[number % 3]
    turn = number // climates
    rounds = max(places // climates, 3)
    if turn >= rounds - max(rounds // 3, 1):
        return 'test'
    return 'val' if turn == 0 and rounds > 2 else 'train'


def _deal(spots: list[list[Spot]], want: int) -> list[Spot]:
    """Take from each place in turn until there are enough."""
    out: list[Spot] = []
    depth = 0
    while len(out) < want and any(depth < len(s) for s in spots):
        for each in spots:
            if depth < len(each) and len(out) < want:
                out.append(each[depth])
        depth += 1
    return out


def share_out(preset: Preset, spots: list[Spot]) -> list[Item]:
    """Choose the items of all tasks.

    Args:
        preset (Preset): How many are wanted.
        spots (list[Spot]): Candidates of all label places.

    Returns:
        list[Item]: Fewer than wanted where the land has too few spots.
    """
    by: dict[tuple[str, str], dict[int, list[Spot]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for spot in spots:
        split = split_of(spot.place, preset.label_places)
        by[split, spot.kind][spot.place].append(spot)

    def pick(split: str, kind: str, want: int) -> list[Spot]:
        return _deal([*by[split, kind].values()], want)

    items: list[Item] = []
    for at, split in enumerate(SPLITS):
        for kind in SCENE_CLASSES:
            chosen = pick(split, kind, preset.class_items[at])
            items += [
                Item('classification', split, spot, k, preset.class_side)
                for k, spot in enumerate(chosen)
            ]
        want = preset.dense_items[at]
        chosen = pick(split, 'segmentation', want)
        chosen += pick(split, 'segmentation_any', want - len(chosen))
        items += [
            Item('segmentation', split, spot, k, preset.dense_side)
            for k, spot in enumerate(chosen)
        ]
        want = preset.cloud_items[at]
        chosen = pick(split, 'snow', want // 2)
        chosen += pick(split, 'cloud', want - len(chosen))
        items += [
            Item('cloud', split, spot, k, preset.dense_side)
            for k, spot in enumerate(chosen)
        ]
        want = preset.object_items[at]
        chosen = pick(split, 'harbour', want // 3)
        chosen += pick(split, 'ground', want - len(chosen))
        items += [
            Item('detection', split, spot, k, preset.dense_side)
            for k, spot in enumerate(chosen)
        ]
    return items
