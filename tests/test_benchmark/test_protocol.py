"""Protocols: what is shipped is sound, and what is run is run once."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope

from geokr_mm.benchmark.grid import ROOT, Grid
from geokr_mm.benchmark.pretraining import settings
from geokr_mm.benchmark.protocol import (
    Finetune,
    Method,
    load_protocol,
    shipped,
)
from geokr_mm.benchmark.results import read_rows
from geokr_mm.benchmark.run import run
from geokr_mm.config import load_config
from geokr_mm.errors import InputError
from geokr_mm.export import load_backbone
from geokr_mm.files import locked
from geokr_mm.geo import KnowledgeIndex
from geokr_mm.registry import MODELS

NAMES = list(shipped())


@pytest.fixture
def grid(tiny_world, tmp_path):
    """A protocol of two methods, two steps and six images."""
    text = dict(
        name='tiny',
        title='for the test',
        index=[
            *('--scenes', str(tiny_world / 'scenes')),
            *('--product', 'globeland30'),
            *('--land-cover', str(tiny_world / 'landcover')),
            *('--patch-size', '64', '--bands', 'red,green,blue'),
            *('--grid', '4'),
        ],
        passes=8,
        batch_size=4,
        methods=dict(
            random={},
            geokr=dict(
                config='configs/geokr/geokr_resnet18_1xb32-coslr-21e_earth.py',
                branch='teacher',
                options=[
                    'model.head.num_classes=10',
                    'train_dataloader.num_workers=0',
                    'train_dataloader.persistent_workers=False',
                ],
            ),
        ),
        probes=[
            dict(
                images=str(tiny_world / 'classification' / 'train'),
                labels=[2],
                draws=2,
                size=32,
            )
        ],
    )
    path = tmp_path / 'tiny.yaml'
    path.write_text(yaml.safe_dump(text))
    return Grid(
        load_protocol(str(path)),
        tmp_path / 'work',
        tmp_path / 'results.csv',
        tmp_path,
    )


@pytest.fixture
def world_grid(grid, tiny_world, monkeypatch):
    """The same on a world that is made already, for fine-tuning."""
    monkeypatch.delenv('GEOKR_WORLD', raising=False)
    monkeypatch.setattr(os, 'environ', os.environ.copy())
    grid.out.mkdir()
    (grid.out / 'world').symlink_to(tiny_world, target_is_directory=True)
    protocol = replace(grid.protocol, world='tiny', probes=())
    return replace(grid, protocol=protocol)


@pytest.mark.parametrize('name', NAMES)
def test_shipped_protocols_name_what_exists(name):
    protocol = load_protocol(name)
    assert protocol.name == name
    names = [m.name for m in protocol.methods]
    assert 'random' in names and 'geokr' in names
    for method in protocol.methods:
        assert not method.config or (ROOT / method.config).is_file()
        assert method.seeds
    for task in protocol.finetunes:
        assert (ROOT / task.config).is_file()


def test_random_starts_are_of_the_networks_that_are_trained():
    large = load_protocol('L')
    resnet = large.architecture(large.method('random'))
    args = dict(depth=50, zero_init_residual=False)
    assert resnet == dict(type='mmpretrain.ResNet', args=args)
    protocol = load_protocol('whole-earth')
    vit = protocol.architecture(protocol.method('random vit'))
    config = load_config(str(ROOT / protocol.method('mae').config), [])
    trained = config.model.backbone.to_dict()
    del trained['mask_ratio']
    assert trained.pop('type') == 'MAEViT'
    assert vit == dict(type='mmpretrain.VisionTransformer', args=trained)


@pytest.mark.parametrize('name', NAMES)
def test_all_residual_branches_start_alike(name, tmp_path):
    """Of trained networks, random starts and what is fine-tuned."""
    protocol = load_protocol(name)
    grid = Grid(protocol, tmp_path, tmp_path / 'r.csv', tmp_path)
    for method in protocol.methods:
        if method.config:
            backbone = settings(grid, method, 0).model.backbone
        else:
            start = protocol.architecture(method)
            backbone = dict(start['args'], type=start['type'])
        if 'ResNet' in backbone['type']:
            assert backbone['zero_init_residual'] is False, method.name
    for task in protocol.finetunes:
        config = load_config(str(ROOT / task.config), [])
        assert config.model.backbone.zero_init_residual is False


@pytest.mark.parametrize('name', NAMES)
def test_every_method_gets_the_same_budget(name, tmp_path):
    protocol = load_protocol(name)
    grid = Grid(protocol, tmp_path, tmp_path / 'r.csv', tmp_path)
    for method in protocol.methods:
        if not method.config:
            continue
        made = settings(grid, method, 3)
        steps = made.train_cfg.max_iters
        assert steps == protocol.iterations(method)
        assert steps * protocol.batch_size * method.passes == protocol.passes
        assert made.train_dataloader.batch_size == protocol.batch_size
        trained_on = str(grid.index_of(method))
        assert made.train_dataloader.dataset.index == trained_on
        assert (trained_on == str(grid.index)) == (method.index == '')
        assert made.randomness.seed == 3
        ends = [s.end for s in made.param_scheduler]
        assert ends[-1] == steps


def sides(node):
    """Every side in pixels that a pipeline cuts patches to."""
    if isinstance(node, list):
        return [side for item in node for side in sides(item)]
    if not isinstance(node, dict):
        return []
    own = [node['scale']] if 'scale' in node else []
    return own + [side for item in node.values() for side in sides(item)]


@pytest.mark.parametrize('name', NAMES)
def test_models_fit_the_index_and_the_backbone(name, tmp_path):
    """Heads, necks and terms are as wide as the network and the legend."""
    protocol = load_protocol(name)
    grid = Grid(protocol, tmp_path, tmp_path / 'r.csv', tmp_path)
    classes = {'zion': 16, 'whole-earth': 20}.get(name, 10)
    words = list(protocol.index)
    side = int(words[words.index('--patch-size') + 1])
    for method in protocol.methods:
        if not method.config:
            continue
        made = settings(grid, method, 0)
        # Views are as large as patches, so that none is blown up.
        pipeline = made.train_dataloader.dataset.to_dict()['pipeline']
        assert set(sides(pipeline)) == {side}, method.name
        model = made.model.to_dict()
        if 'ResNet' not in model['backbone']['type']:
            continue
        width = 2048 if protocol.depth == 50 else 512
        assert model['backbone']['depth'] == protocol.depth
        if method.neck:
            assert model['neck']['type'] == 'geokr_mm.KnowledgeFPN'
            for task in protocol.finetunes:
                neck = load_config(str(ROOT / task.config), []).model.neck
                if neck.type == 'FPN':
                    assert neck.out_channels == model['neck']['out_channels']
        readers = [model.get('neck') or model['head']]
        if made.model.type == 'geokr_mm.GeoKR':
            # Sizes follow from backbone and index where none are stated.
            terms = (model.get('terms') or {}).values()
            parts = [model['head'], model.get('label_correction') or {}]
            for part in (*readers, *parts, *terms):
                assert 'in_channels' not in part, method.name
                assert part.get('num_classes', classes) == classes
            continue
        for part in readers:
            # A pyramid takes several stages, the last one among them.
            taken = part['in_channels']
            last = taken[-1] if isinstance(taken, list) else taken
            assert last == width
    for task in protocol.finetunes:
        words = [f'model.backbone.depth={protocol.depth}']
        assert protocol.depth == 18 or words[0] in task.options


@pytest.mark.parametrize('name', NAMES)
def test_protocols_train_in_bfloat16(name, tmp_path):
    protocol = load_protocol(name)
    grid = Grid(protocol, tmp_path, tmp_path / 'r.csv', tmp_path)
    made = settings(grid, protocol.method('geokr'), 0)
    channels = made.model.backbone.get('in_channels', 3)
    made.model.head.num_classes = 10
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(made.model)
    # Wherever the test runs.
    wrapper = build_optim_wrapper(
        model, dict(made.optim_wrapper, emulate=True)
    )
    with wrapper.optim_context(model):
        feats = model.extract_feat(torch.rand(2, channels, 64, 64))
        logits = model.head.summary(model.head(feats))
    assert feats[-1].dtype == torch.bfloat16
    assert logits.dtype == torch.float32


def test_large_protocol_is_as_wide_as_its_backbone(tmp_path):
    protocol = load_protocol('L')
    grid = Grid(protocol, tmp_path, tmp_path / 'r.csv', tmp_path)
    made = settings(grid, protocol.method('place clusters'), 0)
    made.model.head.num_classes = 10
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(made.model)
    feats = model.backbone(torch.rand(2, 3, 64, 64))
    neck = model.neck(feats)
    assert feats[-1].shape[1] == 2048
    assert model.head(neck).shape == (2, 10)
    assert model.terms['place'].fc.in_features == neck[-1].shape[1]


def test_a_second_process_leaves_what_the_first_is_at(grid, capfd):
    grid.out.mkdir()
    with locked(grid.out / '.random-0.lock') as mine:
        assert mine
        run(grid, ['random'], [])
    assert 'random, seed 0: another process is at it' in capfd.readouterr().out
    assert not grid.results.exists()


def test_fine_tuning_on_the_protocols_own_world(world_grid):
    task = Finetune(
        'configs/downstream/mmpretrain/resnet18_random_1xb32-coslr-20e_world-scenes.py',
        shares=(0.5, 1.0),
        iterations=2,
    )
    protocol = replace(world_grid.protocol, finetunes=(task,))
    own = replace(world_grid, protocol=protocol)
    run(own, ['random'], [], tuning_seeds=[1])
    rows = read_rows(own.results)
    assert [(r['labels'], r['seed']) for r in rows] == [
        ('50 %', '0.1'),
        ('100 %', '0.1'),
    ]
    assert {r['protocol'] for r in rows} == {'tiny: fine-tune'}
    run(own, ['random'], [], tuning_seeds=[1])
    assert read_rows(own.results) == rows
    run(own, ['random'], [], tuning_seeds=[2], shares=[0.5])
    (more,) = read_rows(own.results)[2:]
    assert (more['labels'], more['seed']) == ('50 %', '0.2')


def test_a_random_start_may_have_another_backbone(world_grid):
    task = Finetune(
        'configs/downstream/mmpretrain/resnet18_random_1xb32-coslr-20e_world-scenes.py',
        shares=(1.0,),
        iterations=2,
    )
    resnet = dict(depth=18, zero_init_residual=True)
    method = Method(
        'random', architecture=dict(type='mmpretrain.ResNet', args=resnet)
    )
    protocol = replace(
        world_grid.protocol, methods=(method,), finetunes=(task,)
    )
    own = replace(world_grid, protocol=protocol)
    run(own, [], [0], tuning_seeds=[0])
    (row,) = read_rows(own.results)
    assert row['method'] == 'random'
    (used,) = own.folder(method, 0).glob('**/vis_data/config.py')
    backbone = load_config(str(used), []).model.backbone
    assert backbone.zero_init_residual is True and backbone.depth == 18


@pytest.mark.slow
def test_a_pyramid_goes_downstream(world_grid):
    plain = world_grid.protocol.method('geokr')
    method = replace(
        plain,
        name='gridded with neck',
        config='configs/gridded/gridded-fpn_resnet18_1xb32-coslr-21e_earth.py',
        neck=True,
        options=(
            *plain.options,
            'model.neck.out_channels=64',
            'model.head.grids=(1,2,4)',
            'model.head.stages=(0,1,2)',
        ),
    )
    tasks = tuple(
        Finetune(f'configs/downstream/{name}.py', shares=(0.5,), iterations=2)
        for name in (
            'mmpretrain/resnet18_random_1xb32-coslr-20e_world-scenes',
            'mmsegmentation/fpn-resnet18_random_1xb8-coslr-150i_world-cover',
        )
    )
    protocol = replace(world_grid.protocol, methods=(method,), finetunes=tasks)
    own = replace(world_grid, protocol=protocol)
    run(own, [], [], tuning_seeds=[0])
    scenes, cover = read_rows(own.results)
    assert scenes['checkpoint_sha256'] == cover['checkpoint_sha256'] != ''
    # Each run logs what it started from, and so which parts took a file.
    stems = [Path(task.config).stem for task in tasks]
    logs = [own.folder(method, 0).glob(f'{s}-*/**/*.log') for s in stems]
    logged = [next(found).read_text() for found in logs]
    assert ['neck: all 16 tensors are' in text for text in logged] == [
        False,
        True,
    ]
    assert all('backbone: all 120 tensors are' in text for text in logged)


def test_a_share_that_the_protocol_does_not_have(grid):
    with pytest.raises(InputError, match='--shares 0.2: .* with none'):
        run(grid, ['random'], [], shares=[0.2])
    task = Finetune('some.py', shares=(0.01, 1.0))
    own = replace(grid, protocol=replace(grid.protocol, finetunes=(task,)))
    with pytest.raises(InputError, match='--shares 0.2: .* with 0.01, 1;'):
        run(own, ['random'], [], shares=[0.2])
    assert not grid.out.exists()


def test_dense_task_on_places_that_were_not_trained_on(
    grid, tiny_world, monkeypatch
):
    monkeypatch.setattr(os, 'environ', os.environ.copy())
    cover = (
        *('--product', 'globeland30'),
        *('--land-cover', str(tiny_world / 'landcover')),
    )
    protocol = replace(
        grid.protocol,
        tiles=(
            *('--scenes', str(tiny_world / 'scenes'), *cover),
            *('--patch-size', '32', '--stride', '96'),
            *('--bands', 'blue,green,red,nir'),
        ),
        masks=cover,
        val_share=0.4,
        place_degrees=0.02,
        probes=(),
        finetunes=(
            Finetune(
                'configs/downstream/mmsegmentation/'
                'fpn-resnet18-4band_random_1xb8-coslr-300i_zion.py',
                shares=(0.1,),
                iterations=2,
            ),
        ),
    )
    own = replace(grid, protocol=protocol)
    made = settings(own, protocol.method('geokr'), 0)
    trained = made.train_dataloader.dataset
    assert (trained.places, trained.val_share) == ('train', 0.4)
    assert trained.place_degrees == 0.02
    run(own, ['random'], [], tuning_seeds=[1])
    (row,) = read_rows(own.results)
    assert row['protocol'] == 'tiny: fine-tune' and row['labels'] == '10 %'
    assert os.environ['GEOKR_MASKS'] == str(own.masks)
    before = own.masks.stat().st_mtime_ns
    run(own, ['random'], [], tuning_seeds=[1])
    assert read_rows(own.results) == [row]
    assert own.masks.stat().st_mtime_ns == before


def test_runs_once_and_only_what_is_missing(grid, capfd):
    run(grid, ['random'], [])
    first = read_rows(grid.results)
    assert {(r['method'], r['seed']) for r in first} == {
        ('random', '0.0'),
        ('random', '0.1'),
    }
    assert [r['metric'] for r in first] == ['accuracy'] * 2 + [
        'knn accuracy'
    ] * 2
    # A table without k-NN: only that is added.
    lines = grid.results.read_text().splitlines(keepends=True)
    grid.results.write_text(''.join(lines[:3]))
    run(grid, ['random'], [])
    again = read_rows(grid.results)
    assert again[:2] == first[:2]
    assert [r['value'] for r in again] == [r['value'] for r in first]
    run(grid, [], [])
    rows = read_rows(grid.results)
    assert rows[:4] == again and len(rows) == 8
    assert {r['protocol'] for r in rows} == {'tiny: linear probe, 32 px'}
    trained = grid.backbone(grid.protocol.method('geokr'), 0)
    card = load_backbone(trained)[1]
    assert rows[4]['checkpoint_sha256'] == card['sha256']
    before = trained.stat().st_mtime_ns
    run(grid, [], [])
    assert read_rows(grid.results) == rows
    assert trained.stat().st_mtime_ns == before


def test_a_method_may_learn_from_other_maps(grid, tiny_world):
    path = grid.results.with_name('tiny.yaml')
    text = yaml.safe_load(path.read_text())
    text['indexes'] = dict(
        both=[
            *('--scenes', str(tiny_world / 'scenes')),
            *('--map', f'globeland30={tiny_world}/landcover'),
            *('--map', f'worldcover={tiny_world}/landcover_worldcover'),
            *('--choose', 'combine', '--patch-size', '64'),
            *('--bands', 'red,green,blue', '--grid', '4'),
        ]
    )
    method = text['methods'].pop('geokr')
    method['options'].append('train_dataloader.dataset.soft_labels=True')
    text['methods']['two maps'] = dict(method, index='both')
    path.write_text(yaml.safe_dump(text))
    own = replace(grid, protocol=load_protocol(str(path)))
    run(own, ['two maps'], [])
    folder = own.folder(own.protocol.method('two maps'), 0)
    card = load_backbone(folder / 'backbone.pth')[1]
    index = KnowledgeIndex.open(own.out / 'both.parquet')
    assert card['index_hash'] == index.metadata.inputs_hash
    assert index.metadata.choose == 'combine' and own.index.is_file()
    text['methods']['two maps']['index'] = 'other'
    path.write_text(yaml.safe_dump(text))
    with pytest.raises(InputError, match=r"index 'other', which is not among"):
        load_protocol(str(path))


def test_a_failing_command_names_its_log(grid):
    (grid.out).mkdir()
    broken = Grid(
        load_protocol(str(grid.results.with_name('tiny.yaml'))),
        grid.out,
        grid.results,
        grid.data,
    )
    object.__setattr__(broken.protocol, 'index', ('--scenes', 'nowhere.tif'))
    with pytest.raises(InputError, match=r'index\.log: tools/build_index'):
        run(broken, [], [])


def test_a_protocol_may_inherit_from_another(tmp_path):
    path = tmp_path / 'x.yaml'
    path.write_text(
        '_base_: geokr_mm::benchmark/S.yaml\nname: x\npasses: 64\n'
        'methods:\n  geokr: null\n  random: {seeds: [7]}\n'
        '  other: {index: two_maps}\n'
    )
    made, base = load_protocol(str(path)), load_protocol('S')
    assert (made.name, made.passes) == ('x', 64)
    same = ('title', 'index', 'indexes', 'options', 'probes', 'finetunes')
    for key in same:
        assert getattr(made, key) == getattr(base, key)
    names = [m.name for m in base.methods if m.name != 'geokr']
    assert [m.name for m in made.methods] == [*names, 'other']
    assert made.method('random').seeds == (7,)
    assert made.method('mocov2') == base.method('mocov2')
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
    with pytest.raises(InputError, match='no method .moco.; it has random'):
        load_protocol('S').method('moco')


def test_a_method_may_start_from_a_file(tmp_path):
    path = tmp_path / 'own.yaml'
    given = dict(start='{data}/start.pth')
    text = dict(_base_='geokr_mm::benchmark/S.yaml', methods=dict(own=given))
    path.write_text(yaml.safe_dump(text))
    protocol = load_protocol(str(path))
    own = Grid(protocol, tmp_path, tmp_path / 'r.csv', tmp_path / 'data')
    found = [own.init(protocol.method(m), 0) for m in ('own', 'random')]
    assert found == [f'{tmp_path}/data/start.pth', 'random']
    given['config'] = 'x.py'
    path.write_text(yaml.safe_dump(text))
    with pytest.raises(InputError, match="'own' has both config and start"):
        load_protocol(str(path))
