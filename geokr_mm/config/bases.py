"""Where the bases of a config are.

mmengine finds a base beside the config that names it, and ``package::path``
for a fixed list of distributions without ours. Here ``geokr_mm::path`` works
too, and so do the lines of a shipped config that was copied elsewhere.
"""

import difflib
import os.path as osp
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import InputError

OURS = 'geokr_mm'


class Bases:
    """Finds bases while a config is read.

    Attributes:
        of (dict[str, list[str]]): Files with bases, and their bases' files.
        borrowed (list[str]): Lines whose file was absent and was taken from
            our own configs.
        copies (dict[str, str]): Files, and those to read in their place.
    """

    def __init__(self) -> None:
        self.of: dict[str, list[str]] = {}
        self.borrowed: list[str] = []
        self.copies: dict[str, str] = {}

    def find(self, base: str, config: str) -> tuple[str, str | None]:
        """Find a base, in place of ``Config._get_cfg_path``.

        Args:
            base (str): As in ``_base_``.
            config (str): File that names it.

        Returns:
            tuple[str, str | None]: File, and the scope of its types, None
            for that of the config.

        Raises:
            InputError: If there is none; names what to write instead.
        """
        config = {v: k for k, v in self.copies.items()}.get(config, config)
        package, mark, rest = base.partition('::')
        scope = None
        if mark:
            path = _in_package(package, rest, f'{config}: base {base}')
            # Ours are written in mmpretrain's scope and prefix our types.
            scope = None if package == OURS else package
        else:
            path = Path(osp.abspath(Path(config).parent / base))
            if not path.is_file():
                path = _shipped(base, f'{config}: base {base}')
                if base not in self.borrowed:
                    self.borrowed.append(base)
        found = self.of.setdefault(config, [])
        if str(path) not in found:
            found.append(str(path))
        return self.copies.get(str(path), str(path)), scope

    def below(self, config: str) -> list[str]:
        """Bases of a file and theirs, nearer ones first."""
        found = list(self.of.get(config, ()))
        for file in found:  # grows while it is walked
            found += self.of.get(file, ())
        return found

    @contextmanager
    def rewritten(
        self, files: Sequence[str], change: Callable[[str], str]
    ) -> Iterator[None]:
        """Let mmengine read changed copies of files while in this context."""
        from mmengine.config import Config

        with TemporaryDirectory() as folder:
            for number, file in enumerate(files):
                copy = Path(osp.realpath(folder), f'{number}.py')
                # Names of file and folder stand for the original's.
                Config._substitute_predefined_vars(file, str(copy))
                text = copy.read_text(encoding='utf-8')
                copy.write_text(change(text), encoding='utf-8')
                self.copies[file] = str(copy)
            try:
                yield
            finally:
                self.copies.clear()

    @contextmanager
    def used(self) -> Iterator[None]:
        """Let mmengine find bases here while in this context."""
        from mmengine.config import Config

        original = Config._get_cfg_path
        Config._get_cfg_path = staticmethod(
            lambda cfg_path, filename: self.find(cfg_path, filename)
        )
        try:
            yield
        finally:
            Config._get_cfg_path = staticmethod(original)


def config_folder(package: str = OURS) -> Path | None:
    """Folder of the configs of a package, None if it has none.

    It lies inside the package in a wheel, beside it in a checkout.
    """
    spec = find_spec(package) if package.isidentifier() else None
    for place in (spec and spec.submodule_search_locations) or ():
        inside, beside = Path(place, '.mim'), Path(place).parent
        for folder in (inside / 'configs', beside / 'configs'):
            if folder.is_dir():
                return folder
    return None


def shipped_as(name: str) -> str | None:
    """One of our configs, whose names are unique, by the name of a path.

    Returns:
        str | None: Such as ``'geokr/a.py'`` for ``/elsewhere/a.py``.
    """
    folder = config_folder()
    if folder is not None:
        for path in folder.rglob('*.py'):
            if path.name == osp.basename(name):
                return path.relative_to(folder).as_posix()
    return None


def _in_package(package: str, rest: str, where: str) -> Path:
    """File of ``package::rest``."""
    folder = config_folder(package)
    if folder is None:
        raise InputError(
            f'{where}: no package {package} with configs is installed; '
            'install it, or write the path of a file'
        )
    if not (folder / rest).is_file():
        files = folder.rglob('*.py')
        names = [path.relative_to(folder).as_posix() for path in files]
        near = difflib.get_close_matches(rest, names, 1, 0)
        raise InputError(
            f'{where}: {folder} has no such file; the nearest name is '
            f'{package}::{"".join(near)}'
        )
    return Path(osp.abspath(folder / rest))


def _shipped(base: str, where: str) -> Path:
    """The base of a config that was copied from our folder."""
    folder = config_folder()
    if folder and not osp.isabs(base):
        for origin in sorted({path.parent for path in folder.rglob('*.py')}):
            path = Path(osp.normpath(origin / base))
            if path.is_file() and folder in path.parents:
                return path
    same = shipped_as(base)
    raise InputError(
        f'{where}: no such file; '
        + (
            f'write {OURS}::{same}'
            if same
            else 'correct the path, or name a shipped config, such as '
            f'{OURS}::_base_/default_runtime.py'
        )
    )
