"""What is in the wheel, and that building it leaves the sources alone."""

import csv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest


@pytest.fixture(scope='module')
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope='module')
def metadata(wheel: Path) -> dict[str, list[str]]:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read('geokr_mm-0.1.0.dist-info/METADATA').decode()
    message = Parser().parsestr(text)
    return {key: message.get_all(key) or [] for key in set(message)}


def under(root: Path) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }


@pytest.mark.parametrize(
    'place', ['geokr_mm/.mim', 'geokr_mm-0.1.0.dist-info/.mim']
)
def test_both_places_of_mim_hold_all_configs_and_tools(names, place, repo):
    for part in ('configs', 'tools'):
        packed = {
            name[len(f'{place}/{part}/') :]
            for name in names
            if name.startswith(f'{place}/{part}/')
        }
        assert packed == under(repo / part)
    assert f'{place}/model-index.yml' in names


def test_all_modules_and_data_files_are_packed(names, repo):
    packed = {
        name[len('geokr_mm/') :]
        for name in names
        if name.startswith('geokr_mm/') and '/.mim/' not in name
    }
    assert packed == under(repo / 'geokr_mm')
    assert 'py.typed' in packed


def test_nothing_else_is_packed(names):
    tops = {name.split('/')[0] for name in names}
    assert tops == {'geokr_mm', 'geokr_mm-0.1.0.dist-info'}
    assert not [name for name in names if name.endswith(('.pyc', '.pth'))]


def test_no_console_scripts(names):
    assert 'geokr_mm-0.1.0.dist-info/entry_points.txt' not in names
    assert not [name for name in names if '.data/scripts/' in name]


def test_record_lists_every_file_once(wheel, names):
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read('geokr_mm-0.1.0.dist-info/RECORD').decode()
    rows = [row[0] for row in csv.reader(text.splitlines())]
    assert sorted(rows) == sorted(names)


def test_no_library_family_is_a_hard_dependency(metadata):
    hard = [
        need for need in metadata['Requires-Dist'] if 'extra ==' not in need
    ]
    names_only = {need.split('>')[0].split('<')[0] for need in hard}
    assert names_only == {
        'dask',
        'distributed',
        'filelock',
        'fsspec',
        'geopandas',
        'numba',
        'numpy',
        'packaging',
        'pandas',
        'pyarrow',
        'pydantic',
        'pyproj',
        'pystac',
        'pyyaml',
        'rasterio',
        'safetensors',
        'scikit-image',
        'scikit-learn',
        'scipy',
        'shapely',
        'simplejpeg',
        'tqdm',
    }
    assert set(metadata['Provides-Extra']) == {
        'dev',
        'docs',
        'onedl',
        'openmmlab',
        'tensorboard',
        'test',
        'xarray',
    }
    assert metadata['Requires-Python'] == ['>=3.10']


def test_building_leaves_no_second_configs_in_the_sources(
    source, onedl_editable
):
    stems = [
        path.name for path in source.rglob('*.py') if 'configs' in path.parts
    ]
    assert len(stems) == len(set(stems))
    assert not list(source.rglob('.mim'))
    assert not (source / 'build').exists()
