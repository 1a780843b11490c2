"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, so that processes end together."""
    slow = {i.path for i in items if i.get_closest_marker('slow')}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope='session')
def repo() -> Path:
    """The repository root."""
    return ROOT


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Folder of the real test imagery; skips where it is absent."""
    default = ROOT.parent / 'shared' / 'data'
    path = Path(os.environ.get('GEOKR_DATA', default))
    if not path.is_dir():
        pytest.skip('real imagery not found: set GEOKR_DATA to its folder')
    return path


@pytest.fixture(scope='session')
def tiny_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny synthetic planet, made once for all tests."""
    from geokr_mm.world.pipeline.build import make_world
    from geokr_mm.world.pipeline.presets import PRESETS

    out = tmp_path_factory.mktemp('world') / 'tiny_world'
    make_world(str(out), PRESETS['tiny'], 0, 2, True)
    return out


def index_of(world: Path, name: str, bands: str, grid: int = 1) -> Path:
    """Knowledge index of a planet's scenes in patches of 64 pixels."""
    from geokr_mm.geo.pipeline.cli import main

    out = world / name
    main(
        [
            *('--scenes', str(world / 'scenes')),
            *('--product', 'globeland30'),
            *('--land-cover', str(world / 'landcover')),
            *('--patch-size', '64', '--bands', bands),
            *('--grid', str(grid), '--out', str(out), '--quiet'),
        ]
    )
    return out


@pytest.fixture(scope='session')
def tiny_index(tiny_world: Path) -> Path:
    """Knowledge index of the tiny planet's scenes, three bands."""
    return index_of(tiny_world, 'index.parquet', 'red,green,blue')


@pytest.fixture(scope='session')
def tiny_index_4band(tiny_world: Path) -> Path:
    """The same with near infrared and 8 x 8 cells."""
    return index_of(tiny_world, 'four.parquet', 'red,green,blue,nir', 8)
