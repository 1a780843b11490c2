"""A world as a whole: determinism, completeness, layouts."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.warp import transform_bounds
from skimage.io import imread

from geokr_mm.errors import InputError
from geokr_mm.files import sha256_of
from geokr_mm.world.pipeline.build import make_world
from geokr_mm.world.pipeline.folder import WorldFolder
from geokr_mm.world.pipeline.presets import PRESETS

TINY = PRESETS['tiny']


@pytest.fixture(scope='module')
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp('world') / 'tiny'
    assert make_world(out, TINY, seed=3, workers=1, quiet=True)
    return out


@pytest.fixture(scope='module')
def info(world: Path) -> dict:
    return json.loads((world / 'world.json').read_text())


def images(world: Path, pattern: str) -> Iterator[Path]:
    found = sorted(world.glob(pattern))
    assert found, pattern
    yield from found


def test_same_bytes_on_two_processes(info: dict, tmp_path: Path) -> None:
    small = TINY.__class__(**{**vars(TINY), 'places': 4, 'label_places': 3})
    for workers in (1, 2):
        make_world(
            tmp_path / f'{workers}', small, seed=3, workers=workers, quiet=True
        )
    one, two = (tmp_path / f'{workers}/world.json' for workers in (1, 2))
    assert sha256_of(one) == sha256_of(two)
    # Twice the same, also as part of a larger world.
    files = json.loads(one.read_text())['files']
    same = [name for name in files if name.startswith(('scenes', 'truth'))]
    assert len(same) > 8
    assert all(files[name] == info['files'][name] for name in same)


def test_another_seed_is_another_world(info: dict, tmp_path: Path) -> None:
    small = TINY.__class__(
        **{**vars(TINY), 'places': 1, 'label_places': 1, 'extras': False}
    )
    make_world(tmp_path / 'a', small, seed=3, workers=1, quiet=True)
    make_world(tmp_path / 'b', small, seed=4, workers=1, quiet=True)
    a, b = (
        json.loads((tmp_path / n / 'world.json').read_text())['files']
        for n in 'ab'
    )
    one = next(name for name in a if name.startswith('scenes/'))
    assert a[one] == info['files'][one]
    for name in a:
        if name.startswith(('scenes/', 'truth/', 'classification/')):
            assert a[name] not in b.values()


def test_every_file_is_listed_with_its_hash(world: Path, info: dict) -> None:
    on_disk = {
        str(p.relative_to(world)) for p in world.rglob('*') if p.is_file()
    } - {'world.json'}
    assert on_disk == set(info['files'])
    for name, wanted in info['files'].items():
        assert sha256_of(world / name) == wanted
    size = sum((world / name).stat().st_size for name in on_disk)
    assert size < 5e6


def test_second_run_returns_at_once(world: Path) -> None:
    before = (world / 'world.json').stat().st_mtime_ns
    assert not make_world(world, TINY, seed=3, workers=1, quiet=True)
    assert (world / 'world.json').stat().st_mtime_ns == before


def test_other_settings_are_refused(world: Path) -> None:
    with pytest.raises(InputError, match='other settings'):
        make_world(world, TINY, seed=4, workers=1, quiet=True)


def test_foreign_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'thesis.txt').write_text('mine')
    with pytest.raises(InputError, match='not an empty folder'):
        make_world(tmp_path, TINY, seed=3, workers=1, quiet=True)
    assert [p.name for p in tmp_path.iterdir()] == ['thesis.txt']


def test_stopped_run_is_taken_up(world: Path, tmp_path: Path) -> None:
    """A stop in the middle leaves no world; the next run completes it."""
    small = TINY.__class__(**{**vars(TINY), 'places': 2, 'label_places': 1})

    class StopError(Exception):
        pass

    original = WorldFolder.note

    def note(self: WorldFolder, key: str, result: dict) -> None:
        original(self, key, result)
        raise StopError

    out = tmp_path / 'stopped'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorldFolder, 'note', note)
        with pytest.raises(StopError):
            make_world(out, small, seed=3, workers=1, quiet=True)
    assert not (out / 'world.json').exists()
    with (out / '.making/journal.jsonl').open('a') as journal:
        journal.write('\n{"key": "place_de')  # as a power cut leaves it
    made = next(iter((out / 'scenes').iterdir()))
    stamp = made.stat().st_mtime_ns
    assert make_world(out, small, seed=3, workers=1, quiet=True)
    assert made.stat().st_mtime_ns == stamp
    assert not (out / '.making').exists()
    make_world(tmp_path / 'whole', small, seed=3, workers=1, quiet=True)
    assert sha256_of(out / 'world.json') == sha256_of(
        tmp_path / 'whole/world.json'
    )


def test_scenes_are_described(world: Path) -> None:
    gsds, types, zones = set(), set(), set()
    for path in images(world, 'scenes/*.tif'):
        with rasterio.open(path) as src:
            assert src.descriptions == ('red', 'green', 'blue', 'nir')
            tags = src.tags()
            stamp = tags['TIFFTAG_DATETIME']
            assert stamp[:10].replace(':', '-') == tags['date']
            assert f'_{tags["date"].replace("-", "")}.tif' in path.name
            assert float(tags['gsd']) == src.res[0] == src.res[1]
            assert src.nodata == 0
            assert src.compression.value == 'DEFLATE'
            assert src.read().max(axis=(1, 2)).min() > 0
            gsds.add(src.res[0])
            types.add(src.dtypes[0])
            zones.add(src.crs.to_epsg())
    assert gsds == {2, 4, 8, 16}
    assert types == {'uint8', 'uint16'}
    # Two adjoining zones, both hemispheres.
    assert {32649, 32650, 32721, 32734} <= zones
    lat = [rasterio.open(p).lnglat()[1] for p in images(world, 'scenes/*.tif')]
    assert max(lat) > 60


def test_other_band_sets_have_folders_of_their_own(world: Path) -> None:
    for folder, count in (('scenes_rgb', 3), ('scenes_10band', 10)):
        for path in images(world, f'{folder}/*.tif'):
            with rasterio.open(path) as src:
                assert src.count == count
                assert None not in src.descriptions
                assert (world / 'truth' / path.name).is_file()


def test_truth_lies_under_every_scene(world: Path) -> None:
    legend = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 255}
    seen = set()
    for path in images(world, 'scenes/*.tif'):
        with (
            rasterio.open(path) as scene,
            rasterio.open(world / 'truth' / path.name) as truth,
        ):
            assert truth.transform == scene.transform
            assert truth.shape == scene.shape
            assert truth.crs == scene.crs
            seen |= set(np.unique(truth.read(1)).tolist())
    assert seen <= legend
    assert len(seen) >= 9


def test_labels_lie_apart_from_scenes(world: Path) -> None:
    from geokr_mm.world.land.place import make_place

    boxes = []
    for path in images(world, 'scenes*/*.tif'):
        with rasterio.open(path) as src:
            boxes.append(transform_bounds(src.crs, 'EPSG:4326', *src.bounds))
    for number in range(TINY.label_places):
        place = make_place(3, number, 'labels', TINY.label_size)
        half = place.size / 2
        west, south, east, north = transform_bounds(
            f'EPSG:{place.epsg}',
            'EPSG:4326',
            place.east - half,
            place.north - half,
            place.east + half,
            place.north + half,
        )
        for w, s, e, n in boxes:
            assert west > e or east < w or south > n or north < s


def test_classification_folders(world: Path, info: dict) -> None:
    for split, count in zip(
        ('train', 'val', 'test'), TINY.class_items, strict=True
    ):
        for name in info['scene_classes']:
            files = list((world / 'classification' / split / name).iterdir())
            assert len(files) == count
            assert imread(files[0]).shape == (48, 48, 3)


def test_no_place_is_in_two_splits(world: Path) -> None:
    places = {}
    for path in world.glob('*/**/*.png'):
        parts = path.relative_to(world).parts
        split = next(
            (p for p in parts if p in ('train', 'val', 'test')),
            path.name.split('_')[0],
        )
        name = path.name.replace(f'{split}_', '').split('_')[0]
        assert places.setdefault(name, split) == split
    assert set(places.values()) == {'train', 'val', 'test'}


def test_masks(world: Path) -> None:
    values = set()
    for path in images(world, 'segmentation/masks/*/*.png'):
        mask = imread(path)
        values |= set(np.unique(mask).tolist())
        image = world / 'segmentation/images' / path.parent.name / path.name
        assert imread(image).shape == (*mask.shape, 3)
    assert values <= set(range(10))
    values = set()
    both = False
    for path in images(world, 'cloud/masks/*/*.png'):
        found = set(np.unique(imread(path)).tolist())
        values |= found
        both |= {1, 2} <= found
    assert values == {0, 1, 2}
    assert both, 'no image holds both cloud and snow'


def test_coco(world: Path) -> None:
    kinds = set()
    for split in ('train', 'val', 'test'):
        coco = json.loads((world / f'detection/{split}.json').read_text())
        assert [c['name'] for c in coco['categories']] == [
            'aircraft',
            'ship',
            'storage_tank',
        ]
        sides = {}
        for image in coco['images']:
            pixels = imread(world / 'detection/images' / image['file_name'])
            assert pixels.shape == (image['height'], image['width'], 3)
            sides[image['id']] = pixels.shape[:2]
        ids = [a['id'] for a in coco['annotations']]
        assert len(ids) == len(set(ids)) > 0
        for box in coco['annotations']:
            x, y, w, h = box['bbox']
            height, width = sides[box['image_id']]
            assert x >= 0 and y >= 0 and x + w <= width + 0.01
            assert y + h <= height + 0.01 and w >= 2 and h >= 2
            _check_outline(box, shapely.box(0, 0, width, height))
            kinds.add(box['category_id'])
    assert kinds == {1, 2, 3}


def _check_outline(box: dict, frame: shapely.Polygon) -> None:
    """Outline, upright box, area and rotated box agree."""
    parts = shapely.MultiPolygon(
        [
            shapely.Polygon(np.reshape(part, (-1, 2)))
            for part in box['segmentation']
        ]
    )
    x, y, w, h = box['bbox']
    assert np.allclose(parts.bounds, (x, y, x + w, y + h), atol=0.02)
    assert box['area'] == pytest.approx(parts.area, abs=0.5)
    column, row, length, width, turn = box['rotated_box']
    # Rows run down, headings anticlockwise.
    along = np.array([np.cos(turn), -np.sin(turn)])
    across = np.array([along[1], -along[0]])
    signs = ((1, 1), (1, -1), (-1, -1), (-1, 1))
    turned = shapely.Polygon(
        [
            (column, row) + i * length / 2 * along + j * width / 2 * across
            for i, j in signs
        ]
    )
    assert turned.buffer(0.1).contains(parts)
    # As full as its shape: hulls and tanks most of it, aircraft a quarter.
    full = parts.area / turned.intersection(frame).area
    least = {1: 0.2, 2: 0.5, 3: 0.7}[box['category_id']]
    assert least < full <= 1.01


def test_command_line(tmp_path: Path, repo: Path) -> None:
    tool = [sys.executable, str(repo / 'tools/make_world.py')]
    run = subprocess.run([*tool, '--help'], capture_output=True, text=True)
    assert run.returncode == 0
    assert run.stdout.rstrip().splitlines()[-1].strip().startswith('python')
    (tmp_path / 'file').write_text('x')
    run = subprocess.run(
        [*tool, '--preset', 'tiny', str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    assert run.stderr.startswith('error: ')
    assert run.stderr.count('\n') == 1
    run = subprocess.run(
        [*tool, '--shift', '9999', str(tmp_path / 'new')],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    assert not (tmp_path / 'new').exists()


def test_command_line_makes_and_reuses(
    tmp_path: Path, repo: Path, world: Path
) -> None:
    tool = [
        sys.executable,
        str(repo / 'tools/make_world.py'),
        '--preset',
        'tiny',
        '--seed',
        '3',
        '--workers',
        '1',
        str(world),
    ]
    run = subprocess.run(tool, capture_output=True, text=True)
    assert run.returncode == 0
    assert 'already complete' in run.stdout
