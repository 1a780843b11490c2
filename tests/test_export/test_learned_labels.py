"""Labels that a run ends with, written back and trained on."""

import runpy
import sys

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from geokr_mm.benchmark.ground_truth import GroundTruth
from geokr_mm.benchmark.label_error import label_errors, same_patches
from geokr_mm.benchmark.results import read_rows
from geokr_mm.engine.settings import settle_knowledge
from geokr_mm.errors import InputError
from geokr_mm.export.labels import learned_labels, selection_weights
from geokr_mm.export.predict import read_fractions
from geokr_mm.geo.index.corrected_labels import write_soft_labels
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.geo.pipeline.cli import main as build_index
from geokr_mm.registry import DATASETS

CONFIG = 'configs/geokr/geokr_resnet18_smoke_tiny-world.py'


@pytest.fixture(scope='module')
def run(repo, tiny_index, tmp_path_factory):
    """A checkpoint of two steps that corrected some of the labels."""
    cfg = Config.fromfile(repo / CONFIG)
    cfg.merge_from_dict(
        {
            'work_dir': str(tmp_path_factory.mktemp('run')),
            'train_dataloader.dataset.index': str(tiny_index),
            'train_cfg.max_iters': 2,
            'train_cfg.val_interval': 1000,
            'default_hooks.checkpoint.interval': 2,
            'model.label_correction': dict(
                type='geokr_mm.PatchCorrection', num_classes=10, warm_up=0.0
            ),
            'val_dataloader': None,
            'val_cfg': None,
            'val_evaluator': None,
            'test_dataloader': None,
            'test_cfg': None,
            'test_evaluator': None,
        }
    )
    settle_knowledge(cfg)
    runner = Runner.from_cfg(cfg)
    runner.train()
    return f'{cfg.work_dir}/iter_2.pth'


def test_correction_is_that_of_the_table(run, tiny_index):
    found = learned_labels(run, tiny_index)['correction']
    state = torch.load(run, weights_only=False)['state_dict']
    offsets = state['label_correction.offsets'].numpy().astype(float)
    mapped = KnowledgeIndex.open(tiny_index).kept().fractions
    raised = np.maximum(mapped.astype(float), 1e-3)
    expected = raised / raised.sum(1, keepdims=True) * np.exp(offsets)
    expected /= expected.sum(1, keepdims=True)
    moved = offsets.any(axis=1)
    assert 0 < moved.sum() < len(moved)
    np.testing.assert_allclose(found[moved], expected[moved], atol=1e-6)
    np.testing.assert_array_equal(found[~moved], mapped[~moved])


def test_networks_are_labels_too(run, tiny_index):
    read = read_fractions(run, tiny_index)
    found = learned_labels(run, tiny_index, ['teacher', 'student'])
    assert list(found) == ['teacher', 'student']
    for use in found:
        np.testing.assert_array_equal(found[use], read[use])


def test_written_labels_are_trained_on(run, tiny_index):
    out = tiny_index.with_name('corrected.parquet')
    labels = learned_labels(run, tiny_index)['correction']
    index = KnowledgeIndex.open(tiny_index)
    write_soft_labels(index, labels, out, 'x')
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        data = DATASETS.build(
            dict(
                type='geokr_mm.GeoKRDataset',
                index=str(out),
                soft_labels=True,
                pipeline=[
                    dict(type='geokr_mm.LoadPatch'),
                    dict(type='geokr_mm.PackKnowledgeInputs'),
                ],
            )
        )
    got = [
        data[i]['data_samples'].class_fractions.numpy()
        for i in range(len(data))
    ]
    np.testing.assert_array_equal(got, labels)
    # Rows of the table are those of the index that was trained on.
    with pytest.raises(InputError, match='not the index that'):
        learned_labels(run, out)
    out.unlink()


def test_runs_without_a_correction_are_told(run, tiny_index, tmp_path):
    content = torch.load(run, weights_only=False)
    content['meta']['geokr']['config']['model']['label_correction'] = None
    content['state_dict'].pop('label_correction.offsets')
    plain = tmp_path / 'plain.pth'
    torch.save(content, plain)
    with pytest.raises(InputError, match='without learned label correction'):
        learned_labels(plain, tiny_index)


def test_land_of_other_years_is_surveyed_again(tiny_index, tiny_world):
    """In the year of the scene it is the true map beside the scene."""
    index = KnowledgeIndex.open(tiny_index)
    truth = GroundTruth(index, tiny_world).fractions
    table, name = index.table, 'product_year'
    years = [int(date[:4]) for date in index.column('date')]
    place = table.column_names.index(name)
    moved = table.set_column(
        place, table.schema.field(name), [np.array(years, np.int32)]
    )
    same = KnowledgeIndex(index.path, moved, index.metadata)
    again = GroundTruth(same, tiny_world).map_year_fractions
    np.testing.assert_allclose(again, truth, atol=1e-3)
    change = GroundTruth(index, tiny_world).changed
    assert 0.01 < change.mean() < 0.3 and (change == 0).any()


def test_errors_are_apart_for_changed_land():
    truth = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]
    product = np.eye(3, dtype=np.float32)[[0, 1, 0, 0]]
    labels = np.float32(
        [[0.9, 0.1, 0], [0, 1, 0], [0.25, 0, 0.75], [0.2, 0.8, 0]]
    )
    # The last patch has no land on the map.
    product[3] = 0
    change = np.float32([0.0, 0.05, 0.9, 0.9])
    found = label_errors(dict(map=product, ours=labels), truth, change)
    assert found['map'] == pytest.approx(
        dict(
            tv_changed=1.0,
            patches_changed=1.0,
            tv_unchanged=0.0,
            patches_unchanged=2.0,
        )
    )
    assert found['ours']['tv_changed'] == pytest.approx(0.25)
    assert found['ours']['tv_unchanged'] == pytest.approx(0.05)
    # A patch that is weighed down adds less.
    weighed = label_errors(
        dict(ours=labels),
        truth,
        change,
        dict(ours=np.float32([0.5, 1, 1, 1])),
    )['ours']
    assert weighed['tv_unchanged'] == pytest.approx(0.05 / 1.5)
    assert weighed['patches_unchanged'] == 1.5
    none = label_errors(dict(map=product), truth, 0 * change)['map']
    assert np.isnan(none['tv_changed']) and none['patches_changed'] == 0


def test_tool_writes_measures_and_notes(
    repo, run, tiny_index, tiny_world, tmp_path, monkeypatch, capsys
):
    table = tmp_path / 'results.csv'
    out = tiny_index.with_name('by_tool.parquet')
    words = [
        *('write_corrected.py', run, '--index', tiny_index, '--out', out),
        *('--world', tiny_world, '--results', table, '--seed', 3),
        *('--select', 0.5, 8),
    ]
    monkeypatch.setattr(sys, 'argv', [str(word) for word in words])
    tool = runpy.run_path(str(repo / 'tools' / 'write_corrected.py'))
    tool['main']()
    labels = learned_labels(run, tiny_index)['correction']
    copy = KnowledgeIndex.open(out).kept()
    np.testing.assert_array_equal(copy.soft_fractions, labels)
    out.unlink()
    truth = GroundTruth(copy, tiny_world).fractions
    change = GroundTruth(copy, tiny_world).changed
    both = {'map': copy.fractions, 'geco patch: correction': labels}
    name = 'geco patch: selection 0.5 8'
    both[name] = copy.fractions
    networks = learned_labels(run, tiny_index, ('student', 'teacher'))
    index = KnowledgeIndex.open(tiny_index).kept()
    weights = {name: selection_weights(index, **networks, sharpness=8)}
    assert 0 < weights[name].min() < weights[name].max() <= 1
    found = label_errors(both, truth, change, weights)
    rows = read_rows(table)
    about = {
        (r['protocol'], r['dataset'], r['pretraining_seed']) for r in rows
    }
    assert about == {('labels', 'tiny', '3')}
    for name, errors in found.items():
        got = {
            r['metric_name']: float(r['metric_value'])
            for r in rows
            if r['model'] == name
        }
        assert got == pytest.approx(errors, rel=1e-4)
    printed = capsys.readouterr().out
    count = found['map']['patches_changed']
    assert f'(1.00 of the map) on {count:.0f} changed' in printed


@pytest.mark.slow
def test_labels_of_two_maps_are_selected_by_their_agreement(
    repo, run, tiny_index, tiny_world, tmp_path, monkeypatch
):
    """Weighed by networks and maps, and compared with one of the maps."""
    table, both = tmp_path / 'results.csv', tiny_world / 'both.parquet'
    build_index(
        [
            *('--scenes', str(tiny_world / 'scenes')),
            *('--map', f'globeland30={tiny_world}/landcover'),
            *('--map', f'worldcover={tiny_world}/landcover_worldcover'),
            *('--choose', 'combine', '--grid', '8', '--patch-size', '64'),
            *('--bands', 'red,green,blue', '--out', str(both), '--quiet'),
        ]
    )
    words = [
        *('write_corrected.py', run, '--index', both, '--use', 'teacher'),
        *('--world', tiny_world, '--against', tiny_index),
        *('--select', 0.5, 1, '--results', table, '--method', 'x'),
    ]
    monkeypatch.setattr(sys, 'argv', [str(word) for word in words])
    runpy.run_path(str(repo / 'tools' / 'write_corrected.py'))['main']()
    ours = KnowledgeIndex.open(both).kept()
    base = KnowledgeIndex.open(tiny_index).kept()
    mine, rows = same_patches(ours, base)
    base = base.take(rows)
    assert 0 < ours.disagreement.mean() < 0.6
    truth = GroundTruth(base, tiny_world).fractions
    change = GroundTruth(base, tiny_world).changed
    networks = learned_labels(run, both, ('student', 'teacher'))
    labels = {
        'map': base.fractions,
        'maps combined': ours.soft_fractions[mine],
        'x: selection 0.5 1': ours.soft_fractions[mine],
        'x: teacher': networks['teacher'][mine],
    }
    weights = {'x: selection 0.5 1': selection_weights(ours, **networks)[mine]}
    found = label_errors(labels, truth, change, weights)
    for row in read_rows(table):
        expected = found[row['model']][row['metric_name']]
        assert float(row['metric_value']) == pytest.approx(expected, rel=1e-4)
    both.unlink()
    elsewhere = base.take([0])
    elsewhere.table = elsewhere.table.set_column(
        0, 'patch_id', [np.array(['none'])]
    )
    with pytest.raises(InputError, match='no patch of'):
        same_patches(ours, elsewhere)
