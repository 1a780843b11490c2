"""mim finds, trains, tests and lists geokr_mm, however it is installed.

The config is given by its bare name, in an empty folder or, since making the
tiny world takes half a minute, in one that holds it and nothing else.
"""

import json
import re

import pytest

pytestmark = pytest.mark.slow

SMOKE = 'geokr_resnet18_smoke_tiny-world.py'


@pytest.fixture(params=['onedl_wheel', 'onedl_editable', 'openmim_wheel'])
def environment(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=['onedl_wheel', 'openmim_wheel'])
def installed(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(
    ('kind', 'place'),
    [
        ('onedl_wheel', 'tmp_path'),
        ('onedl_editable', 'folder'),
        ('openmim_wheel', 'folder'),
    ],
)
def test_train_and_test(kind, place, request):
    environment = request.getfixturevalue(kind)
    folder = request.getfixturevalue(place)
    work = ['--gpus', '0', '--work-dir', 'work']
    printed = environment.mim('train', 'geokr_mm', SMOKE, *work, cwd=folder)
    losses = re.findall(r' loss: (\d+\.\d+)', printed)
    assert len(losses) == 2
    assert 0 < float(losses[0]) < 10
    assert (folder / 'work' / 'iter_2.pth').is_file()
    environment.mim(
        'test',
        'geokr_mm',
        SMOKE,
        '--checkpoint',
        'work/iter_2.pth',
        '--gpus',
        '0',
        '--out',
        'metrics.json',
        cwd=folder,
    )
    metrics = json.loads((folder / 'metrics.json').read_text())
    assert 0 <= metrics['fractions/teacher_tv'] <= 1
    assert re.findall(r'teacher_tv: (\d\.\d{4})', printed)[-1] == (
        f'{metrics["fractions/teacher_tv"]:.4f}'
    )


def test_run(environment, tmp_path):
    config = tmp_path / 'own.py'
    config.write_text('model = dict(type="geokr_mm.GeoKR", depth=18)\n')
    printed = environment.mim(
        'run',
        'geokr_mm',
        'print_config',
        str(config),
        '--cfg-options',
        'model.depth=50',
        cwd=tmp_path,
    )
    assert "model = dict(depth=50, type='geokr_mm.GeoKR')" in printed


def test_search(installed, tmp_path):
    installed.mim('search', 'geokr_mm', '--json', 'models.json', cwd=tmp_path)
    models = json.loads((tmp_path / 'models.json').read_text())
    assert models['config'][SMOKE.removesuffix('.py')] == (
        f'configs/geokr/{SMOKE}'
    )


def test_gridsearch(installed, folder):
    installed.mim(
        'gridsearch',
        'geokr_mm',
        SMOKE,
        '--gpus',
        '0',
        '--work-dir',
        'grid',
        '--search-args',
        '--optim_wrapper.optimizer.lr 0.01',
        cwd=folder,
    )
    name = 'grid_search_optim_wrapper.optimizer.lr_0.01'
    log = next((folder / name).glob('*/*.log')).read_text()
    assert float(re.findall(r' lr: (\S+)', log)[-1]) == 0.01
