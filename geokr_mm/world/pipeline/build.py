"""Making a world: whole or not at all, the same on any number of processes."""

import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...version import __version__
from ..core.hashing import subseed
from ..labels.candidates import SCENE_CLASSES
from ..labels.objects import OBJECTS
from ..land import legend as lc
from ..land.place import Place, make_place
from ..sensors.scenes import SceneOrder
from ..sensors.sensors import SENSORS
from .assemble import write_coco, write_product
from .folder import WorldFolder
from .presets import Preset
from .sharing import share_out
from .units import (
    LabelUnit,
    MapOrder,
    PlaceUnit,
    SpotUnit,
    spots_of,
)
from .work import Crew

# Raised with every change of what a seed and a preset give.
SCHEMA = 3
FIRST_YEAR, LAST_YEAR = 2013, 2020


def map_orders(preset: Preset, seed: int) -> tuple[MapOrder, ...]:
    """The two products: one lags behind, WorldCover comes a year after."""
    noise = preset.noise
    return (
        MapOrder(
            'globeland30',
            LAST_YEAR - noise.lag,
            30.0,
            noise,
            subseed(seed, 'globeland30'),
        ),
        MapOrder(
            'worldcover',
            LAST_YEAR + 1,
            10.0,
            noise,
            subseed(seed, 'worldcover'),
        ),
    )


def scene_orders(
    preset: Preset, number: int, place: Place
) -> tuple[SceneOrder, ...]:
    """Scenes of a pre-training place."""
    years = (FIRST_YEAR, LAST_YEAR)
    turn = preset.sensors[number % len(preset.sensors)]
    orders = [
        SceneOrder(place, name, preset.scene_side, 'scenes', years)
        for name in turn
    ]
    if preset.extras and number % 3 < 2:
        name, folder = (('e04', 'scenes_rgb'), ('f10', 'scenes_10band'))[
            number % 3
        ]
        orders.append(
            SceneOrder(place, name, preset.scene_side, folder, years)
        )
    return tuple(orders)


def _describe(preset: Preset, files: dict[str, str]) -> dict[str, Any]:
    names = {s for each in preset.sensors for s in each}
    if preset.extras:
        names |= {'e04', 'f10'}
    counts = Counter(name.rsplit('/', 1)[0] for name in files)
    return {
        'classes': list(lc.CLASSES),
        'codes': list(lc.CODES),
        'scene_classes': list(SCENE_CLASSES),
        'objects': list(OBJECTS),
        'sensors': {
            name: {
                'bands': list(SENSORS[name].bands),
                'gsd': SENSORS[name].gsd,
                'dtype': SENSORS[name].dtype,
            }
            for name in sorted(names)
        },
        'patch': preset.patch,
        'made': dict(sorted(counts.items())),
        'files': dict(sorted(files.items())),
    }


def make_world(
    out: str | Path,
    preset: Preset,
    seed: int = 0,
    workers: int | None = None,
    quiet: bool = False,
) -> bool:
    """Make a world; a stopped one is taken up where it was left.

    Args:
        out (str | Path): Folder; made, or empty, or a half-made world.
        preset (Preset): How much.
        seed (int): Which world.
        workers (int | None): Processes; None takes all cores.
        quiet (bool): Show no progress.

    Returns:
        bool: False when the folder already held this very world.

    Raises:
        InputError: If the folder holds something else.
    """
    folder = WorldFolder(
        Path(out),
        {
            'schema': SCHEMA,
            'version': __version__,
            'seed': seed,
            'preset': asdict(preset),
        },
    )
    if folder.complete:
        return False
    root = folder.root
    crew = Crew(folder, workers or len(os.sched_getaffinity(0)), quiet)
    numbers = range(preset.first_place, preset.first_place + preset.places)
    places = [make_place(seed, n, 'train', preset.place_size) for n in numbers]
    labelled = [
        make_place(seed, n, 'labels', preset.label_size)
        for n in range(preset.label_places)
    ]
    orders = map_orders(preset, seed)
    units = [
        PlaceUnit(
            f'place_{place.name}',
            place,
            scene_orders(preset, n, place),
            orders,
        )
        for n, place in zip(numbers, places, strict=True)
    ]
    for name in {s.folder for unit in units for s in unit.scenes} | {'truth'}:
        (root / name).mkdir(exist_ok=True)
    seen = crew.run('scenes and products', units)
    found = crew.run(
        'looking for labels',
        [
            SpotUnit(f'spots_{place.name}', place, n, preset)
            for n, place in enumerate(labelled)
        ],
    )
    items = share_out(
        preset, [spot for result in found for spot in spots_of(result)]
    )
    made = crew.run(
        'labels',
        [
            LabelUnit(
                f'labels_{place.name}',
                place,
                tuple(item for item in items if item.spot.place == n),
            )
            for n, place in enumerate(labelled)
        ],
    )
    files: dict[str, str] = write_coco(root, made)
    for order in orders:
        files |= write_product(root, order, places)
    for result in (*seen, *made):
        files |= result['files']
    folder.finish(_describe(preset, files))
    return True
