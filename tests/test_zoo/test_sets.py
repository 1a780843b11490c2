"""Each set: prepared, trained on for two steps, resumed, measured."""

import json

import pytest


def check_run(short_run, config):
    """Two steps of few labels, two more after resuming, and a figure."""
    assert short_run(config, 1).iter == 2
    runner = short_run(config, 2)
    assert runner._resume and runner.iter == 4
    metric = runner.test()[runner.cfg.benchmark.metric]
    assert 0 <= metric <= 100


def test_a_piece_of_aid_by_its_command(
    shared_data, run_here, short_run, tmp_path
):
    tool, out = 'dataset_converters/aid.py', tmp_path / 'data/aid'
    piece = shared_data / 'aid150'
    status, _, said = run_here(tool, piece, out)
    assert status == 2
    assert 'Airport/*.jpg: 40 files, AID has 360' in said
    assert not out.exists()

    with pytest.warns(UserWarning, match='1200 of the 10000 files of AID'):
        status, printed, _ = run_here(tool, piece, out, '--piece')
    assert status == 0
    assert '20: 240 train, 960 test' in printed
    assert not json.loads((out / 'about.json').read_text())['whole']
    check_run(short_run, 'resnet50-frozen_random_1xb64-coslr-100e_aid')
