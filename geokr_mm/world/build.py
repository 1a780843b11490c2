"""Making a world: whole or not at all, the same on any number of processes."""

import json
import multiprocessing
import os
import shutil
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from geokr_mm.errors import InputError
from geokr_mm.version import __version__
from geokr_mm.world import land as lc
from geokr_mm.world.finding import SCENE_CLASSES, SPLITS
from geokr_mm.world.hashing import subseed
from geokr_mm.world.objects import OBJECTS
from geokr_mm.world.place import Place, make_place
from geokr_mm.world.presets import Preset
from geokr_mm.world.quota import share_out
from geokr_mm.world.scenes import SceneOrder
from geokr_mm.world.sensors import SENSORS
from geokr_mm.world.tiles import (
    Piece, Tile, corners, globeland30_tile, worldcover_tile, write_tile,
)
from geokr_mm.world.units import (
    LabelUnit, ProductUnit, Result, SceneUnit, SpotUnit, Unit, digest,
    spots_of,
)

SCHEMA = 1
LAST_YEAR = 2020
_JOURNAL = 'journal.jsonl'


def _do(root: Path, unit: Unit) -> Result:
    return unit.run(root)


class _Progress:
    """One line that grows: how many units of a stage are done."""

    def __init__(self, quiet: bool) -> None:
        self.quiet, self.start, self.last = quiet, time.monotonic(), 0.0

    def show(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        tty = sys.stderr.isatty()
        if self.quiet or (done < total and now - self.last < (
                0.2 if tty else 5)):
            return
        self.last = now
        end = '\n' if not tty or done == total else ''
        lead = '\r' if tty else ''
        print(f'{lead}{stage}: {done}/{total}, '
              f'{now - self.start:.0f} s', end=end, file=sys.stderr,
              flush=True)


class _Maker:
    """Runs units and keeps a journal, so that a stop costs little."""

    def __init__(self, root: Path, workers: int, quiet: bool) -> None:
        self.root, self.workers = root, workers
        self.progress = _Progress(quiet)
        self.done: dict[str, Result] = {}
        journal = root / '.making' / _JOURNAL
        if journal.is_file():
            for line in journal.read_text().splitlines():
                try:
                    entry = json.loads(line)
                except json.JSONDecodeError:
                    break  # the line that the stop cut off
                self.done[entry['key']] = entry['result']
        self.journal = journal

    def _note(self, key: str, result: Result) -> None:
        self.done[key] = result
        with self.journal.open('a') as out:
            out.write(json.dumps({'key': key, 'result': result}) + '\n')

    def run(self, stage: str, units: list[Unit]) -> list[Result]:
        """Run what is not yet done; results in the order of the units."""
        left = [unit for unit in units if unit.key not in self.done]
        count = len(units) - len(left)
        if self.workers == 1 or len(left) <= 1:
            for unit in left:
                self._note(unit.key, _do(self.root, unit))
                count += 1
                self.progress.show(stage, count, len(units))
        else:
            # Fresh interpreters: forked ones may inherit library locks.
            context = multiprocessing.get_context('spawn')
            with ProcessPoolExecutor(
                    min(self.workers, len(left)), context) as pool:
                jobs = {pool.submit(_do, self.root, unit): unit.key
                        for unit in left}
                for job in as_completed(jobs):
                    self._note(jobs[job], job.result())
                    count += 1
                    self.progress.show(stage, count, len(units))
        return [self.done[unit.key] for unit in units]


def _settings(preset: Preset, seed: int) -> dict[str, Any]:
    return json.loads(json.dumps({  # tuples as JSON gives them back
        'schema': SCHEMA, 'version': __version__, 'seed': seed,
        'preset': asdict(preset)}))  # type: ignore[no-any-return]


def _prepare(root: Path, settings: dict[str, Any]) -> bool:
    """Check the folder; whether a complete world of these settings is there.

    Raises:
        InputError: If the folder holds anything else.
    """
    done = root / 'world.json'
    if done.is_file():
        old = json.loads(done.read_text()).get('settings')
        if old == settings:
            return True
        raise InputError(
            f'{root} holds a world of other settings: delete it or choose '
            f'another folder')
    notes = root / '.making' / 'settings.json'
    if notes.is_file():
        if json.loads(notes.read_text()) != settings:
            raise InputError(
                f'{root} holds a half-made world of other settings: delete '
                f'it or choose another folder')
    elif root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise InputError(
            f'{root} is not an empty folder: choose another one')
    notes.parent.mkdir(parents=True, exist_ok=True)
    notes.write_text(json.dumps(settings))
    return False


def _tiles(maker: _Maker, places: list[Place], preset: Preset, seed: int,
           product: str) -> dict[str, str]:
    """Make one product and write its tiles."""
    first = product == 'globeland30'
    year = LAST_YEAR - preset.noise.lag if first else LAST_YEAR + 1
    if first and preset.noise.lag == 8:
        year = 2010
    step = 30.0 if first else 10.0
    folder = 'landcover' if first else 'landcover_worldcover'
    units: list[Unit] = [
        ProductUnit(f'{product}_{place.name}', place, year, step, preset,
                    subseed(seed, product)) for place in places]
    maker.run(f'{product} map', units)
    recode = np.arange(256, dtype=np.uint8)
    if not first:
        from geokr_mm.world.tiles import WORLDCOVER_CODE
        for common, own in WORLDCOVER_CODE.items():
            recode[common] = own
    find = globeland30_tile if first else worldcover_tile
    wanted: dict[str, tuple[Tile, list[str]]] = {}
    for place in places:
        for lon, lat in corners(place):
            tile = find(lon, lat, year)
            names = wanted.setdefault(tile.name, (tile, []))[1]
            if place.name not in names:
                names.append(place.name)
    files = {}
    by_name = {place.name: place for place in places}
    for name, (tile, members) in sorted(wanted.items()):
        pieces = [Piece(by_name[m], recode[np.load(
            maker.root / '.making' / f'{product}_{m}.npy')], step)
            for m in members]
        path = maker.root / folder / name
        path.parent.mkdir(exist_ok=True)
        write_tile(path, tile, pieces, {
            'year': str(year), 'product': product, 'synthetic': 'yes'})
        files[f'{folder}/{name}'] = digest(path)
    return files


def _coco(root: Path, results: list[Result]) -> dict[str, str]:
    files = {}
    for split in SPLITS:
        images, boxes = [], []
        entries = sorted(
            (entry for result in results for entry in result['coco']
             if entry['image']['split'] == split),
            key=lambda entry: str(entry['image']['file_name']))
        for number, entry in enumerate(entries, 1):
            image = {k: v for k, v in entry['image'].items() if k != 'split'}
            images.append({'id': number, **image})
            for box in entry['annotations']:
                boxes.append({'id': len(boxes) + 1, 'image_id': number,
                              **box})
        path = root / 'detection' / f'{split}.json'
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({
            'images': images, 'annotations': boxes,
            'categories': [{'id': k, 'name': name}
                           for k, name in enumerate(OBJECTS, 1)]}))
        files[f'detection/{split}.json'] = digest(path)
    return files


def make_world(out: str | Path, preset: Preset, seed: int = 0,
               workers: int | None = None, quiet: bool = False) -> bool:
    """Make a world.

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
    root = Path(out)
    settings = _settings(preset, seed)
    if _prepare(root, settings):
        return False
    workers = workers or len(os.sched_getaffinity(0))
    maker = _Maker(root, workers, quiet)
    places = [make_place(seed, n, 'train', preset.place_size)
              for n in range(preset.places)]
    labelled = [make_place(seed, n, 'labels', preset.label_size)
                for n in range(preset.label_places)]
    for folder in ('scenes', 'truth'):
        (root / folder).mkdir(exist_ok=True)
    scenes: list[Unit] = [
        SceneUnit(f'scenes_{place.name}', tuple(
            SceneOrder(place, sensor, preset.scene_side, 'scenes',
                       (2013, LAST_YEAR))
            for sensor in preset.sensors[n % len(preset.sensors)]))
        for n, place in enumerate(places)]
    results = maker.run('scenes', scenes)
    files = _tiles(maker, places, preset, seed, 'globeland30')
    files |= _tiles(maker, places, preset, seed, 'worldcover')
    found = maker.run('spots', [
        SpotUnit(f'spots_{place.name}', place, n, preset)
        for n, place in enumerate(labelled)])
    items = share_out(preset, [
        spot for result in found for spot in spots_of(result)])
    made = maker.run('labels', [
        LabelUnit(f'labels_{place.name}', place, tuple(
            item for item in items if item.spot.place == n))
        for n, place in enumerate(labelled)])
    files |= _coco(root, made)
    for result in (*results, *made):
        files |= result['files']
    counts = Counter(name.rsplit('/', 1)[0] for name in files)
    world = {
        'settings': settings,
        'classes': list(lc.CLASSES),
        'codes': list(lc.CODES),
        'scene_classes': list(SCENE_CLASSES),
        'objects': list(OBJECTS),
        'sensors': {name: {
            'bands': list(SENSORS[name].bands), 'gsd': SENSORS[name].gsd,
            'dtype': SENSORS[name].dtype}
            for name in sorted({s for each in preset.sensors for s in each})},
        'patch': preset.patch,
        'made': dict(sorted(counts.items())),
        'files': dict(sorted(files.items())),
    }
    temporary = root / 'world.json.part'
    with temporary.open('w') as out_file:
        json.dump(world, out_file, indent=1)
        out_file.flush()
        os.fsync(out_file.fileno())
    os.replace(temporary, root / 'world.json')
    shutil.rmtree(root / '.making')
    return True


