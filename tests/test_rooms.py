"""Packages in rooms: nothing lies loose, imports never run in a circle."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGES = ('geo', 'world')


def rooms_used(folder: Path) -> dict[str, set[str]]:
    """Room -> the other rooms that its modules import, read from the code."""
    used: dict[str, set[str]] = {}
    for path in folder.glob('*/*.py'):
        room = path.parent.name
        found = used.setdefault(room, set())
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ImportFrom):
                continue
            module = node.module or ''
            if node.level == 2 and module:
                found.add(module.split('.')[0])
            elif module.startswith(f'geokr_mm.{folder.name}.'):
                found.add(module.split('.')[2])
        found.discard(room)
    return used


@pytest.fixture(scope='module')
def package(repo: Path) -> Path:
    return repo / 'geokr_mm'


def test_no_module_lies_outside_the_rooms(package):
    for name in PACKAGES:
        loose = [path.name for path in (package / name).glob('*.py')]
        assert loose == ['__init__.py']


def test_imports_between_rooms_run_one_way(package):
    order = list(TopologicalSorter(rooms_used(package / 'geo')).static_order())
    assert order[0] == 'core'
    assert order.index('landcover') < order.index('pipeline')
    assert order.index('scenes') < order.index('index')
    order = list(
        TopologicalSorter(rooms_used(package / 'world')).static_order()
    )
    assert order[0] == 'core' and order[-1] == 'pipeline'
    assert order.index('land') < order.index('surface')
    assert order.index('surface') < order.index('sensors')


def test_the_order_of_rooms_is_read_from_the_code(package):
    used = rooms_used(package / 'geo')
    assert used['core'] == set()
    assert 'landcover' in used['fusion']
    used = rooms_used(package / 'world')
    assert used['core'] == set()
    assert 'land' in used['products']


@pytest.mark.parametrize('name', PACKAGES)
def test_geography_imports_no_torch_and_no_openmmlab(package, name):
    heavy = ('torch', 'mmengine', 'mmcv', 'mmpretrain', 'mmseg', 'mmdet')
    for path in (package / name).rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or '']
            for imported in names:
                assert imported.split('.')[0] not in heavy, (
                    f'{path}: {imported}'
                )
