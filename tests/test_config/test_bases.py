"""Configs of one's own find their bases from any folder."""

import argparse

import pytest
from mmengine.config import Config

from geokr_mm import commands
from geokr_mm.config import load_config
from geokr_mm.errors import InputError

SMOKE = 'geokr/geokr_resnet18_smoke_tiny-world.py'


def own(folder, text):
    path = folder / 'my_geokr.py'
    path.write_text(text)
    return str(path)


def refused(path):
    with pytest.raises(InputError) as caught:
        load_config(path, [])
    return str(caught.value)


@pytest.mark.parametrize(
    'name',
    [
        SMOKE,
        'gridded/gridded-fpn_resnet18_1xb32-coslr-21e_zion.py',
        'geco/geco-patch_resnet18_1xb32-coslr-21e_chesapeake.py',
        'downstream/mmsegmentation/'
        'fpn-resnet18_geokr-pre_1xb4-coslr-150i_potsdam.py',
        '_base_/models/geokr_resnet50.py',
    ],
)
def test_a_copy_reads_as_the_shipped_config(name, repo, tmp_path, capsys):
    shipped = repo / 'configs' / name
    copy = own(tmp_path, shipped.read_text())
    read = load_config(copy, [])
    assert read.to_dict() == Config.fromfile(shipped).to_dict()
    said = capsys.readouterr().err
    assert said.startswith(f'note: {copy}: not beside it, so read from')
    assert str(repo / 'configs') in said
    assert len(said.splitlines()) == 1


def test_what_lies_beside_a_copy_wins_and_nothing_is_said(
    repo, tmp_path, capsys
):
    (tmp_path / 'geokr').mkdir()
    (tmp_path / '_base_').mkdir()
    (tmp_path / '_base_' / 'default_runtime.py').write_text('log_level = "X"')
    copy = own(tmp_path / 'geokr', "_base_ = '../_base_/default_runtime.py'")
    assert load_config(copy, []).to_dict() == {'log_level': 'X'}
    assert capsys.readouterr().err == ''


def test_our_bases_by_package(repo, tmp_path, capsys):
    path = own(
        tmp_path,
        f"_base_ = ['geokr_mm::{SMOKE}']\n"
        'model = dict(head=dict(num_classes=7))\n',
    )
    read = load_config(path, [])
    expected = Config.fromfile(repo / 'configs' / SMOKE).to_dict()
    expected['model']['head']['num_classes'] = 7
    # Types stay in the scope that the configs are written for.
    assert read.to_dict() == expected
    assert capsys.readouterr().err == ''


@pytest.mark.parametrize(
    ('package', 'name', 'depth'),
    [('mmpretrain', 'resnet18.py', 18), ('mmseg', 'fpn_r50.py', 50)],
)
def test_bases_of_the_other_libraries(package, name, depth, tmp_path):
    path = own(tmp_path, f"_base_ = '{package}::_base_/models/{name}'")
    model = load_config(path, []).model
    assert model.backbone.depth == depth
    assert model._scope_ == package


@pytest.mark.parametrize(
    ('base', 'says'),
    [
        (
            'geokr_mm::_base_/models/geokr-resnet18.py',
            'has no such file; the nearest name is '
            'geokr_mm::_base_/models/geokr_resnet18.py',
        ),
        (
            '/gone/configs/_base_/models/geokr_swin-tiny.py',
            'no such file; write geokr_mm::_base_/models/geokr_swin-tiny.py',
        ),
        (
            './mine.py',
            'no such file; correct the path, or name a shipped config, such '
            'as geokr_mm::_base_/default_runtime.py',
        ),
        (
            'mmabsent::_base_/a.py',
            'no package mmabsent with configs is installed; install it, or '
            'write the path of a file',
        ),
    ],
)
def test_an_absent_base_is_answered_with_what_to_write(base, says, tmp_path):
    path = own(tmp_path, f'_base_ = [{base!r}]')
    line = refused(path)
    assert line.startswith(f'{path}: base {base}: ')
    assert line.endswith(says)
    assert '\n' not in line


def test_mmengine_is_as_before_afterwards(tmp_path):
    path = own(tmp_path, "_base_ = 'geokr_mm::_base_/default_runtime.py'")
    load_config(path, [])
    with pytest.raises(AssertionError, match='does not support'):
        Config.fromfile(path)


@pytest.mark.parametrize('command', ['train', 'test', 'print_config'])
def test_the_commands_agree(command, tmp_path):
    path = own(tmp_path, "_base_ = 'geokr_mm::_base_/models/absent.py'")
    arguments = argparse.Namespace(config=path, cfg_options=[])
    with pytest.raises(InputError) as caught:
        getattr(commands, command)(arguments)
    assert str(caught.value) == refused(path)
