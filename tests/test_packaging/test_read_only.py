"""An installation that nobody may write to, for a user without a home."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from geokr_mm.geo import KnowledgeIndex

# A tool in a process whose user is in no list, as in many containers.
STRANGER = """
import os, pwd, sys
def unknown(*_):
    raise KeyError
pwd.getpwuid = unknown
assert os.path.expanduser('~') == '~'
from geokr_mm.errors import run_tool
run_tool(lambda: print(os.path.expanduser('~/x')))
"""


@pytest.fixture
def sealed(repo, tmp_path):
    """A copy of the package where no compiled code can be kept."""
    for name in ('geokr_mm', 'tools', 'configs'):
        shutil.copytree(
            repo / name,
            tmp_path / 'code' / name,
            ignore=shutil.ignore_patterns('__pycache__'),
        )
    # Root writes everywhere, but not into a file.
    (tmp_path / 'code/geokr_mm/geo/__pycache__').touch()
    return tmp_path / 'code'


def run(sealed, home, *words):
    environment = {
        'PATH': '/usr/bin:/bin',
        'PYTHONPATH': str(sealed),
        'OMP_NUM_THREADS': '1',
    }
    if home:
        environment['HOME'] = home
    return subprocess.run(
        [sys.executable, *words],
        cwd=sealed.parent,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_an_index_is_built_without_a_place_for_caches(sealed, tmp_path):
    place = dict(
        driver='GTiff', crs='EPSG:32633', width=64, height=64, dtype='uint8',
        transform=from_origin(500000, 5200000, 10, 10),
    )  # fmt: skip
    pixels = np.random.default_rng(0).integers(40, 220, (3, 64, 64), np.uint8)
    with rasterio.open(tmp_path / 'a.tif', 'w', count=3, **place) as sink:
        sink.write(pixels)
    cover = tmp_path / 'n33_45_2020lc030.tif'
    with rasterio.open(cover, 'w', count=1, **place) as sink:
        sink.write(np.full((1, 64, 64), 20, np.uint8))
    tool = sealed / 'tools/build_index.py'
    # A device is no folder, whoever asks.
    done = run(
        sealed, '/dev/null', tool, '--scenes', 'a.tif', '--product',
        'globeland30', '--land-cover', cover.name, '--patch-size', '32',
        '--out', 'i.parquet', '--quiet',
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, '')
    index = KnowledgeIndex.open(str(tmp_path / 'i.parquet'))
    assert index.fractions[:, 1].tolist() == [1.0] * 4
    assert {p.name for p in tmp_path.iterdir()} == {
        'code', 'a.tif', cover.name, 'i.parquet',
    }  # fmt: skip


@pytest.mark.parametrize('home', ['', '/dev/null'])
def test_help_needs_no_home(sealed, tmp_path, home):
    for tool in ('build_index.py', 'train.py', 'label_footprints.py'):
        done = run(sealed, home, sealed / 'tools' / tool, '--help')
        assert (done.returncode, done.stderr) == (0, '')
        assert 'example:' in done.stdout
    assert {p.name for p in tmp_path.iterdir()} == {'code'}


def test_a_user_of_no_list_has_a_home_that_is_not_there(sealed, tmp_path):
    done = run(sealed, '', '-c', STRANGER)
    assert (done.stdout, done.stderr) == ('/nonexistent/x\n', '')
    assert {p.name for p in tmp_path.iterdir()} == {'code'}
