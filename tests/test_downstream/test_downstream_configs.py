"""Every downstream config is built, stepped once and measured."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from PIL import Image

from geokr_mm.datasets.cloud_pairs import LABELS
from geokr_mm.errors import InputError
from geokr_mm.export import export_backbone
from geokr_mm.geo.index.segmentation_export import write_image
from geokr_mm.registry import MODELS
from geokr_mm.zoo import load_card
from geokr_mm.zoo.convert import convert

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'configs' / 'downstream'
# Those that join a base of a set and one of a start are in tests/test_zoo.
TWINS = [
    path
    for path in sorted(FOLDER.glob('mm*/*.py'))
    if '_base_/datasets/' not in path.read_text()
]
RANDOM, PRETRAINED, IMAGENET = (
    [path for path in TWINS if start in path.name]
    for start in ('_random_', '_geokr-pre_', '_imagenet-pre_')
)


def picture(path, rng, side=64, values=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    if values is None:
        array = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    else:
        array = rng.choice(np.array(values, dtype=np.uint8), (side, side))
    Image.fromarray(array).save(path)


def prepare(name, raw, data, **options):
    tool = ROOT / f'tools/dataset_converters/{name}.py'
    divide = runpy.run_path(str(tool))['prepare']
    convert(load_card(name), raw, data / name, divide, **options)


@pytest.fixture(scope='module')
def home(tmp_path_factory):
    """Tiny sets in the layouts that the configs read, below data/."""
    home = tmp_path_factory.mktemp('home')
    data, rng = home / 'data', np.random.default_rng(0)
    for name in 'abcdefg':
        for i in range(4):
            picture(data / 'rsscn7' / name / f'{i}.png', rng)
        for split in ('train', 'val', 'test'):
            for i in range(2):
                picture(
                    data / f'world/classification/{split}/{name}/{i}.png', rng
                )
    for split in ('train', 'val', 'test'):
        folder = data / 'world/segmentation'
        picture(folder / f'images/{split}/0.png', rng)
        picture(folder / f'masks/{split}/0.png', rng, values=range(10))
    for split in ('train', 'val'):
        for name, bands, classes in (
            ('zion/masks', ('b2', 'b3', 'b4', 'b5'), 10),
            ('climate_zones', ('red', 'green', 'blue'), 5),
        ):
            folder = data / name
            picture(
                folder / f'masks/{split}/0.png', rng, values=range(classes)
            )
            (folder / f'images/{split}').mkdir(parents=True)
            write_image(
                folder / f'images/{split}/0.tif',
                rng.integers(0, 256, (len(bands), 64, 64), dtype=np.uint8),
                bands,
            )
    for source, codes in LABELS.items():
        for i in range(2):
            picture(data / f'cloud_pairs/{source}/img/{i}.png', rng)
            picture(
                data / f'cloud_pairs/{source}/mask/{i}.png',
                rng,
                values=list(codes),
            )
    for i in range(24):
        picture(data / f'snow_pairs/img/{i:02d}.png', rng)
        picture(data / f'snow_pairs/mask/{i:02d}.png', rng, values=range(3))
    potsdam = data / 'mmseg_samples/pseudo_potsdam_dataset'
    picture(potsdam / 'img_dir/0.png', rng)
    picture(potsdam / 'ann_dir/0.png', rng, values=range(7))

    raw = home / 'raw'
    for i in range(8):
        patch = rng.integers(1, 7, (1, 29, 64, 64)).astype(np.float32)
        path = raw / f'chesapeake/train_patches/p-{i}.npz'
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, patch)
    prepare('chesapeake', raw, data)
    images = [
        dict(id=i, file_name=f'{i}.jpg', width=64, height=64) for i in range(9)
    ]
    for row in images:
        picture(raw / 'nwpu_vhr10/images' / row['file_name'], rng)
    names = Config.fromfile(
        next(FOLDER.glob('mmdetection/*_random_*nwpu*'))
    ).metainfo.classes
    (raw / 'nwpu_vhr10/train.json').write_text(
        json.dumps(
            dict(
                images=images,
                categories=[
                    dict(id=k + 1, name=name) for k, name in enumerate(names)
                ],
                annotations=[
                    dict(
                        id=i,
                        image_id=i,
                        category_id=i % 10 + 1,
                        iscrowd=0,
                        bbox=[8, 8, 40, 40],
                        area=1600,
                    )
                    for i in range(9)
                ],
            )
        )
    )
    with pytest.warns(UserWarning, match='nothing published'):
        prepare('nwpu_vhr10', raw, data, piece=True)
    return home


@pytest.fixture(scope='module')
def backbone(tmp_path_factory):
    """Backbone files of ResNet-18 by number of bands."""
    folder = tmp_path_factory.mktemp('backbone')
    torch.manual_seed(5)
    files = {}
    for bands in (3, 4):
        with DefaultScope.overwrite_default_scope('mmpretrain'):
            model = MODELS.build(
                dict(type='ResNet', depth=18, in_channels=bands)
            )
        model.init_weights()
        torch.save(
            dict(
                state_dict={
                    f'backbone.{k}': v for k, v in model.state_dict().items()
                }
            ),
            folder / 'run.pth',
        )
        files[bands] = folder / f'b{bands}.pth'
        export_backbone(folder / 'run.pth', files[bands])
    return files


@pytest.mark.parametrize('path', RANDOM, ids=lambda p: p.stem)
def test_twins_differ_in_init_cfg_only(path):
    """Compared key by key, so that a result is due to the start alone."""
    name = path.name.replace('_random_', '_geokr-pre_')
    random = Config.fromfile(path).to_dict()
    pretrained = Config.fromfile(path.with_name(name)).to_dict()
    assert 'init_cfg' not in random['model']['backbone']
    init = pretrained['model']['backbone'].pop('init_cfg')
    checkpoint = pretrained.pop('checkpoint')
    assert init == dict(type='Pretrained', checkpoint=checkpoint)
    assert pretrained == random
    assert any(
        hook['type'] == 'geokr_mm.PretrainedGuardHook'
        for hook in random['custom_hooks']
    )


def test_every_config_has_a_twin_and_a_name_of_its_own():
    assert len(RANDOM) == len(PRETRAINED) >= 8
    names = [p.name for p in (ROOT / 'configs').rglob('*.py')]
    assert len(names) == len(set(names))


def test_imagenet_twins_differ_in_init_cfg_only():
    """All of three bands have one; ImageNet has no fourth."""
    names = {p.name.replace('_imagenet-pre_', '_random_') for p in IMAGENET}
    assert names == {p.name for p in RANDOM if '4band' not in p.name}
    for path in IMAGENET:
        name = path.name.replace('_imagenet-pre_', '_random_')
        random = Config.fromfile(path.with_name(name)).to_dict()
        config = Config.fromfile(path).to_dict()
        init = config['model']['backbone'].pop('init_cfg')
        address = config.pop('checkpoint')
        assert init == dict(type='Pretrained', checkpoint=address)
        # Bands in the order and with the statistics of those weights.
        shown = config['model'].get('data_preprocessor') or config.get(
            'data_preprocessor'
        )
        assert shown['mean'] == [123.675, 116.28, 103.53]
        assert config == random


def torchvision_names():
    """Names of the tensors in torchvision's file of a ResNet-18."""
    bn = ('weight', 'bias', 'running_mean', 'running_var')
    names = ['conv1.weight', *(f'bn1.{n}' for n in bn)]
    for stage in range(1, 5):
        for block in range(2):
            start = f'layer{stage}.{block}'
            for part in (1, 2):
                names.append(f'{start}.conv{part}.weight')
                names += [f'{start}.bn{part}.{n}' for n in bn]
            if stage > 1 and block == 0:
                names.append(f'{start}.downsample.0.weight')
                names += [f'{start}.downsample.1.{n}' for n in bn]
    return names


@pytest.mark.parametrize('path', IMAGENET, ids=lambda p: p.stem)
def test_imagenet_twins_build_and_take_such_a_file(path):
    """Built as shipped, without the weights, which need the net.

    That the address can be fetched is not tested here.
    """
    config = Config.fromfile(path)
    init = dict(config.model.backbone.init_cfg)
    with DefaultScope.overwrite_default_scope(config.default_scope):
        backbone = MODELS.build(config.model.backbone)
    assert backbone.init_cfg == init
    assert init['checkpoint'] == 'torchvision://resnet18'
    names = {n for n in backbone.state_dict() if 'num_batches' not in n}
    assert names == set(torchvision_names())


def depth(path):
    """Number of files from a config down to its last base."""
    bases = Config._get_base_files(str(path))
    assert not [base for base in bases if '::' in base]
    return 1 + max((depth(path.parent / base) for base in bases), default=0)


def test_configs_inherit_from_few_files_and_none_outside():
    for path in (*RANDOM, *PRETRAINED, *IMAGENET):
        assert depth(path) == (2 if path in RANDOM else 3)


def shrink(node):
    """Set every side of an image to 64 pixels, whatever it is for."""
    for key, value in node.items():
        if key in ('scale', 'crop_size', 'size') and value != 64:
            node[key] = 64 if isinstance(value, int) else (64, 64)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                shrink(item)


def run(path, home, monkeypatch, **changes):
    monkeypatch.chdir(home)
    config = Config.fromfile(path)
    config.work_dir = str(home / 'work' / path.stem)
    config.log_level = 'WARNING'
    config.merge_from_dict(changes)
    shrink(config)
    inner = config.train_dataloader.dataset
    if 'per_class' in inner:
        inner.per_class = 2
    config.train_dataloader.batch_size = 2
    if config.train_cfg.type == 'EpochBasedTrainLoop':
        config.train_cfg.update(max_epochs=1, val_interval=1)
    else:
        config.train_cfg.update(max_iters=1, val_interval=1)
    runner = Runner.from_cfg(config)
    runner.train()
    metric = f'val/{config.benchmark.metric}'
    return runner, runner.message_hub.get_scalar(metric).current()


# A random twin differs in its start alone, as tested above: one a library.
STEPPED = [
    *({path.parent: path for path in RANDOM}).values(),
    *PRETRAINED,
]


@pytest.mark.parametrize('path', STEPPED, ids=lambda p: p.stem)
def test_config_trains(path, home, backbone, monkeypatch, request):
    if path.parent.name == 'mmdetection':
        pytest.importorskip('mmcv._ext')
    backbone = backbone[4 if '4band' in path.stem else 3]
    monkeypatch.setenv('GEOKR_CHECKPOINT', str(backbone))
    monkeypatch.delenv('GEOKR_DATA', raising=False)
    monkeypatch.delenv('GEOKR_WORLD', raising=False)
    monkeypatch.delenv('GEOKR_MASKS', raising=False)
    if path.stem.endswith(('world-cloud', 'world-objects')):
        world = request.getfixturevalue('tiny_world')
        monkeypatch.setenv('GEOKR_WORLD', str(world))
    frozen = 'frozen' in path.stem
    changes = {}
    if not frozen and 'geokr-pre' in path.stem:
        # A step of zero length shows that training starts from the file.
        changes = {
            'optim_wrapper.optimizer.lr': 0.0,
            'optim_wrapper.optimizer.weight_decay': 0.0,
        }
    runner, value = run(path, home, monkeypatch, **changes)
    assert np.isnan(value) or -1 <= value <= 100
    if 'geokr-pre' in path.stem:
        file = torch.load(backbone, weights_only=True)['state_dict']
        state = runner.model.backbone.state_dict()
        names = [
            k
            for k in file
            if frozen or 'running' not in k and 'num_batches' not in k
        ]
        assert all(torch.equal(state[k], file[k]) for k in names)


@pytest.mark.parametrize(
    'folder', ['mmpretrain', 'mmsegmentation', 'mmdetection']
)
def test_other_architecture_stops(folder, home, backbone, monkeypatch):
    if folder == 'mmdetection':
        pytest.importorskip('mmcv._ext')
    monkeypatch.setenv('GEOKR_CHECKPOINT', str(backbone[3]))
    path = next(
        p
        for p in PRETRAINED
        if p.parent.name == folder
        and '4band' not in p.stem
        and 'world' not in p.stem
    )
    with pytest.raises(InputError, match='does not fit backbone'):
        run(path, home, monkeypatch, **{'model.backbone.depth': 34})


def test_other_bands_stop(home, backbone, monkeypatch):
    monkeypatch.setenv('GEOKR_CHECKPOINT', str(backbone[3]))
    path = next(p for p in PRETRAINED if '4band' in p.stem)
    with pytest.raises(InputError, match='3 bands but backbone takes 4'):
        run(path, home, monkeypatch)
