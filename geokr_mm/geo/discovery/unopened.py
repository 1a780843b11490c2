"""A scene that is not open yet: its files and what is known beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import InputError
from ..core.addresses import printable
from ..core.raster import UnusableFileError
from ..scenes.dates import find_date
from ..scenes.joined import join_files
from ..scenes.scene import Scaling, Scene
from ..scenes.sensors import named_as_wanted
from ..scenes.sentinel2 import scaling_of

# Pixel types of counts; reflectance in other types is scaled already.
_COUNTS = ('int16', 'uint16')


@dataclass(frozen=True)
class ListedFile:
    """One file of a scene.

    Attributes:
        path (str): File or URL.
        bands (tuple[str, ...]): Names of its bands; empty where the file is
            to tell them.
        by_name (bool): The file's name or the asset's key alone tells the
            band: a file of several bands tells them itself.
        gsd (float | None): Metres along a pixel, as stated.
        scaling (tuple[Scaling, ...]): Scale and offset as stated, of each
            band or one for all; empty where the file is to tell them.
    """

    path: str
    bands: tuple[str, ...] = ()
    by_name: bool = False
    gsd: float | None = None
    scaling: tuple[Scaling, ...] = ()


@dataclass(frozen=True)
class Listed:
    """One scene of a folder, a table or a catalogue.

    Attributes:
        parts (tuple[ListedFile, ...]): Its files.
        name (str | None): Name of the scene; else of its first file.
        date (str | None): ISO date.
        layers (tuple[tuple[str, str], ...]): Name and file of each quality
            layer, see :class:`.scene.Scene`.
        source (str): The catalogue that it is an item of, for messages.
        collection (str): The item's collection, in which its name is unique.
        loose (bool): Its files are grouped by words that also stand in names
            of whole images (``farm_red.tif``): see :meth:`apart`.
    """

    parts: tuple[ListedFile, ...]
    name: str | None = None
    date: str | None = None
    layers: tuple[tuple[str, str], ...] = ()
    source: str = ''
    collection: str = ''
    loose: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of its files."""
        return tuple(part.path for part in self.parts)

    @property
    def bands(self) -> tuple[tuple[str, ...], ...]:
        """Names of the bands of each file."""
        return tuple(part.bands for part in self.parts)

    def only(self, wanted: Sequence[str] | None) -> 'Listed':
        """The scene without files that have none of the bands wanted.

        So that bands of other resolutions are not opened.

        Raises:
            InputError: A wanted band that none of its files has.
        """
        if wanted is None or not all(self.bands):
            return self
        have = [band for bands in self.bands for band in bands]
        names = named_as_wanted(self.name or '', have, wanted)
        lacking = [band for band in wanted if band not in names]
        unsure = any(part.by_name for part in self.parts)
        if lacking and not unsure:
            raise InputError(
                f'{self.files[0]}: no band {", ".join(lacking)}; scene '
                f'{self.name!r} has {", ".join(have)}'
            )
        wants = dict(zip(have, names, strict=True))
        kept = []
        for part in self.parts:
            bands = tuple(wants[band] for band in part.bands)
            if set(bands) & set(wanted) or (lacking and part.by_name):
                kept.append(replace(part, bands=bands))
        return replace(self, parts=tuple(kept))

    def open(
        self,
        names: Sequence[str] | None = None,
        wanted: Sequence[str] | None = None,
        resample: str | None = None,
    ) -> Scene:
        """The scene itself.

        Args:
            names (sequence of str): Band names of files of several bands
                that nothing else names.
            wanted, resample: See :func:`.join_files`.

        Raises:
            InputError: See :func:`.join_files`.
        """
        for file in self.files:
            _check_name(file)
        parts = [
            part if part.bands else replace(part, bands=tuple(names or ()))
            for part in self.parts
        ]
        named = {band for part in parts for band in part.bands}
        if set(wanted or ()) - named:
            parts = [_by_content(part, names, wanted) for part in parts]
        try:
            scene = self._opened(parts, wanted, resample)
        except UnusableFileError:
            raise
        except InputError:
            # Perhaps a file that goes by its name holds several bands.
            known = [_by_content(part, names, wanted) for part in parts]
            if [k.bands for k in known] == [p.bands for p in parts]:
                raise
            scene = self._opened(known, wanted, resample)
        scene = self._scaled(scene)
        return replace(
            scene,
            date=scene.date or self._folder_date(),
            bands=named_as_wanted(scene.name, scene.bands, wanted),
        )

    def apart(self) -> tuple['Listed', ...]:
        """Each file as a scene, where they are whole images after all."""
        if not self.loose or len(Scene.open(self.files[0]).bands) == 1:
            return ()
        return tuple(
            Listed((ListedFile(file),), layers=self.layers)
            for file in self.files
        )

    def _opened(
        self,
        parts: Sequence[ListedFile],
        wanted: Sequence[str] | None,
        resample: str | None,
    ) -> Scene:
        have = [band for part in parts for band in part.bands]
        if len(set(have)) < len(have):
            twice = next(b for i, b in enumerate(have) if b in have[:i])
            raise InputError(
                f'{parts[0].path}: scene {self.name!r} has band {twice!r} in '
                'several files; list those to use in a .csv'
            )
        stated = [part.gsd for part in parts if part.gsd is not None]
        return join_files(
            [part.path for part in parts],
            [part.bands for part in parts],
            self.name,
            self.date,
            min(stated, default=None),
            [part.scaling for part in parts],
            self.layers,
            wanted,
            resample,
        )

    def _scaled(self, scene: Scene) -> Scene:
        """With Sentinel-2's offset where neither list nor tags state one."""
        if any(s != Scaling() for s in scene.scaling) or any(
            part.scaling for part in self.parts
        ):
            return scene
        if scene.dtype not in _COUNTS:
            return scene
        scaling = [
            scaling_of(scene.files[source.file], [band])
            for source, band in zip(scene.sources, scene.bands, strict=True)
        ]
        if not all(scaling):
            return scene
        return replace(scene, scaling=tuple(s for (s,) in scaling))

    def _folder_date(self) -> str | None:
        """Date in the scene's name, or in that of its product's folder."""
        folders = Path(self.files[0]).parts
        products = [f for f in folders if f.upper().endswith('.SAFE')]
        for text in (self.name or '', *reversed(products)):
            found = find_date(text)
            if found:
                return found
        return None


def _by_content(
    part: ListedFile,
    names: Sequence[str] | None,
    wanted: Sequence[str] | None,
) -> ListedFile:
    """A file with the bands that it holds, where only its key named them."""
    if not part.by_name:
        return part
    scene = Scene.open(part.path, wanted=wanted)
    if len(scene.bands) == 1:
        return replace(part, by_name=False)
    if names is not None:
        scene = Scene.open(part.path, names, wanted=wanted)
    return replace(part, bands=scene.bands, by_name=False)


def _check_name(file: str) -> None:
    """Refuse names that are no text: GDAL and indexes cannot hold them."""
    try:
        file.encode()
    except UnicodeEncodeError:
        shown = printable(file)
        raise UnusableFileError(
            f'{shown}: the name is not UTF-8; rename it, e.g. convmv -f '
            'latin1 -t utf8 --notest FILE',
            shown,
            'file_name',
        ) from None
