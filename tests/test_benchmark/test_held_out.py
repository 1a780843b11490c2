"""Held-out places: what is read, against map and truth."""

import numpy as np
import pytest
import rasterio
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from geokr_mm.benchmark.ground_truth import GroundTruth
from geokr_mm.benchmark.held_out import (
    held_out_errors,
    read_held_out,
    reads_fractions,
)
from geokr_mm.errors import InputError
from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
from geokr_mm.registry import MODELS

MODEL = dict(
    type='geokr_mm.GeoKR',
    backbone=dict(type='ResNet', depth=18),
    head=dict(
        type='geokr_mm.GeographicKnowledgeHead',
        num_classes=10,
        in_channels=512,
    ),
    correction=dict(type='geokr_mm.CorrectionLoss'),
    data_preprocessor=dict(
        type='SelfSupDataPreprocessor', mean=[100.0] * 3, std=[50.0] * 3
    ),
)


@pytest.fixture
def run(tiny_index, tmp_path):
    """A checkpoint whose head always says the same."""
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(Config(dict(model=MODEL)).model)
    for head in (model.head, model.teacher.head):
        torch.nn.init.zeros_(head.fc.weight)
    model.head.fc.bias.data = torch.arange(10.0)
    model.teacher.head.fc.bias.data.zero_()
    config = Config(
        dict(
            model=MODEL,
            train_dataloader=dict(
                dataset=dict(index=str(tiny_index), val_share=0.6)
            ),
        )
    )
    path = tmp_path / 'run.pth'
    meta = dict(geokr=dict(config=config.to_dict()))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), path)
    return path


def test_truth_is_what_the_true_map_shows(tiny_index, tiny_world):
    index = KnowledgeIndex.open(tiny_index)
    truth = GroundTruth(index, tiny_world).fractions
    for row in (0, len(index) - 1):
        record = index.record(row)
        left, top, width, height = record.window
        with rasterio.open(
            tiny_world / 'truth' / record.files[0].split('/')[-1]
        ) as source:
            cover = source.read(1)[top : top + height, left : left + width]
        land = cover[cover != 255]
        expected = [(land == 10 * (k + 1)).mean() for k in range(10)]
        assert np.allclose(truth[row], expected, atol=1e-6)
    gap = 0.5 * np.abs(truth - index.fractions).sum(axis=1)
    # The product is wrong about some of the land, and not about all.
    assert 0.05 < gap.mean() < 0.5


def test_errors_of_a_network_that_says_one_thing(run, tiny_world):
    found, data = read_held_out(run, 'student')
    said = torch.arange(10.0).softmax(0).numpy()
    assert len(found) == len(data) > 0
    assert np.allclose(found, said, atol=1e-5)
    errors = held_out_errors(run, 'teacher', tiny_world)
    index = data.knowledge_index
    rows = [data.get_data_info(i)['row'] for i in range(len(data))]
    truth = GroundTruth(index, tiny_world).fractions[rows]
    y = index.fractions[rows]
    land = (truth.sum(1) > 0) & (y.sum(1) > 0)
    expected = 0.5 * np.abs(truth[land] - 0.1).sum(1).mean()
    assert errors['tv_truth'] == pytest.approx(expected, abs=1e-5)
    gap = 0.5 * np.abs(truth[land] - y[land]).sum(1).mean()
    assert errors['tv_map'] == pytest.approx(gap, abs=1e-6)


def test_worlds_that_do_not_fit_are_refused(tiny_index, tmp_path):
    index = KnowledgeIndex.open(tiny_index)
    with pytest.raises(InputError, match='no complete world'):
        GroundTruth(index, tmp_path)
    text = '{"classes": ["forest"], "codes": [20]}'
    (tmp_path / 'world.json').write_text(text)
    with pytest.raises(InputError, match='no true cultivated'):
        GroundTruth(index, tmp_path)


@pytest.mark.parametrize(
    ('config', 'reads'),
    [
        ('geokr/geokr', True),
        ('soft_contrast/soft-contrast', True),
        ('baselines/contrast', False),
        ('baselines/mocov2', False),
    ],
)
def test_what_learns_no_fractions_is_not_asked_for_them(repo, config, reads):
    name = f'{config}_resnet18_1xb32-coslr-21e_earth.py'
    cfg = Config.fromfile(repo / 'configs' / name)
    assert reads_fractions(cfg) is reads
