"""Protocols: what is shipped is sound and fair."""

from pathlib import Path

import pytest
import torch
import yaml
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample
from PIL import Image

from geokr_mm.benchmark.floors import FLOORS
from geokr_mm.benchmark.grid import ROOT, Grid
from geokr_mm.benchmark.pretraining import settings
from geokr_mm.benchmark.protocol import load_protocol, shipped
from geokr_mm.config import load_config
from geokr_mm.earth.scenes import AMERICAS, write_scenes
from geokr_mm.errors import InputError
from geokr_mm.registry import MODELS

NAMES = list(shipped())


def grid_of(protocol, tmp_path, start='random'):
    return Grid(protocol, tmp_path, tmp_path / 'r.csv', tmp_path, start)


@pytest.mark.parametrize('name', NAMES)
def test_shipped_protocols_name_what_exists(name):
    protocol = load_protocol(name)
    # Trials only choose.
    seeds = 1 if name == 'trials' else 3
    assert protocol.name == name and len(protocol.seeds) == seeds
    assert protocol.methods or name == 'zoo'
    assert protocol.networks in ('', *NAMES)
    for method in protocol.methods:
        assert not method.config or (ROOT / method.config).is_file()
        assert not method.features or method.features in FLOORS
    assert all(map(protocol.method, protocol.finetuned))
    for task in protocol.finetunes:
        config = load_config(str(ROOT / task.config), [])
        assert config.model.backbone.zero_init_residual is False
    validation = {s.name for s in protocol.validation}
    assert not validation & {s.name for s in protocol.tests}
    # A choice needs a set to be made on, and something to choose from.
    chosen = [m.choice for m in protocol.methods if m.choice]
    assert not chosen or validation
    assert all(chosen.count(choice) > 1 for choice in chosen)


def test_the_protocols_of_scenes_read_the_networks_of_earth():
    earth, eurosat = load_protocol('earth'), load_protocol('eurosat')
    assert eurosat.networks == 'earth'
    assert 'geokr' in earth.finetuned and earth.finetuned == eurosat.finetuned
    for key in ('index', 'compute', 'batch_size', 'methods', 'options'):
        assert getattr(earth, key) == getattr(eurosat, key)
    west, east = eurosat.validation[0], eurosat.tests[0]
    assert (west.west, west.east, east.west, east.east) == (-180, 3, 3, 180)
    assert west.images == east.images


def test_earth_names_the_scenes_that_get_earth_writes(tmp_path):
    """Pre-training is never on the part of the world that is tested."""
    Image.new('RGB', (720, 360)).save(tmp_path / 'globe.png')
    scenes = tmp_path / 'earth' / 'scenes'
    write_scenes(tmp_path / 'globe.png', scenes)
    earth = load_protocol('earth')
    validation, test = earth.validation[0], earth.tests[0]
    parts = []
    for arguments in (earth.index, validation.index, test.index):
        found = set()
        for word in arguments:
            if word.endswith('.tif'):
                pattern = Path(word).relative_to('{data}').as_posix()
                matches = set(tmp_path.glob(pattern))
                assert matches, pattern
                found |= matches
        parts.append(found)
    trained, chosen, tested = parts
    assert {path.parent.name for path in tested} == {AMERICAS}
    assert chosen < trained and not trained & tested
    assert set(scenes.glob('elsewhere/*')) <= trained


def test_every_method_gets_the_same_budget(tmp_path):
    protocol = load_protocol('earth')
    grid = grid_of(protocol, tmp_path)
    for method in protocol.methods:
        if not method.config:
            assert protocol.images_seen(method) == 0
            continue
        made = settings(grid, method, 3)
        steps = made.train_cfg.max_iters
        step = protocol.batch_size * method.cost
        assert 0 <= protocol.compute - steps * step < step
        assert protocol.images_seen(method) == steps * protocol.batch_size
        assert made.train_dataloader.batch_size == protocol.batch_size
        assert made.train_dataloader.dataset.index == str(grid.index)
        assert made.randomness.seed == 3
        assert made.param_scheduler[-1].end == steps
        assert made.optim_wrapper.type == 'geokr_mm.BFloat16OptimWrapper'
        backbone = made.model.backbone
        assert backbone.depth == 18 and not backbone.zero_init_residual
        assert 'init_cfg' not in backbone


def test_a_method_may_have_another_index_and_start(tmp_path):
    protocol = load_protocol('planet')
    mine = tmp_path / 'mine.pth'
    for start, file in (
        (str(mine), mine),
        ('whitened', tmp_path / 'whitened' / 'start-3.pth'),
    ):
        grid = grid_of(protocol, tmp_path, start)
        made = settings(grid, protocol.method('selection two maps'), 3)
        assert made.model.backbone.init_cfg.checkpoint == str(file)
        index = made.train_dataloader.dataset.index
        assert index == str(tmp_path / 'two_maps.parquet')


@pytest.mark.parametrize(
    'name',
    [
        *('mocov2 mild', 'simclr published', 'byol mild'),
        *('barlowtwins mild', 'fractions', 'geokr no teacher', 'geokr'),
        *('geokr contrast', 'contrast no map', 'geco', 'gridded'),
        'selection',
    ],
)
def test_the_cost_of_a_method_is_what_its_network_computes(name, tmp_path):
    """Forward passes of backbones: 3 with gradients, 1 without."""
    protocol = load_protocol('earth')
    method = protocol.method(name)
    made = settings(grid_of(protocol, tmp_path), method, 0)
    model = made.model
    if model.type == 'geokr_mm.GeoKR':
        model.head.num_classes = 17
        if model.get('label_correction'):
            model.label_correction.update(num_classes=17, num_patches=4)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(model)
    spent = []

    def count(module, inputs, output):
        spent.append((3 if output.requires_grad else 1) * len(inputs[0]))

    for network in model.modules():
        if type(network).__name__ == 'ResNet':
            network.conv1.register_forward_hook(count)
    size = 2
    views = made.train_dataloader.dataset.pipeline[1]
    one = views.get('num_views') in ([1], 1)
    inputs = [torch.rand(size, 3, 32, 32) for _ in range(1 if one else 2)]
    model.train()
    model.loss(inputs, samples(size, 1 if one else 2))
    assert sum(spent) == method.cost * size


def samples(size, views):
    """What the pipeline hands over beside the images."""
    even = torch.full((17,), 1 / 17)
    fields = dict(
        class_fractions=even,
        valid_fraction=torch.ones(1),
        grid_fractions=even.expand(8, 8, 17),
        grid_valid=torch.ones(8, 8),
        view_fractions=even.expand(views, 17),
    )
    found = []
    for number in range(size):
        sample = DataSample()
        for name, value in fields.items():
            sample.set_field(value, name)
        sample.set_field(torch.tensor([number]), 'row')
        found.append(sample)
    return found


def test_a_protocol_may_inherit_from_another(tmp_path):
    path = tmp_path / 'x.yaml'
    path.write_text(
        '_base_: geokr_mm::benchmark/planet.yaml\nname: x\ncompute: 64\n'
        'methods:\n  geokr: null\n  fractions: {cost: 6}\n'
        '  other: {features: calibrated start, index: two_maps}\n'
    )
    made, base = load_protocol(str(path)), load_protocol('planet')
    assert (made.name, made.compute) == ('x', 64)
    for key in ('title', 'index', 'indexes', 'options', 'finetunes'):
        assert getattr(made, key) == getattr(base, key)
    names = [m.name for m in base.methods if m.name != 'geokr']
    assert [m.name for m in made.methods] == [*names, 'other']
    assert made.method('fractions').cost == 6
    assert made.method('geco') == base.method('geco')
    path.write_text('_base_: Q.yaml\n')
    with pytest.raises(InputError, match='base Q.yaml: no such file'):
        load_protocol(str(path))


def test_wrong_protocols_are_refused(tmp_path):
    with pytest.raises(InputError, match='no such protocol; give one of'):
        load_protocol('Q')
    path = tmp_path / 'x.yaml'
    path.write_text('name: x\ntitle: y\nspeed: 3\n')
    with pytest.raises(InputError, match='unknown keys speed'):
        load_protocol(str(path))
    path.write_text('name: x\n')
    with pytest.raises(InputError, match='missing'):
        load_protocol(str(path))
    path.write_text('name: [\n')
    with pytest.raises(InputError, match='x.yaml: cannot be read: .*line 2'):
        load_protocol(str(path))
    with pytest.raises(InputError, match='no method .moco.; it has colour'):
        load_protocol('earth').method('moco')
    for entry, message in (
        (
            dict(config='x.py', features='y'),
            "'own' needs one of config",
        ),
        (dict(features='y', index='q'), "index 'q', which is not among"),
    ):
        text = dict(
            _base_='geokr_mm::benchmark/earth.yaml', methods=dict(own=entry)
        )
        path.write_text(yaml.safe_dump(text))
        with pytest.raises(InputError, match=message):
            load_protocol(str(path))
