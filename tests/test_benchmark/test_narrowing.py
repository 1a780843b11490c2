"""Protocols of other backbones, or of a part of the tests."""

from dataclasses import replace

import pytest

from geokr_mm.benchmark.features import ARCHITECTURE, build_backbone
from geokr_mm.benchmark.grid import Grid
from geokr_mm.benchmark.narrowing import of_backbones, of_labels, of_tasks
from geokr_mm.benchmark.protocol import GIVEN, ImageSet, load_protocol
from geokr_mm.benchmark.results import read_results
from geokr_mm.benchmark.run import run
from geokr_mm.errors import InputError
from geokr_mm.export.backbone import write_backbone
from geokr_mm.export.card import digest


@pytest.fixture
def backbone(tmp_path):
    tensors = build_backbone(ARCHITECTURE, seed=3).state_dict()
    path = tmp_path / 'mine.pth'
    card = {'architecture': ARCHITECTURE, 'sha256': digest(tensors)}
    write_backbone(path, tensors, card)
    return path


def test_backbones_take_the_place_of_methods(tiny_world, tmp_path, backbone):
    folder = tiny_world / 'classification' / 'test'
    images = ImageSet('scenes', str(folder), shots=(1,), draws=2, size=32)
    base = replace(load_protocol('zoo'), tests=(images,), finetunes=())
    protocol = of_backbones(base, ['random', f'own={backbone}'])
    grid = Grid(
        protocol, tmp_path / 'out', tmp_path / 'r.csv', tmp_path, GIVEN
    )
    for _ in range(2):
        run(grid)
        rows = read_results(grid.results)
        assert list(rows['model'].unique()) == ['random', 'own']
        assert set(rows['start']) == {GIVEN} and len(rows) == 8
    hashes = rows.groupby('model')['checkpoint_sha256'].first()
    assert hashes['random'] == '' and len(hashes['own']) == 64


def test_backbones_are_checked_before_anything_is_run(backbone, tmp_path):
    zoo = load_protocol('zoo')
    with pytest.raises(InputError, match='random is given twice'):
        of_backbones(zoo, ['random', 'random'])
    absent = tmp_path / 'absent.pth'
    with pytest.raises(InputError, match='absent.pth'):
        of_backbones(zoo, [f'a={backbone}', f'b={absent}'])


def test_names_and_seeds_of_backbones(backbone):
    made = of_backbones(load_protocol('zoo'), [str(backbone)], [4, 5])
    assert [method.name for method in made.methods] == ['mine']
    assert made.seeds == (0,)
    assert all(task.seeds == (4, 5) for task in made.finetunes)


def test_tasks_and_labels_are_chosen():
    zoo = of_labels(load_protocol('zoo'), [2])
    made = of_tasks(zoo, ['rsscn7', 'snow pairs'])
    assert [(test.name, test.shots) for test in made.tests] == [
        ('rsscn7', (2,))
    ]
    assert ['snow-pairs' in task.config for task in made.finetunes] == [True]
    with pytest.raises(InputError, match="no task 'rsscn'; it has eurosat, "):
        of_tasks(zoo, ['rsscn'])
    # What an override names is found too.
    (only,) = of_tasks(load_protocol('eurosat'), ['s2-lulc-rgb']).finetunes
    assert only.leaves == '{out}/s2_lulc'
