"""Configurations are read, never run."""

from mmengine.config import Config

from geokr_mm.export.config_text import read_config_text


def test_equals_mmengine_on_its_own_text():
    values = dict(
        model=dict(
            type='geokr_mm.GeoKR',
            backbone=dict(type='ResNet', depth=18, stages=(1, 2), x=None),
            weights=[0.5, -1.0, 1e-06],
            flag=True,
        ),
        odd={'a.b': dict(lr_mult=0.1), 3: 'three'},
        default_scope='mmpretrain',
    )
    text = Config(values).pretty_text
    assert read_config_text(text) == values


def test_source_is_not_run(tmp_path):
    target = tmp_path / 'made'
    text = (
        f'import os\nos.mkdir({str(target)!r})\n'
        f'a = os.mkdir({str(target)!r})\nb = 2\n'
    )
    values = read_config_text(text)
    assert not target.exists()
    assert values['b'] == 2
    assert values['a'].startswith('os.mkdir(')


def test_no_python_is_empty():
    assert read_config_text('{{ broken') == {}
