"""The rooms of geo/: nothing lies loose, and imports never run in a circle."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest


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
            elif module.startswith('geokr_mm.geo.'):
                found.add(module.split('.')[2])
        found.discard(room)
    return used


@pytest.fixture(scope='module')
def geo(repo: Path) -> Path:
    return repo / 'geokr_mm' / 'geo'


def test_no_module_lies_outside_the_rooms(geo):
    assert [path.name for path in geo.glob('*.py')] == ['__init__.py']


def test_imports_between_rooms_run_one_way(geo):
    order = list(TopologicalSorter(rooms_used(geo)).static_order())
    assert order[0] == 'core'
    assert order.index('landcover') < order.index('pipeline')
    assert order.index('scenes') < order.index('index')


def test_the_order_of_rooms_is_read_from_the_code(geo):
    used = rooms_used(geo)
    assert used['core'] == set()
    assert 'landcover' in used['fusion']


def test_geography_imports_no_torch_and_no_openmmlab(geo):
    heavy = ('torch', 'mmengine', 'mmcv', 'mmpretrain', 'mmseg', 'mmdet')
    for path in geo.rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or '']
            for name in names:
                assert name.split('.')[0] not in heavy, f'{path}: {name}'
