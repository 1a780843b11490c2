"""Configs that are written for an index, and those that are shipped."""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from geokr_mm import commands
from geokr_mm.config import load_config
from geokr_mm.config.backbones import backbone_name
from geokr_mm.config.new_config import write_config
from geokr_mm.config.source import Name, statement
from geokr_mm.errors import InputError
from geokr_mm.export import export_backbone
from geokr_mm.geo import KnowledgeIndex
from geokr_mm.registry import MODELS

SHIPPED = sorted(
    (Path(__file__).parents[2] / 'configs' / 'geokr').glob('*xb64-*-100e_*.py')
)


def written(index, out, **given) -> str:
    """Write a config as the command does; gives its text."""
    plain = dict(
        index=str(index),
        bands=None,
        backbone='resnet18',
        start=None,
        gpus=1,
        batch_size=None,
        amp='bf16',
        epochs=None,
        out=str(out),
        overwrite=False,
    )
    write_config(argparse.Namespace(**{**plain, **given}))
    return Path(out).read_text()


def refused(index, out, **given) -> str:
    with pytest.raises(InputError) as caught:
        written(index, out, **given)
    return str(caught.value)


def test_source_is_short_and_the_same():
    value = dict(
        mean=[round(x / 7, 3) for x in range(30)],
        one=(1,),
        deep=dict(type='geokr_mm.X', lists=[[dict(a=1, b='c' * 40)]] * 2),
    )
    text = statement('value', value)
    assert max(map(len, text.splitlines())) <= 79
    scope: dict = {}
    exec(text, scope)
    assert scope['value'] == value
    text = statement('x', {'**base': None, 'a': Name('b')})
    assert text == 'x = dict(**base, a=b)'


def test_written_config_is_readable_and_trains(
    scene_index, tmp_path, monkeypatch, capsys
):
    """From another folder, with all of it from the index."""
    bands = ('B01', 'B02', 'B03', 'B04', 'B08')
    index = scene_index(bands)
    out = tmp_path / 'mine' / 'my_geokr.py'
    text = written(index, out, gpus=1, batch_size=4, epochs=2)
    lines = text.splitlines()
    assert len(lines) <= 125 and max(map(len, lines[10:])) <= 79
    assert '_base_' not in text
    sections = text.split('\n\n')
    assert all(part.startswith('#') for part in sections)
    said = capsys.readouterr().out
    assert f'mim train geokr_mm {out}' in said

    config = load_config(str(out), [])
    meta = KnowledgeIndex.open(index).metadata
    found = meta.band_statistics('physical', bands)
    for key in ('mean', 'std'):
        np.testing.assert_allclose(
            config.model.data_preprocessor[key], found[key], rtol=1e-5
        )
    assert config.model.backbone.in_channels == 5
    assert config.model.head.num_classes == len(meta.legend.names)
    assert config.train_dataloader.dataset.places == 'train'
    assert config.val_dataloader.dataset.places == 'val'
    # 1e-3 for 512 patches, by the square root of their number.
    assert config.optim_wrapper.optimizer.lr == pytest.approx(
        1e-3 * (4 / 512) ** 0.5, rel=0.05
    )
    assert config.auto_scale_lr.base_batch_size == 4

    monkeypatch.chdir(tmp_path)
    commands.train(
        argparse.Namespace(
            config=str(out),
            cfg_options=[
                'train_dataloader.num_workers=0',
                'val_dataloader.num_workers=0',
                'train_dataloader.dataset.indices=8',
            ],
            work_dir='work',
            launcher='none',
            local_rank=0,
            resume=None,
            amp=False,
            auto_scale_lr=False,
            seed=None,
        )
    )
    card = export_backbone('work/epoch_2.pth', 'backbone.pth')
    assert card['bands'] == list(bands)
    assert 'fractions/teacher_tv' in (capsys.readouterr().out)


@pytest.mark.parametrize('path', SHIPPED, ids=lambda p: p.stem)
def test_shipped_configs_are_what_it_writes(path, large_index, tmp_path):
    shipped = load_config(str(path), [])
    backbone = shipped.model.backbone
    start = backbone.get('init_cfg')
    name, _, rest = path.stem.removeprefix('geokr_').partition('_')
    if start:
        start_file(backbone, shipped, tmp_path / 'start.pth')
    out = tmp_path / 'out.py'
    written(
        large_index(tuple(shipped.train_dataloader.dataset.bands)),
        out,
        backbone=name,
        start=start and str(tmp_path / 'start.pth'),
        gpus=8 if '8xb64' in rest else 1,
        batch_size=64,
        epochs=100,
    )
    made = Config.fromfile(out)
    if start:
        made.model.backbone.init_cfg.checkpoint = start.checkpoint
    for config in (made, shipped):
        del config.model.data_preprocessor
        config.model.head.pop('num_classes', None)
    assert made.model == shipped.model
    for key in ('optim_wrapper', 'param_scheduler', 'train_cfg', 'sync_bn'):
        assert made.get(key) == shipped.get(key), key
    for key in ('auto_scale_lr', 'default_hooks', 'env_cfg'):
        assert made[key] == shipped[key], key
    mine, theirs = made.train_dataloader, shipped.train_dataloader
    assert mine.batch_size == theirs.batch_size == 64
    assert mine.dataset.pipeline == theirs.dataset.pipeline
    assert mine.dataset.get('values', 'stretched') == theirs.dataset.get(
        'values', 'stretched'
    )
    views = [c.val_dataloader.dataset.pipeline[0] for c in (made, shipped)]
    assert views[0] == views[1]


def start_file(backbone, config, path):
    """A backbone file with random weights, as an import writes it."""
    from geokr_mm.export.card import digest

    settings = backbone.to_dict()
    settings.pop('init_cfg', None)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        tensors = MODELS.build(dict(settings)).state_dict()
    kind = settings.pop('type')
    torch.save(
        dict(
            state_dict=tensors,
            meta=dict(
                architecture=dict(type=f'mmpretrain.{kind}', args=settings),
                bands=list(config.train_dataloader.dataset.bands),
                branch='imported',
                sha256=digest(tensors),
            ),
        ),
        path,
    )


def test_a_start_decides_order_and_says_what_does_not_fit(
    scene_index, tmp_path
):
    index = scene_index(('red', 'green', 'blue'))
    config = load_config(
        str(SHIPPED[0].parents[1] / '_base_/models/geokr_resnet18.py'), []
    )
    config.train_dataloader = dict(
        dataset=dict(bands=['blue', 'green', 'red'])
    )
    path = tmp_path / 'start.pth'
    start_file(config.model.backbone, config, path)
    text = written(index, tmp_path / 'a.py', backbone=None, start=str(path))
    made = Config.fromfile(tmp_path / 'a.py')
    assert made.bands == ['blue', 'green', 'red']
    assert made.model.backbone.init_cfg.checkpoint == str(path)
    assert 'lowered for the start' in text.replace('\n# ', ' ')
    said = refused(
        index, tmp_path / 'b.py', start=str(path), bands=['red', 'green']
    )
    assert said.startswith(f'--start {path}: takes 3 bands')
    assert 'the index gives 2: red, green' in said
    said = refused(
        index, tmp_path / 'b.py', backbone='swin-tiny', start=str(path)
    )
    assert 'is a resnet18, not a swin-tiny' in said
    assert not (tmp_path / 'b.py').exists()


def test_what_cannot_be_is_refused(scene_index, tmp_path):
    index = scene_index(('red', 'green', 'blue'))
    out = tmp_path / 'my.py'
    out.write_text('mine')
    assert '--overwrite' in refused(index, out)
    assert out.read_text() == 'mine'
    other = tmp_path / 'other.py'
    assert 'choose from convnext-tiny' in refused(index, other, backbone='u')
    assert 'no band nir' in refused(index, other, bands=['red', 'nir'])
    assert 'vgg16bn takes three bands, not 2; choose' in refused(
        index, other, backbone='vgg16bn', bands=['red', 'green']
    )
    assert 'make no such batch' in refused(index, other, batch_size=1000)
    assert 'ends in .py' in refused(index, tmp_path / 'other.yaml')
    assert not other.exists()


def test_names_of_backbones():
    assert backbone_name('ResNet50', None, 256) == 'resnet50'
    assert backbone_name('vgg16_bn', None, 256) == 'vgg16bn'
    assert backbone_name('vit-small', None, 256) == 'vit-small-p16'
    assert backbone_name('vit_small', None, 64) == 'vit-small-p8'
    assert backbone_name('vit-base', None, 256) == 'vit-base-p16'


def test_sixteen_bit_floats_and_gpus(scene_index, tmp_path):
    index = scene_index(('red', 'green', 'blue'))
    out = tmp_path / 'my.py'
    text = written(index, out, gpus=2, batch_size=2, amp='fp16')
    config = Config.fromfile(out)
    assert config.optim_wrapper.type == 'AmpOptimWrapper'
    assert config.sync_bn == 'torch'
    assert '--launcher pytorch --gpus 2' in text
    assert 'SyncBN' not in text


def test_the_command(repo, scene_index, tmp_path):
    index = scene_index(('red', 'green', 'blue'))
    done = subprocess.run(
        [
            *(sys.executable, repo / 'tools' / 'new_config.py'),
            *('--index', index, '--backbone', 'resnet50'),
            *('--out', tmp_path / 'my.py'),
        ],
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith(
        f'next: mim train geokr_mm {tmp_path / "my.py"}'
    )
