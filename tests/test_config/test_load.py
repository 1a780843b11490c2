"""A config and overrides give settings, or one line."""

import pytest

from geokr_mm.config import load_config
from geokr_mm.errors import InputError

SETTINGS = """
size = 37
model = dict(type='Toy', size=size, parts=[dict(size=size)])
train_dataloader = dict(batch_size=4)
load_from = None
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / 'toy.py'
    path.write_text(SETTINGS)
    return str(path)


def refused(path, *overrides):
    with pytest.raises(InputError) as caught:
        load_config(str(path), list(overrides))
    assert '\n' not in str(caught.value)
    return str(caught.value)


def test_overrides_reach_nested_settings(config):
    read = load_config(
        config, ['model.size=5', 'train_dataloader.batch_size=8']
    )
    assert read.model.size == 5
    assert read.train_dataloader.batch_size == 8
    assert read.model.parts[0].size == 37


def test_settings_can_be_set_though_they_are_plain(config):
    read = load_config(config, ['load_from=some.pth'])
    assert read.load_from == 'some.pth'


def test_an_override_without_value_is_refused(config):
    assert refused(config, 'lr') == '--cfg-options lr: write key=value'


def test_an_override_inside_a_number_is_refused(config):
    assert f'config {config}' in refused(config, 'model.parts.3.size=1')


@pytest.mark.parametrize(
    ('text', 'says'),
    [
        ('\nmodel = dict(', "line 2: '(' was never closed"),
        ('a = 1\nb = a + c', "line 2: NameError: name 'c' is not defined"),
        ('a = 1 / 0', 'line 1: ZeroDivisionError: division by zero'),
    ],
)
@pytest.mark.parametrize('top', ['broken.py', 'child.py'])
def test_what_is_wrong_is_one_line_with_the_file(tmp_path, text, says, top):
    (tmp_path / 'broken.py').write_text(text)
    (tmp_path / 'child.py').write_text("_base_ = './broken.py'")
    assert refused(tmp_path / top) == (
        f'{tmp_path}/broken.py: not a valid config: {says}'
    )


def test_two_bases_with_one_name_are_refused(tmp_path):
    for name in 'ab':
        (tmp_path / f'{name}.py').write_text('model = dict()')
    path = tmp_path / 'child.py'
    path.write_text("_base_ = ['a.py', 'b.py']")
    assert "Duplicate keys: {'model'}" in refused(path)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / 'settings.txt'
    path.write_text('model: 1')
    assert refused(path).startswith(f'{path}: not a valid config')


def test_a_shipped_config_is_named_where_there_is_no_such_path(repo):
    name = 'geokr_resnet18_smoke_tiny-world.py'
    assert refused(f'nowhere/{name}') == (
        f'nowhere/{name}: no such config; the one of that name is '
        f'{repo}/configs/geokr/{name}'
    )
