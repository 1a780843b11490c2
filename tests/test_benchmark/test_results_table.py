"""The results table."""

import os
import subprocess
from concurrent.futures import ProcessPoolExecutor

import pytest

from geokr_mm.benchmark import COLUMNS, append_rows, read_rows
from geokr_mm.benchmark.results import append_metrics, commit, this_command
from geokr_mm.errors import InputError

RUN = dict(protocol='probe', model='random', pretraining_seed=1)
FIGURE = dict(
    dataset='rsscn7',
    method='linear',
    shots=20,
    seed=0,
    metric_name='balanced_accuracy',
    metric_value=53.25,
)


def _append(args):
    append_rows(args[0], [dict(FIGURE, seed=args[1])], **RUN)


def test_rows_are_filled_in(tmp_path):
    path = tmp_path / 'new' / 'results.csv'
    append_rows(path, [FIGURE, dict(FIGURE, seed=1)], **RUN)
    append_rows(path, [FIGURE], **RUN, command='python a, "b"\nc')
    first, second, third = read_rows(path)
    assert tuple(first) == COLUMNS
    assert first['metric_value'] == '53.25' and first['shots'] == '20'
    assert first['checkpoint_sha256'] == first['n_train'] == ''
    assert (first['start'], first['pretraining_seed']) == ('random', '1')
    assert first['commit'] and 'python 3' in first['versions']
    assert first['machine'].startswith(f'{os.cpu_count()} x ')
    assert {**first, 'seed': '1'} == second
    assert third['command'] == 'python a, "b"\nc'
    # A header and two runs.
    assert len((path.parent / 'runs.csv').read_text().splitlines()) == 4


def test_metrics_of_a_run_without_labels(tmp_path):
    path = tmp_path / 'results.csv'
    about = dict(dataset='here', method='distance')
    append_metrics(path, dict(tv=0.25, patches=8.0), **about, **RUN)
    found = [(r['metric_name'], r['metric_value']) for r in read_rows(path)]
    assert found == [('tv', '0.25'), ('patches', '8')]


def test_many_writers(tmp_path):
    path = tmp_path / 'results.csv'
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(_append, [(path, seed) for seed in range(20)]))
    rows = read_rows(path)
    assert sorted(int(row['seed']) for row in rows) == list(range(20))


def test_wrong_rows(tmp_path):
    path = tmp_path / 'results.csv'
    with pytest.raises(InputError, match="unknown columns .'colour'"):
        append_rows(path, [FIGURE], **RUN, colour='red')
    nameless = {k: v for k, v in FIGURE.items() if k != 'dataset'}
    with pytest.raises(InputError, match="missing columns .'dataset'"):
        append_rows(path, [nameless], **RUN)
    assert not path.exists()
    with pytest.raises(InputError, match='no such results table'):
        read_rows(path)
    path.write_text('a,b\n')
    for call in (
        lambda: append_rows(path, [FIGURE], **RUN),
        lambda: read_rows(path),
    ):
        with pytest.raises(InputError, match='another header'):
            call()
    assert path.read_text() == 'a,b\n'


def test_command_tells_no_machine_paths(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    argv = [
        f'{tmp_path}/tools/x.py',
        '/data/real/rsscn7',
        'a b',
        f'data_root={tmp_path}/d',
    ]
    assert this_command(argv, {'GEOKR_DATA': '/data/real'}) == (
        "python tools/x.py $GEOKR_DATA/rsscn7 'a b' data_root=d"
    )
    assert this_command(
        ['x.py', '../data/rsscn7'],
        {'GEOKR_DATA': '../data', 'GEOKR_WORLD': 'my world'},
    ) == (
        "GEOKR_DATA=../data GEOKR_WORLD='my world' python x.py ../data/rsscn7"
    )


def test_commit_is_known_in_a_checkout(repo):
    if not (repo / '.git').exists():
        pytest.skip('no checkout')
    head = subprocess.run(
        ['git', 'rev-parse', 'HEAD'], cwd=repo, text=True, capture_output=True
    )
    assert commit().rstrip('+') == head.stdout[:12]
