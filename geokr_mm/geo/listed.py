"""A scene of which a list says more than its files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import InputError
from .joined import join_files
from .scene import Scene


@dataclass(frozen=True)
class Listed:
    """One scene of a table or catalogue.

    Attributes:
        files (tuple[str, ...]): Its files or URLs.
        bands (tuple[tuple[str, ...], ...]): Band names of each file, in its
            order; empty where the file is to tell them.
        name (str | None): Name of the scene; else of its first file.
        date (str | None): ISO date.
        gsd (float | None): Metres along a pixel, as stated.
        gsds (tuple[float | None, ...]): The same of each file, where a scene
            may lie in files of several resolutions.
    """

    files: tuple[str, ...]
    bands: tuple[tuple[str, ...], ...]
    name: str | None = None
    date: str | None = None
    gsd: float | None = None
    gsds: tuple[float | None, ...] = ()

    def only(self, wanted: Sequence[str] | None) -> 'Listed':
        """The scene without files that have none of the bands wanted.

        So that a catalogue's bands of other resolutions are not opened.
        """
        if wanted is None or not all(self.bands):
            return self
        kept = [i for i, b in enumerate(self.bands) if set(b) & set(wanted)]
        if not kept:
            have = ', '.join(b for bands in self.bands for b in bands)
            raise InputError(
                f'{self.files[0]}: no band {", ".join(wanted)}; scene '
                f'{self.name!r} has {have}'
            )
        return replace(
            self,
            files=tuple(self.files[i] for i in kept),
            bands=tuple(self.bands[i] for i in kept),
            gsds=tuple(self.gsds[i] for i in kept if self.gsds),
        )

    def open(self) -> Scene:
        """The scene itself; see :func:`.join_files`."""
        stated = [g for g in (self.gsd, *self.gsds) if g is not None]
        return join_files(
            self.files,
            self.bands,
            self.name,
            self.date,
            min(stated, default=None),
        )
