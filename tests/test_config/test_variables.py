"""A variable that is set when it has been used already is refused."""

import pytest

from geokr_mm.config import load_config
from geokr_mm.errors import InputError

BASE = """
index = 'old.parquet'
size = 64
steps = 100
view = [dict(type='Crop', scale=size)]
data_preprocessor = dict(mean=[1, 2, 3], std=[4, 5, 6])
unused = 3
train_dataloader = dict(
    batch_size=64,
    dataset=dict(index=index, pipeline=[dict(type='Load'), *view]),
    sampler=dict(count=size),
)
val_dataloader = train_dataloader
param_scheduler = dict(end=steps // 10)
model = dict(head=dict(size=size))
"""
MIDDLE = """
_base_ = './base.py'
model = dict(
    head=dict(size=20), data_preprocessor={{_base_.data_preprocessor}}
)
"""


@pytest.fixture
def child(tmp_path):
    (tmp_path / 'base.py').write_text(BASE)
    (tmp_path / 'middle.py').write_text(MIDDLE)

    def write(text, base='middle.py'):
        path = tmp_path / 'child.py'
        path.write_text(f"_base_ = './{base}'\n{text}")
        return str(path)

    return write


def refused(path, *overrides):
    with pytest.raises(InputError) as caught:
        load_config(path, list(overrides))
    return str(caught.value)


@pytest.mark.parametrize(
    ('text', 'line'),
    [
        (
            "index = 'new.parquet'",
            'train_dataloader = dict(dataset=dict(index=index)) and '
            'val_dataloader = dict(dataset=dict(index=index))',
        ),
        (
            "index = 'new.parquet'\n"
            'train_dataloader = dict(dataset=dict(index=index))',
            'val_dataloader = dict(dataset=dict(index=index))',
        ),
        ('steps = 200', 'the new param_scheduler.end'),
        (
            'data_preprocessor = dict(mean=[0, 0, 0])',
            'the new model.data_preprocessor',
        ),
        (
            "view = [dict(type='Flip')]",
            'the new train_dataloader.dataset.pipeline and '
            'the new val_dataloader.dataset.pipeline',
        ),
    ],
)
def test_a_variable_of_a_base_names_the_lines_to_write(child, text, line):
    path = child(text)
    name = text.partition(' ')[0]
    assert refused(path) == (
        f'{path}: {name} is a variable of base.py and setting it changes '
        f'nothing; write {line} as well, or take another name'
    )


def test_a_list_that_holds_a_variable_must_be_written_anew(child):
    line = refused(child('size = 128', base='base.py'))
    for part in (
        'model = dict(head=dict(size=size))',
        'train_dataloader = dict(sampler=dict(count=size))',
        'the new train_dataloader.dataset.pipeline',
    ):
        assert part in line


@pytest.mark.parametrize(
    'text',
    [
        "index = 'new.parquet'\n"
        'train_dataloader = dict(dataset=dict(index=index))\n'
        'val_dataloader = dict(dataset=dict(index=index))',
        # Set where it is used, by whatever value.
        "index = 'new.parquet'\n"
        "train_dataloader = dict(dataset=dict(index='a'))\n"
        "val_dataloader = dict(dataset=dict(index='b'))",
        "index = 'new.parquet'\n"
        'train_dataloader = dict(_delete_=True)\n'
        'val_dataloader = dict(dataset=dict(_delete_=True, length=1))',
        "index = 'old.parquet'",
        # As in the base; the file in between gives the head another one.
        'size = 64',
        'unused = 4',
        'mine = 4',
        'train_dataloader = dict(batch_size=8)',
        'steps = 200\nparam_scheduler = dict(end=20)',
    ],
)
def test_what_reaches_every_place_is_accepted(child, text):
    expected = {}
    exec(text, {}, expected)
    read = load_config(child(text), [])
    for name, value in expected.items():
        if not isinstance(value, dict):
            assert read[name] == value


def test_asking_for_the_value_of_the_bases_beside_a_new_one(child):
    path = child(
        'size = 9\nmodel = dict(tail={{_base_.size}})', base='middle.py'
    )
    assert 'model = dict(tail=size)' in refused(path)


def test_the_file_in_between_is_named_where_it_is_at_fault(child, tmp_path):
    (tmp_path / 'middle.py').write_text(f"{MIDDLE}\nindex = 'middle.parquet'")
    assert refused(child('')).startswith(
        f'{tmp_path}/middle.py: index is a variable of base.py'
    )


def test_a_yaml_file_on_top(child, tmp_path):
    child('')
    path = tmp_path / 'child.yaml'
    path.write_text('_base_: ./middle.py\nsteps: 200\n')
    assert 'steps is a variable of base.py' in refused(str(path))


def test_overriding_a_variable_names_what_to_override(child):
    path = child('')
    assert refused(path, 'index=new.parquet') == (
        f'{path}: index is a variable of this file and overriding it '
        'changes nothing; override train_dataloader.dataset.index, '
        'val_dataloader.dataset.index'
    )
    assert refused(path, 'data_preprocessor.mean=[0,0,0]').endswith(
        'override model.data_preprocessor.mean'
    )
    assert refused(path, 'steps=200').endswith('override param_scheduler.end')
    assert refused(path, 'size=128', 'model.head.size=128').endswith(
        'override train_dataloader.sampler.count, '
        'val_dataloader.sampler.count, '
        'train_dataloader.dataset.pipeline.1.scale, '
        'val_dataloader.dataset.pipeline.1.scale'
    )


def test_overriding_a_variable_and_its_places_is_accepted(child):
    read = load_config(
        child(''),
        [
            'index=new',
            'train_dataloader.dataset.index=new',
            'val_dataloader.dataset.index=other',
        ],
    )
    assert read.train_dataloader.dataset.index == 'new'
    assert read.val_dataloader.dataset.index == 'other'


def test_lists_are_overridden_by_position(tmp_path):
    path = tmp_path / 'plain.py'
    path.write_text('size = 37\nmodel = dict(size=size, parts=[dict(a=size)])')
    assert refused(str(path), 'size=5').endswith(
        'override model.size, model.parts.0.a'
    )
    both = ['size=5', 'model.size=5', 'model.parts.0.a=5']
    assert load_config(str(path), both).model.parts[0].a == 5


@pytest.mark.parametrize(
    ('name', 'variable', 'line'),
    [
        (
            'geokr_resnet18_1xb32-coslr-21e_earth.py',
            "index = 'x'",
            'train_dataloader = dict(dataset=dict(index=index))',
        ),
        (
            'geokr-released_resnet50_1xb8-steplr-10e_levir-kr.py',
            "classes = ['forest', 'water']",
            'train_dataloader = dict(dataset=dict(classes=classes))',
        ),
        (
            'geokr_resnet18_1xb32-coslr-180i_demo-world.py',
            'iterations = 20',
            'train_cfg = dict(max_iters=iterations) and '
            'default_hooks = dict(checkpoint=dict(interval=iterations)) and '
            'the new param_scheduler',
        ),
    ],
)
def test_shipped_bases(name, variable, line, tmp_path):
    path = tmp_path / 'my_geokr.py'
    path.write_text(f"_base_ = 'geokr_mm::geokr/{name}'\n{variable}\n")
    assert f'write {line} as well' in refused(str(path))


def test_a_base_that_is_itself_on_a_base_elsewhere(tmp_path):
    for name, text in {
        'a/one.py': 'size = 1\nmodel = dict(size=size)',
        'b/two.py': "_base_ = '../a/one.py'",
        'c/three.py': "_base_ = '../b/two.py'\nsize = 2",
    }.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    line = refused(str(tmp_path / 'c' / 'three.py'))
    assert 'size is a variable of one.py' in line


def test_configs_of_installed_packages_are_left_alone(tmp_path):
    folder = tmp_path / 'package' / '.mim'
    folder.mkdir(parents=True)
    (folder / 'one.py').write_text('size = 1\nmodel = dict(size=size)')
    (folder / 'two.py').write_text("_base_ = './one.py'\nsize = 2")
    assert load_config(str(folder / 'two.py'), []).model.size == 1
    own = tmp_path / 'own.py'
    own.write_text("_base_ = './package/.mim/two.py'\nsize = 3")
    assert 'size is a variable of two.py' in refused(str(own))


def test_every_shipped_config_is_accepted(repo):
    paths = sorted((repo / 'configs').rglob('*.py'))
    assert len(paths) > 50
    for path in paths:
        load_config(str(path), [])


def test_what_a_file_in_between_sets_is_its_own(child):
    path = child('size = 128')
    line = refused(path)
    assert 'model = dict(head' not in line
    assert 'train_dataloader = dict(sampler=dict(count=size))' in line


def test_a_value_of_another_kind_than_the_base_can_use(child):
    line = refused(child("steps = 'many'"))
    assert 'steps is a variable of base.py, which does not take this' in line


def test_the_name_of_the_file_is_no_difference(child, tmp_path):
    named = 'work_dir = "runs/{{ fileBasenameNoExtension }}"\n'
    (tmp_path / 'base.py').write_text(named + BASE)
    read = load_config(child('unused = 4'), [])
    assert read.work_dir == 'runs/base'
