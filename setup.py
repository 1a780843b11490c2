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
            # A build that was broken off leaves copies of the configs there,
            # and mim walks the whole checkout of an editable install.
            shutil.rmtree(ROOT / 'build', ignore_errors=True)
        else:
            copy_mim(Path(self.build_lib) / 'geokr_mm' / '.mim')


class BdistWheel(bdist_wheel):
    """Makes the metadata lead each mim to the configs and tools.

    onedl-mim up to 0.5.1 takes the first part of the first row of RECORD for
    a package's folder, and '-' sorts before '/': it finds the dist-info
    folder, so a wheel has ``.mim`` there too. Of an editable install it
    walks the checkout, which often holds the environment: there a copy in
    the dist-info folder would be the second of its name.

    openmim joins site-packages and the first line of top_level.txt, and in an
    editable install the package is not there. An absolute path as that line
    leads it to the checkout.
    """

    def run(self) -> None:
        """Build, and take the copies of the configs out of the checkout."""
        super().run()
        lib = self.get_finalized_command('build').build_lib
        shutil.rmtree(lib, ignore_errors=True)

    def write_wheelfile(
        self, wheelfile_base: str, *args: Any, **kwargs: Any
    ) -> None:
        """Write WHEEL, and beside it what the mims need."""
        super().write_wheelfile(wheelfile_base, *args, **kwargs)
        if 'editable_wheel' in self.distribution.command_obj:
            names = f'{ROOT}\ngeokr_mm\n'
            Path(wheelfile_base, 'top_level.txt').write_text(names)
        else:
            copy_mim(Path(wheelfile_base) / '.mim')


setup(cmdclass={'build_py': BuildPy, 'bdist_wheel': BdistWheel})
