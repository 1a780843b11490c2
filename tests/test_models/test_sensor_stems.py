"""Several sensors in one network: stems, batches, checks and export."""

from collections import Counter

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample

from geokr_mm.datasets import SensorDataset, SensorSampler
from geokr_mm.engine.checks.sensors import check_sensors
from geokr_mm.errors import InputError
from geokr_mm.export.sensor import of_sensor
from geokr_mm.models import SensorDataPreprocessor, SensorStems
from geokr_mm.models.losses import knowledge_loss
from geokr_mm.registry import MODELS

BANDS = dict(s2=('B02', 'B03', 'B04', 'B08'), l8=('red', 'nir'))
RESNET = dict(
    type='ResNet',
    depth=18,
    stem_channels=8,
    base_channels=8,
    out_indices=(3,),
)
VIT = dict(
    type='VisionTransformer',
    arch=dict(
        embed_dims=24, num_layers=2, num_heads=2, feedforward_channels=48
    ),
    img_size=32,
    patch_size=8,
    out_type='featmap',
)
CONVNEXT = dict(
    type='ConvNeXt',
    arch=dict(depths=[1, 1, 1, 1], channels=[8, 16, 32, 64]),
    gap_before_final_norm=False,
)


def build(cfg):
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return MODELS.build(cfg)


def stems(trunk):
    return build(
        dict(
            type='geokr_mm.SensorStems',
            sensors={name: len(bands) for name, bands in BANDS.items()},
            trunk=trunk,
        )
    )


@pytest.mark.parametrize('trunk', [RESNET, VIT, CONVNEXT])
def test_each_sensor_is_a_plain_network_with_the_trunk_shared(trunk):
    torch.manual_seed(0)
    backbone = stems(trunk)
    backbone.eval()
    assert isinstance(backbone, SensorStems)
    assert backbone.sensors == dict(s2=4, l8=2)
    state = backbone.state_dict()
    for name, bands in BANDS.items():
        plain = build(dict(trunk, in_channels=len(bands)))
        plain.eval()
        content = dict(
            state_dict={f'backbone.{k}': v for k, v in state.items()}
        )
        tensors = of_sensor(content, name, 'x.pth')['state_dict']
        plain.load_state_dict(
            {k.removeprefix('backbone.'): v for k, v in tensors.items()},
            strict=True,
        )
        images = torch.rand(2, len(bands), 32, 32)
        backbone.select(name)
        with torch.no_grad():
            torch.testing.assert_close(backbone(images), plain(images))
    with pytest.raises(ValueError, match='no stem for sensor .modis.'):
        backbone.select('modis')


def test_only_the_stem_in_use_and_the_trunk_learn():
    backbone = stems(RESNET)
    backbone.select('l8')
    backbone(torch.rand(2, 2, 32, 32))[-1].sum().backward()
    stem = backbone.stem.by_sensor
    assert stem['l8'].weight.grad.abs().sum() > 0
    assert stem['s2'].weight.grad is None
    assert backbone.trunk.layer4[0].conv1.weight.grad is not None


def test_rates_by_layers_see_the_trunk():
    backbone = stems(VIT)
    depth = backbone.get_layer_depth
    stem = 'backbone.trunk.patch_embed.projection.by_sensor.s2.weight'
    assert depth(stem, 'backbone.') == (0, 4)
    block = 'backbone.trunk.layers.1.ln1.weight'
    assert depth(block, 'backbone.') == (2, 4)


def sample(sensor):
    found = DataSample()
    found.set_field(torch.tensor([0.25, 0.75]), 'class_fractions')
    found.set_field(torch.ones(1), 'valid_fraction')
    found.set_metainfo(dict(sensor=sensor))
    return found


@pytest.fixture
def model():
    torch.manual_seed(0)
    norm = dict(type='geokr_mm.BandDataPreprocessor')
    made = build(
        dict(
            type='geokr_mm.GeoKR',
            backbone=dict(
                type='geokr_mm.SensorStems',
                sensors=dict(s2=4, l8=2),
                trunk=RESNET,
            ),
            head=dict(
                type='geokr_mm.GeographicKnowledgeHead',
                num_classes=2,
                loss=dict(type='geokr_mm.KnowledgeLoss', form='l1'),
            ),
            correction=dict(type='geokr_mm.CorrectionLoss'),
            data_preprocessor=dict(
                type='geokr_mm.SensorDataPreprocessor',
                sensors=dict(
                    s2=dict(norm, mean=[1.0] * 4, std=[2.0] * 4),
                    l8=dict(norm, mean=[3.0] * 2, std=[4.0] * 2),
                ),
            ),
        )
    )
    made.init_weights()
    return made


def test_a_batch_selects_stem_and_normalisation(model):
    assert isinstance(model.data_preprocessor, SensorDataPreprocessor)
    for name, mean, std in (('s2', 1.0, 2.0), ('l8', 3.0, 4.0)):
        bands = len(BANDS[name])
        raw = [torch.full((2, bands, 32, 32), 5.0) for _ in range(2)]
        data = dict(inputs=raw, data_samples=[sample(name)] * 2)
        ready = model.data_preprocessor(data, True)
        assert (ready['inputs'][0] == (5.0 - mean) / std).all()
        losses = model(**ready, mode='loss')
        assert torch.isfinite(losses['loss_knowledge'])
        assert model.backbone.stem.sensor == name
        assert model.teacher.backbone.stem.sensor == name
        # The loss is L1 of fractions: twice the total variation.
        torch.testing.assert_close(losses['loss_knowledge'], 2 * losses['tv'])
    mixed = [sample('s2'), sample('l8')]
    with pytest.raises(ValueError, match='SensorSampler'):
        model(torch.rand(2, 4, 32, 32), mixed, mode='loss')


def test_l1_is_the_formula():
    rng = np.random.default_rng(3)
    logits, y = rng.normal(size=(5, 4)), rng.dirichlet(np.ones(4), 5)
    y[4] = 0.0
    w = rng.random(5)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = (w * np.abs(p - y).sum(axis=1))[:4].sum() / 5
    got = knowledge_loss(*map(torch.tensor, (logits, y, w)), form='l1')
    assert got.item() == pytest.approx(expected, abs=1e-12)


def dataset(scene_index, **other):
    """Patches of both sensors, 32 and 16."""
    pipeline = [
        dict(type='geokr_mm.LoadPatch'),
        dict(type='geokr_mm.PackKnowledgeInputs'),
    ]
    own = {
        name: dict(
            type='geokr_mm.GeoKRDataset',
            index=str(scene_index(bands)),
            indices=count,
            pipeline=pipeline,
            **other,
        )
        for (name, bands), count in zip(BANDS.items(), (30, 16), strict=True)
    }
    return SensorDataset(own)


def test_samples_state_their_sensor(scene_index):
    both = dataset(scene_index)
    assert len(both) == 46
    for place, name in ((0, 's2'), (29, 's2'), (30, 'l8'), (45, 'l8')):
        item = both[place]
        assert item['data_samples'].sensor == name
        assert item['inputs'].shape[0] == len(BANDS[name])
    assert both.card['sensors']['l8']['bands'] == ['red', 'nir']
    assert len(both.card['legend']) == 10


def test_batches_are_of_one_sensor_on_all_processes(scene_index, monkeypatch):
    both = dataset(scene_index)
    ranks = []
    for rank in range(2):
        monkeypatch.setattr(
            'geokr_mm.datasets.sensors.get_dist_info', lambda r=rank: (r, 2)
        )
        ranks.append(SensorSampler(both, batch_size=4, seed=1))
    first = [np.array(list(sampler)).reshape(-1, 4) for sampler in ranks]
    # 30 patches make three steps of two times four, 16 make two.
    assert [len(rows) for rows in first] == [5, 5]
    assert len(ranks[0]) == 20
    kinds = [(rows >= 30).all(axis=1) for rows in first]
    assert [(rows >= 30).any(axis=1).tolist() for rows in first] == [
        kind.tolist() for kind in kinds
    ]
    assert kinds[0].tolist() == kinds[1].tolist()
    assert Counter(kinds[0].tolist()) == {False: 3, True: 2}
    drawn = np.concatenate([rows.flatten() for rows in first])
    assert len(set(drawn.tolist())) == 40
    ranks[0].set_epoch(1)
    assert list(ranks[0]) != first[0].flatten().tolist()
    plain = SensorSampler(both, batch_size=8, shuffle=False)
    assert list(plain)[:8] == [*range(8, 16)]
    with pytest.raises(InputError, match='sensor l8 has 16 patches'):
        SensorSampler(both, batch_size=9)


def test_legends_that_differ_are_refused(scene_index):
    with pytest.raises(InputError, match='its classes are forest'):
        both = dataset(scene_index)
        cfg = dict(
            type='geokr_mm.GeoKRDataset', index=both.datasets[0].ann_file
        )
        SensorDataset(
            dict(s2=cfg, l8=dict(cfg, classes=['forest', 'cultivated']))
        )


def test_sensors_of_model_and_data_are_compared(model, scene_index):
    both = dataset(scene_index)
    check_sensors(model, both)
    own = both.card['sensors'].pop('l8')
    with pytest.raises(InputError, match='the data have s2'):
        check_sensors(model, both)
    own = dict(own, bands=['red', 'nir', 'swir16'])
    both.card['sensors']['l8'] = own
    with pytest.raises(InputError, match=r'backbone.sensors.l8 is for 2 band'):
        check_sensors(model, both)


def test_export_needs_the_sensor():
    content = dict(
        state_dict={'backbone.trunk.conv1.by_sensor.s2.weight': torch.ones(1)}
    )
    with pytest.raises(InputError, match='sensors s2; choose one with --sens'):
        of_sensor(content, None, 'x.pth')
    with pytest.raises(InputError, match='choose one with --sensor'):
        of_sensor(content, 'l8', 'x.pth')
    plain = dict(state_dict={'backbone.conv1.weight': torch.ones(1)})
    with pytest.raises(InputError, match='leave --sensor s2 out'):
        of_sensor(plain, 's2', 'x.pth')
    assert of_sensor(plain, None, 'x.pth') == plain
