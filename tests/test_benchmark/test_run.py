"""What is run is run once, and test sets are read after choices."""

import shutil
from dataclasses import replace

import pytest
import yaml

from geokr_mm.benchmark.choice import choices
from geokr_mm.benchmark.grid import Grid
from geokr_mm.benchmark.protocol import Finetune, load_protocol
from geokr_mm.benchmark.results import read_results, read_rows
from geokr_mm.benchmark.run import Runner, run
from geokr_mm.errors import InputError
from geokr_mm.export import load_backbone
from geokr_mm.files import locked

PREPARED = [
    'model.head.num_classes=10',
    'train_dataloader.num_workers=0',
    'train_dataloader.persistent_workers=False',
]


@pytest.fixture
def grid(tiny_world, tiny_index, tmp_path):
    """Two floors that compete and one method of two steps; few images."""
    images = dict(shots=[1], draws=2, size=32)
    folder = tiny_world / 'classification'
    text = dict(
        name='tiny',
        title='for the test',
        index=['--scenes', 'nowhere.tif'],
        compute=24,
        batch_size=4,
        seeds=[0],
        methods={
            'colour': dict(features='colour statistics', choice='floor'),
            'start': dict(features='calibrated start', choice='floor'),
            'fractions': dict(
                config='configs/baselines/'
                'fractions_resnet18_1xb32-coslr-21e_earth.py',
                options=PREPARED,
            ),
        },
        validation=dict(val=dict(images, images=str(folder / 'val'))),
        tests=dict(test=dict(images, images=str(folder / 'test'))),
    )
    path = tmp_path / 'tiny.yaml'
    path.write_text(yaml.safe_dump(text))
    out = tmp_path / 'work'
    out.mkdir()
    (out / 'index.parquet').symlink_to(tiny_index)
    (tmp_path / 'scenes').symlink_to(tiny_world / 'scenes')
    return Grid(
        load_protocol(str(path)), out, tmp_path / 'results.csv', tmp_path
    )


def read_by(grid):
    """Models of each data set."""
    rows = read_results(grid.results)
    return {
        dataset: set(own['model']) for dataset, own in rows.groupby('dataset')
    }


def test_only_the_best_of_a_choice_reads_the_test_set(grid, capfd):
    run(grid, ['colour'])
    assert read_by(grid) == {'val': {'colour'}}
    assert 'colour: waits, since floor is' in capfd.readouterr().out
    run(grid, ['start'])
    rows = read_results(grid.results)
    choice = choices(grid.protocol, 'random', rows)['floor']
    assert choice.best == max(choice.means, key=choice.means.get)
    run(grid, ['colour', 'start'])
    assert read_by(grid) == {
        'val': {'colour', 'start'},
        'test': {choice.best},
    }
    # Test figures have no part in it.
    rows = read_results(grid.results)
    rows.loc[rows['dataset'] == 'test', 'metric_value'] = '0'
    assert choices(grid.protocol, 'random', rows)['floor'] == choice
    assert choices(grid.protocol, 'whitened', rows)['floor'].missing == (
        'colour',
        'start',
    )


def test_what_a_choice_leaves_out_has_no_further_seeds(grid):
    run(grid, ['colour', 'start'], [1, 0])
    rows = read_results(grid.results)
    choice = choices(grid.protocol, 'random', rows)['floor']
    seeds = rows.groupby('model')['pretraining_seed'].unique()
    assert {model: set(own) for model, own in seeds.items()} == {
        model: {'0', '1'} if model == choice.best else {'0'}
        for model in ('colour', 'start')
    }


def test_runs_once_and_only_what_is_missing(grid, capfd):
    run(grid, ['fractions'])
    first = read_rows(grid.results)
    assert [(r['dataset'], r['method'], r['seed']) for r in first] == [
        (dataset, method, seed)
        for dataset in ('val', 'test')
        for method in ('linear', 'knn5')
        for seed in '01'
    ]
    trained = grid.backbone(grid.protocol.method('fractions'), 0)
    card = load_backbone(trained)[1]
    for row in first:
        assert row['checkpoint_sha256'] == card['sha256']
        assert (row['protocol'], row['start']) == ('tiny', 'random')
        assert (row['pretraining_seed'], row['images_seen']) == ('0', '8')
        assert row['shots'] == '1' and int(row['n_train']) > 2
        assert row['metric_name'] == 'balanced_accuracy'
    assert not list(trained.parent.glob('iter_*.pth'))
    # A broken-off run: only what is missing is added.
    lines = grid.results.read_text().splitlines(keepends=True)
    grid.results.write_text(''.join(lines[:6]))
    before = trained.stat().st_mtime_ns
    for _ in range(2):
        run(grid, ['fractions'])
        again = read_rows(grid.results)
        assert [r['metric_value'] for r in again] == [
            r['metric_value'] for r in first
        ]
    assert trained.stat().st_mtime_ns == before
    # Nothing is trained for rows that are all there.
    shutil.rmtree(trained.parent)
    run(grid, ['fractions'])
    assert f'every row is in {grid.results}' in capfd.readouterr().out
    assert not trained.parent.exists()
    grid.results.write_text(''.join(lines[:-1]))
    run(grid, ['fractions'])
    assert trained.is_file()


def test_a_second_process_leaves_what_the_first_is_at(grid, capfd):
    with locked(grid.out / '.random-fractions-0.lock') as mine:
        assert mine
        run(grid, ['fractions'])
    text = capfd.readouterr().out
    assert 'fractions, seed 0: another process is at it' in text
    assert not grid.results.exists()


def test_fine_tuning(grid, tiny_world, monkeypatch):
    monkeypatch.setenv('GEOKR_WORLD', str(tiny_world))
    task = Finetune(
        'configs/downstream/mmpretrain/'
        'resnet18_random_1xb32-coslr-20e_world-scenes.py',
        shares=(0.5,),
        seeds=(1,),
        iterations=2,
    )
    methods = tuple(
        replace(grid.protocol.method(name), choice='')
        for name in ('colour', 'start')
    )
    protocol = replace(
        grid.protocol,
        methods=methods,
        validation=(),
        tests=(),
        finetunes=(task,),
    )
    own = replace(grid, protocol=protocol)
    for _ in range(2):
        run(own)
        # What is no network is not fine-tuned.
        (row,) = read_rows(own.results)
        assert row['model'] == 'start' and row['method'] == 'fine-tune'
        assert (row['shots'], row['seed']) == ('50 %', '1')


def test_fine_tuning_of_some_methods_on_prepared_data(grid):
    task = Finetune(
        'configs/downstream/mmsegmentation/'
        'fpn-resnet18_random_1xb4-coslr-150i_chesapeake.py',
        prepare=(
            ['dataset_converters/chesapeake.py', '{data}', '{out}/made'],
        ),
        leaves='{out}/made',
    )
    protocol = replace(
        grid.protocol,
        validation=(),
        tests=(),
        finetunes=(task,),
        finetuned=('colour', 'fractions'),
    )
    runner = Runner(replace(grid, protocol=protocol))
    for name in ('start', 'colour'):
        runner.test(protocol.method(name), 0)
    assert not grid.results.exists()
    (grid.out / 'random' / 'fractions-0').mkdir(parents=True)
    (grid.out / 'random' / 'fractions-0' / 'backbone.pth').touch()
    message = rf'chesapeake.py failed: .*{grid.data}: '
    with pytest.raises(InputError, match=message):
        runner.test(protocol.method('fractions'), 0)


def test_a_failing_command_names_its_log(grid):
    grid.index.unlink()
    with pytest.raises(InputError, match=r'index\.log: tools/build_index'):
        run(grid)
