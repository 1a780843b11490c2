"""Build hooks only; every piece of metadata is in pyproject.toml.

``mim`` looks for ``configs``, ``tools`` and ``model-index.yml`` inside the
installed package. They are copied while a wheel is built and never into the
source tree, where a second copy of a config makes mim stop ("find multiple
config files with same name").
"""

import shutil
from pathlib import Path
from typing import Any

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
RESOURCES = ('configs', 'tools', 'model-index.yml')


def copy_mim(target: Path) -> None:
    """Copy what mim looks for.

    Args:
        target (Path): The ``.mim`` folder to fill; made if absent.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name in RESOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source,
                target / name,
                ignore=shutil.ignore_patterns('__pycache__', '*.pyc'),
                dirs_exist_ok=True,
            )
        else:
            shutil.copy2(source, target / name)


class BuildPy(build_py):
    """Adds ``geokr_mm/.mim``, where mim and ``mim search`` look."""

    def run(self) -> None:
        """Copy modules, then the resources of mim."""
        super().run()
        if self.editable_mode:
            # An older wheel build leaves copies of the configs there, and
            # onedl-mim walks the whole checkout of an editable install.
            shutil.rmtree(ROOT / 'build', ignore_errors=True)
        else:
            copy_mim(Path(self.build_lib) / 'geokr_mm' / '.mim')


class BdistWheel(bdist_wheel):
    """Adds ``<dist-info>/.mim`` for onedl-mim up to 0.5.1.

    That mim takes the first part of the first row of RECORD for the package's
    folder, and '-' sorts before '/': it finds the dist-info folder. Remove
    this class when it reads top_level.txt instead.
    """

    def write_wheelfile(
        self, wheelfile_base: str, *args: Any, **kwargs: Any
    ) -> None:
        """Write WHEEL and the second copy of the resources beside it."""
        super().write_wheelfile(wheelfile_base, *args, **kwargs)
        copy_mim(Path(wheelfile_base) / '.mim')


setup(cmdclass={'build_py': BuildPy, 'bdist_wheel': BdistWheel})
