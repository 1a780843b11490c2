"""Where an index goes: a file, a folder of parts, or a URL of either.

Whatever the goal, an index is made whole on a local disk first. A URL is
uploaded at the end, the file that makes it an index last.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files import final_path
from ..core.atomic_output import HEAD
from ..core.raster import is_remote
from ..scenes.quarantine import quarantine_path
from .schema import IndexMetadata
from .writer import Extent, write_parts, write_tables


@dataclass(frozen=True)
class Target:
    """An output as a command was given it.

    Attributes:
        given (str): The text.
        place (Path): Where it is made: the end of a link, for a URL a local
            stand-in.
        folder (bool): Whether rows are divided into parts in a folder.
    """

    given: str
    place: Path
    folder: bool

    @classmethod
    def of(cls, given: str) -> 'Target':
        """Parse an output: a trailing ``/`` means a folder.

        Raises:
            InputError: A GDAL path, which can only be read, a device or a
                pipe, or a kind of URL that nothing installed here can write
                to.
        """
        folder = given.endswith(('/', os.sep))
        if given.startswith('/vsi'):
            raise InputError(
                f'{given}: GDAL paths are for images; write an index to a '
                'local path or a URL such as s3://bucket/index.parquet'
            )
        if not is_remote(given):
            place = final_path(given, folder=True)
            # Once a folder of parts, always one.
            return cls(given, place, folder or (place / HEAD).is_file())
        import fsspec

        try:
            fsspec.core.url_to_fs(given)
        except (OSError, ValueError, ImportError) as error:
            raise InputError(
                f'{given}: cannot be written ({error}); install what is '
                'missing or choose another --out'
            ) from None
        name = given.rstrip('/').rsplit('/', 1)[-1]
        mark = hashlib.sha256(given.rstrip('/').encode()).hexdigest()[:16]
        local = Path(tempfile.gettempdir()) / f'geokr_mm-{mark}' / name
        return cls(given, local, folder)

    @property
    def remote(self) -> bool:
        """Whether it is a URL."""
        return is_remote(self.given)

    @property
    def scene_base(self) -> str | None:
        """Folder that scene paths are relative to, none for a URL."""
        return None if self.remote else str(self.place.parent)

    def write(
        self,
        draft: Path,
        tables: Iterable[Any],
        metadata: IndexMetadata,
        extent: Extent,
    ) -> None:
        """Write an index: one file, or a folder of parts."""
        if self.folder:
            write_parts(self.place, draft, tables, metadata)
        else:
            write_tables(self.place, tables, metadata, extent)

    def publish(self) -> None:
        """Upload what was made, where the target is a URL.

        Raises:
            InputError: It cannot be written; a file that was there before is
                unchanged, a folder is no index until it is complete.
        """
        if not self.remote:
            return
        import fsspec

        goal = self.given.rstrip('/')
        try:
            fs, path = fsspec.core.url_to_fs(goal)
            table = quarantine_path(self.place)
            beside = f'{path.rsplit("/", 1)[0]}/{table.name}'
            if self.folder:
                # Readers look for this one: without it there is no index.
                if fs.exists(f'{path}/{HEAD}'):
                    fs.rm(path, recursive=True)
                for part in sorted(self.place.glob('*.parquet')):
                    _put(fs, part, f'{path}/{part.name}')
                _put(fs, self.place / HEAD, f'{path}/{HEAD}')
            else:
                _put(fs, self.place, path)
            if table.is_file():
                _put(fs, table, beside)
            elif fs.exists(beside):
                fs.rm(beside)
        except (OSError, ValueError, ImportError) as error:
            raise InputError(
                f'{self.given}: cannot be written '
                f'({" ".join(str(error).split())[:120]}); the finished '
                f'index is {self.place}: copy it from there'
            ) from None
        shutil.rmtree(self.place.parent, ignore_errors=True)


def _put(fs: Any, source: Path, path: str) -> None:
    """Upload one file; object stores show it when it is complete."""
    fs.makedirs(path.rsplit('/', 1)[0], exist_ok=True)
    with source.open('rb') as given, fs.open(path, 'wb') as sink:
        shutil.copyfileobj(given, sink, 2**22)
