"""Making a world: whole or not at all, the same on any number of processes."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from geokr_mm.geo.core.executor import Executor, open_executor
from geokr_mm.geo.core.progress import Progress

from ...processes import cores
from ...version import __version__
from ..labels.candidates import SCENE_CLASSES, Spot
from ..labels.coco import write_coco
from ..labels.objects import OBJECTS
from ..land import legend as lc
from ..land.place import Place, make_place
from ..products.product_maps import product_maps
from ..sensors.scenes import SceneOrder
from ..sensors.sensors import SENSORS
from .folder import WorldFolder, digests
from .jobs import Job, LabelJob, PlaceJob, Result, SpotJob, run_job
from .presets import LAST_YEAR, Preset
from .sharing import share_out

# Raised with every change of what a seed and a preset give.
SCHEMA = 3
FIRST_YEAR = 2013
# Of three places one has each of these too, in a folder of its own.
EXTRAS = (('e04', 'scenes_rgb'), ('f10', 'scenes_10band'))


def scene_orders(
    preset: Preset, number: int, place: Place
) -> tuple[SceneOrder, ...]:
    """Scenes of a pre-training place."""
    turn = preset.sensors[number % len(preset.sensors)]
    wanted = [(name, 'scenes') for name in turn]
    if preset.extras and number % 3 < len(EXTRAS):
        wanted.append(EXTRAS[number % 3])
    years = (FIRST_YEAR, LAST_YEAR)
    return tuple(
        SceneOrder(place, name, preset.scene_side, folder, years)
        for name, folder in wanted
    )


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
        seed (int): Another seed gives another world.
        workers (int | None): Processes; None takes all cores.

    Returns:
        bool: False when the folder already held this very world.

    Raises:
        InputError: If the folder holds something else.
    """
    settings = {
        'schema': SCHEMA,
        'version': __version__,
        'seed': seed,
        'preset': asdict(preset),
    }
    folder = WorldFolder(Path(out), settings)
    if folder.complete:
        return False
    most = max(preset.places, preset.label_places)
    with open_executor(min(workers or cores(), most)) as executor:
        run = partial(_run_jobs, folder, executor, quiet)
        files = _make(folder.root, run, preset, seed)
    folder.finish(_describe(preset, files))
    return True


def _run_jobs(
    folder: WorldFolder,
    executor: Executor,
    quiet: bool,
    stage: str,
    jobs: Sequence[Job],
) -> list[Result]:
    """Results in the order of the jobs; those in the journal are kept."""
    left = [job for job in jobs if job.key not in folder.done]
    if left:
        progress = Progress(stage, len(left), quiet)
        results = executor.map(run_job, ((folder.root, job) for job in left))
        for job, result in zip(left, results, strict=True):
            folder.note(job.key, result)
            progress.add()
    return [folder.done[job.key] for job in jobs]


def _make(
    root: Path,
    run: Callable[[str, Sequence[Job]], list[Result]],
    preset: Preset,
    seed: int,
) -> dict[str, str]:
    """Write everything but the description; hashes of the files."""
    numbers = range(preset.first_place, preset.first_place + preset.places)
    places = [make_place(seed, n, 'train', preset.place_size) for n in numbers]
    labelled = [
        make_place(seed, n, 'labels', preset.label_size)
        for n in range(preset.label_places)
    ]
    maps = product_maps(preset.noise, LAST_YEAR, seed)
    jobs = [
        PlaceJob(f'place_{p.name}', p, scene_orders(preset, n, p), maps)
        for n, p in zip(numbers, places, strict=True)
    ]
    for name in {s.folder for job in jobs for s in job.scenes} | {'truth'}:
        (root / name).mkdir(exist_ok=True)
    seen = run('scenes and products', jobs)
    found = run(
        'looking for labels',
        [
            SpotJob(f'spots_{place.name}', place, n, preset)
            for n, place in enumerate(labelled)
        ],
    )
    spots = [Spot(**each) for result in found for each in result['spots']]
    items = share_out(preset, spots)
    made = run(
        'labels',
        [
            LabelJob(
                f'labels_{place.name}',
                place,
                tuple(item for item in items if item.spot.place == n),
            )
            for n, place in enumerate(labelled)
        ],
    )
    entries = [entry for result in made for entry in result['coco']]
    files = digests(root, write_coco(root, entries))
    for product in maps:
        files |= digests(root, product.write(root, places))
    for result in (*seen, *made):
        files |= result['files']
    return files


def _describe(preset: Preset, files: dict[str, str]) -> dict[str, Any]:
    names = {s for each in preset.sensors for s in each}
    if preset.extras:
        names |= {name for name, _ in EXTRAS}
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
