"""Environments with geokr_mm installed in each way that users install it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCES = (
    'configs',
    'geokr_mm',
    'tools',
    'CHANGELOG.md',
    'CITATION.cff',
    'LICENSE',
    'MANIFEST.in',
    'README.md',
    'constraints.txt',
    'model-index.yml',
    'pyproject.toml',
    'setup.py',
)
OPENMIM = ('openmim==0.3.9', 'setuptools==80.9.0')


@dataclass(frozen=True)
class Environment:
    """A virtual environment that borrows the libraries of this one."""

    python: Path

    def run(self, *args: str, cwd: Path, status: int = 0) -> str:
        """Run Python and return what it printed; fails with its output.

        mim itself ends with 1 and a traceback when our command failed.
        """
        env = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
        done = subprocess.run(
            [str(self.python), '-W', 'ignore', *args],
            cwd=cwd,
            env={**env, 'OMP_NUM_THREADS': '1'},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        assert done.returncode == status, done.stdout[-4000:]
        return done.stdout

    def mim(self, *args: str, cwd: Path, status: int = 0) -> str:
        """Run mim with this environment's Python."""
        return self.run('-m', 'mim', *args, cwd=cwd, status=status)


def new_environment(path: Path) -> Environment:
    """Make an environment; libraries come from this one over a .pth file.

    The metadata of this environment's own geokr_mm stays behind that of the
    new one, and its editable finder is not seen: a .pth file only adds
    folders.
    """
    venv.create(path, symlinks=True, with_pip=False)
    found = sorted(path.glob('lib/python*/site-packages'))
    assert len(found) == 1, 'expected one site-packages folder'
    folders = {sysconfig.get_path(name) for name in ('purelib', 'platlib')}
    (found[0] / 'borrowed.pth').write_text('\n'.join(sorted(folders)) + '\n')
    return Environment(path / 'bin' / 'python')


def install(environment: Environment, *what: str) -> None:
    """Install with this environment's pip into another one."""
    done = subprocess.run(
        [
            sys.executable,
            '-m',
            'pip',
            '--python',
            str(environment.python),
            'install',
            '-q',
            '--no-deps',
            '--disable-pip-version-check',
            *what,
        ],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.fixture(scope='session')
def source(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources: building must leave the checkout alone."""
    copy = tmp_path_factory.mktemp('source') / 'geokr_mm'
    copy.mkdir()
    for name in SOURCES:
        if (repo / name).is_dir():
            shutil.copytree(
                repo / name,
                copy / name,
                ignore=shutil.ignore_patterns('__pycache__'),
            )
        else:
            shutil.copy2(repo / name, copy / name)
    return copy


@pytest.fixture(scope='session')
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that a release would hold."""
    out = tmp_path_factory.mktemp('wheel')
    done = subprocess.run(
        [
            sys.executable,
            '-m',
            'build',
            '--wheel',
            '--no-isolation',
            '--outdir',
            str(out),
            str(source),
        ],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert not list(source.glob('build/**/configs')), 'mim would find two'
    built = list(out.glob('*.whl'))
    assert len(built) == 1
    return built[0]


@pytest.fixture(scope='session')
def onedl_wheel(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """Wheel and onedl-mim."""
    made = new_environment(tmp_path_factory.mktemp('onedl_wheel'))
    install(made, '--no-index', str(wheel))
    return made


@pytest.fixture(scope='session')
def onedl_editable(source: Path, wheel: Path) -> Environment:
    """Editable install and onedl-mim, after a wheel was built there.

    As ``make`` does it, the environment lies in the checkout.
    """
    made = new_environment(source / '.venv')
    install(made, '--no-index', '--no-build-isolation', '-e', str(source))
    return made


@pytest.fixture(scope='session')
def openmim_wheel(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """Wheel and openmim.

    Both mims are a module called ``mim``, so each needs its own environment.
    openmim comes from the package index (30 kB) and asks an old setuptools
    for ``pkg_resources``; its other needs are those of onedl-mim.
    """
    made = new_environment(tmp_path_factory.mktemp('openmim_wheel'))
    install(made, *OPENMIM)
    install(made, '--no-index', str(wheel))
    return made


@pytest.fixture(scope='session')
def openmim_editable(source: Path, wheel: Path) -> Environment:
    """Editable install and openmim, also in the checkout."""
    made = new_environment(source / '.venv-openmim')
    install(made, *OPENMIM)
    install(made, '--no-index', '--no-build-isolation', '-e', str(source))
    return made


@pytest.fixture
def folder(tmp_path: Path, tiny_index: Path) -> Path:
    """A folder with nothing but the tiny world's data."""
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data' / 'tiny_world').symlink_to(tiny_index.parent)
    return tmp_path
