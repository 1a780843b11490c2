"""Prepared sets of the zoo as tests of the runner."""

import json
import os

import pytest
import yaml

from geokr_mm.benchmark.grid import ROOT, Grid
from geokr_mm.benchmark.image_sets import from_prepared
from geokr_mm.benchmark.narrowing import dataset_of, of_backbones
from geokr_mm.benchmark.prepared import SETS, SPLIT, used_by_configs
from geokr_mm.benchmark.protocol import GIVEN, Finetune, load_protocol
from geokr_mm.benchmark.results import read_results
from geokr_mm.benchmark.run import run
from geokr_mm.config import load_config
from geokr_mm.errors import InputError
from geokr_mm.zoo import load_card
from geokr_mm.zoo.convert import convert
from geokr_mm.zoo.scenes import class_folders

pytestmark = pytest.mark.filterwarnings('ignore:.*nothing published')
# Name of the piece in the shared data, a protocol, and images a class.
PIECES = {
    'aid': ('aid150', '20', 8),
    'resisc45': ('resisc12', '20', 15),
    'rsscn7': ('rsscn7', '50', 100),
    'eurosat': ('eurosat', 'random', None),
}
CONFIG = (
    'configs/downstream/mmpretrain/'
    'resnet50-frozen_random_1xb64-coslr-100e_aid.py'
)


@pytest.fixture
def piece(shared_data, tmp_path):
    """Prepare a real piece."""

    def make(name, folder):
        card, out = load_card(name), folder / name
        download = tmp_path / 'download'
        download.mkdir()
        # Two classes of resisc12 are of several of RESISC45.
        for place in (shared_data / PIECES[name][0]).iterdir():
            if place.name in card.classes:
                (download / place.name).symlink_to(place)
        convert(card, download, out, class_folders, piece=True)
        return out

    return make


def protocol(folder, **test):
    """A protocol file with one test, tiny images."""
    return written(folder, tests=dict(aid=dict(test, size=8)))


def written(folder, **tests):
    path = folder / 'p.yaml'
    text = dict(name='sets', title='for the test', **tests)
    path.write_text(yaml.safe_dump(text))
    return of_backbones(load_protocol(str(path)), ['random'])


def test_the_lists_of_a_split_are_used(piece, tmp_path):
    work = tmp_path / 'out'
    made = protocol(
        tmp_path, set='{out}/aid', split='20', shots=[5, 'all'], draws=1
    )
    grid = Grid(made, work, tmp_path / 'r.csv', tmp_path, GIVEN)
    with pytest.raises(InputError, match='is no prepared set; write one'):
        run(grid)
    folder = piece('aid', work)
    for _ in range(2):
        run(grid)
        rows = read_results(grid.results)
        keys = rows[['method', 'shots', 'seed', 'n_train']].to_numpy().tolist()
        assert keys == [
            [method, labels, str(draw), str(count)]
            for labels, count, draws in (('5', 150, 1), ('all', 240, 1))
            for method in ('linear', 'knn5')
            for draw in range(draws)
        ]
    images = from_prepared(folder, '20', 8)
    few = (folder / 'train_20/5_a_class_seed1.txt').read_text().splitlines()
    train, test = images.divide(5, 1)
    lines = images.lists.lines()
    assert [lines[i] for i in train] == few
    assert [lines[i] for i in test] == (
        (folder / 'test_20.txt').read_text().splitlines()
    )
    assert [f'{i}' for i in images.labels] == [n.split()[1] for n in lines]
    with pytest.raises(InputError, match='50_a_class_seed0.txt: no such list'):
        images.divide(50, 0)
    with pytest.raises(InputError, match="no protocol '30'; it has 20, 50"):
        from_prepared(folder, '30', 8)


@pytest.mark.slow
@pytest.mark.parametrize('name', [n for n in PIECES if n != 'aid'])
def test_other_pieces(piece, tmp_path, name):
    _, split, of_each = PIECES[name]
    made = protocol(
        tmp_path, set=f'{{out}}/{name}', split=split, shots=[5, 'all'], draws=1
    )
    piece(name, tmp_path / 'out')
    grid = Grid(made, tmp_path / 'out', tmp_path / 'r.csv', tmp_path, GIVEN)
    run(grid)
    rows = read_results(grid.results)
    counts = rows.groupby('shots')['n_train'].first().astype(int)
    assert len(rows) == 4 and 0 < counts['5'] < counts['all']
    if of_each:
        assert counts['all'] == counts['5'] // 5 * of_each


@pytest.mark.slow
def test_a_set_is_fine_tuned_under_its_split(piece, tmp_path):
    piece('aid', tmp_path / 'out')
    task = dict(
        config=CONFIG,
        set='{out}/aid',
        split='50',
        shares=[0.01],
        iterations=4,
        options=[
            'train_dataloader.num_workers=0',
            'train_dataloader.persistent_workers=False',
            'train_dataloader.batch_size=8',
            'test_dataloader.num_workers=0',
            'test_dataloader.persistent_workers=False',
            'test_dataloader.dataset.indices=4',
        ],
    )
    made = written(tmp_path, finetunes=[task])
    grid = Grid(made, tmp_path / 'out', tmp_path / 'r.csv', tmp_path, GIVEN)
    for _ in range(2):
        run(grid)
        rows = read_results(grid.results)
        found = rows[['dataset', 'shots', 'metric_name']].to_numpy().tolist()
        assert found == [['aid 50 %', '1 %', 'accuracy/top1']]


def test_images_of_other_kinds_are_refused(tmp_path):
    about = dict(set='eurosat_ms', parts=dict(random=dict(train=1, test=1)))
    (tmp_path / 'about.json').write_text(json.dumps(about))
    for part in ('train', 'test'):
        (tmp_path / f'{part}_random.txt').write_text('a.tif 0\n')
    with pytest.raises(InputError, match='EuroSAT, 13 bands has not; fine-t'):
        from_prepared(tmp_path, 'random', 8)


def test_configs_take_the_set_and_its_split(monkeypatch, tmp_path):
    monkeypatch.setenv(SETS, 'before')
    monkeypatch.delenv(SPLIT, raising=False)
    task = Finetune(CONFIG, set=f'{tmp_path}/aid', split='50')
    assert dataset_of(task) == 'aid 50 %'
    assert dataset_of(Finetune(CONFIG)) == 'aid 20 %'
    with used_by_configs(task.set, task.split):
        made = load_config(str(ROOT / CONFIG), [])
        few = made.train_dataloader.dataset
        assert few.lists == f'{tmp_path}/aid/train_50'
        assert made.test_dataloader.dataset.ann_file == 'test_50.txt'
    assert os.environ[SETS] == 'before' and SPLIT not in os.environ
