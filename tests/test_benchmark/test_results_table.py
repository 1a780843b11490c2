"""The results table."""

import os
import subprocess
from concurrent.futures import ProcessPoolExecutor

import pytest

from geokr_mm.benchmark import COLUMNS, append_row, read_rows
from geokr_mm.benchmark.results import commit, this_command
from geokr_mm.errors import InputError

ROW = dict(
    protocol='linear-probe',
    method='random',
    task='classification',
    dataset='rsscn7',
    labels=20,
    metric='accuracy',
    value=53.25,
    seconds=10.0,
    seed=0,
)


def _append(args):
    append_row(args[0], **{**ROW, 'seed': args[1]})


def test_row_is_filled_in(tmp_path):
    path = tmp_path / 'new' / 'results.csv'
    append_row(path, **ROW)
    append_row(path, **{**ROW, 'command': 'python a, "b"\nc'})
    first, second = read_rows(path)
    assert tuple(first) == COLUMNS
    assert first['value'] == '53.25' and first['labels'] == '20'
    assert first['checkpoint_sha256'] == ''
    assert first['commit'] and 'python 3' in first['versions']
    assert first['machine'].startswith(f'{os.cpu_count()} x ')
    assert second['command'] == 'python a, "b"\nc'


def test_many_writers(tmp_path):
    path = tmp_path / 'results.csv'
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(_append, [(path, seed) for seed in range(20)]))
    rows = read_rows(path)
    assert sorted(int(row['seed']) for row in rows) == list(range(20))


def test_wrong_rows(tmp_path):
    path = tmp_path / 'results.csv'
    with pytest.raises(InputError, match="unknown columns .'colour'"):
        append_row(path, **ROW, colour='red')
    with pytest.raises(InputError, match="missing columns .'seed'"):
        append_row(path, **{k: v for k, v in ROW.items() if k != 'seed'})
    assert not path.exists()
    with pytest.raises(InputError, match='no such results table'):
        read_rows(path)
    path.write_text('a,b\n')
    for call in (lambda: append_row(path, **ROW), lambda: read_rows(path)):
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
