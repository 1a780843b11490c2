"""mim finds, trains, tests and lists geokr_mm, however it is installed.

The config is a shipped one by its bare name or one's own by its path, in an
empty folder or, since making the tiny world takes half a minute, in one that
holds it and nothing else.
"""

import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SMOKE = 'geokr_resnet18_smoke_tiny-world.py'


@pytest.fixture(
    params=[
        'onedl_wheel',
        'onedl_editable',
        'openmim_wheel',
        'openmim_editable',
    ]
)
def environment(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=['onedl_wheel', 'openmim_wheel'])
def installed(request):
    return request.getfixturevalue(request.param)


def copied(repo: Path, folder: Path) -> str:
    """A config copied away from its bases, as the README says."""
    copy = folder / 'my_geokr.py'
    copy.write_text((repo / 'configs' / 'geokr' / SMOKE).read_text())
    return copy.name


def written(repo: Path, folder: Path) -> str:
    """A config of one's own on top of a shipped one."""
    own = folder / 'mine' / 'my_geokr.py'
    own.parent.mkdir()
    own.write_text(f"_base_ = 'geokr_mm::geokr/{SMOKE}'\nresume = False\n")
    return 'mine/my_geokr.py'


def bare(repo: Path, folder: Path) -> str:
    return SMOKE


@pytest.mark.parametrize(
    ('kind', 'place', 'config'),
    [
        ('onedl_wheel', 'tmp_path', bare),
        ('onedl_editable', 'folder', copied),
        ('openmim_wheel', 'folder', written),
    ],
)
def test_train_and_test(kind, place, config, repo, request):
    environment = request.getfixturevalue(kind)
    folder = request.getfixturevalue(place)
    name = config(repo, folder)
    work = ['--gpus', '0', '--work-dir', 'work']
    printed = environment.mim('train', 'geokr_mm', name, *work, cwd=folder)
    before = printed.partition('Iter(train)')[0].splitlines()
    # Without the progress of the tiny world, which one of them makes.
    before = [line for line in before if line.strip() and '/s,' not in line]
    assert len(before) <= 40, '\n'.join(before)
    losses = re.findall(r' loss: (\d+\.\d+)', printed)
    assert len(losses) == 2
    assert 0 < float(losses[0]) < 10
    assert (folder / 'work' / 'iter_2.pth').is_file()
    environment.mim(
        'test',
        'geokr_mm',
        name,
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


@pytest.mark.parametrize(
    ('kind', 'config'),
    [
        ('onedl_wheel', copied),
        ('onedl_editable', bare),
        ('openmim_wheel', bare),
        ('openmim_editable', bare),
        ('openmim_editable', copied),
    ],
)
def test_other_ways_lead_to_the_command(kind, config, repo, tmp_path, request):
    """Up to the first wrong answer, which saves the training."""
    environment = request.getfixturevalue(kind)
    name = config(repo, tmp_path)
    printed = environment.mim(
        *('train', 'geokr_mm', name, '--resume', 'gone.pth'),
        cwd=tmp_path,
        status=1,
    )
    assert 'error: gone.pth: no such checkpoint' in printed
    borrowed = 'note: my_geokr.py: not beside it' in printed
    assert borrowed == (config is copied)


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
