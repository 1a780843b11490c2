"""A scene that is not open yet: its files and what is known beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import InputError
from ..core.addresses import printable
from ..core.raster import UnusableFileError
from .dates import find_date
from .options import DEFAULTS, SceneOptions
from .scene import Scaling, Scene
from .scene_files import SceneFile, join_files
from .sensors import named_as_wanted
from .sentinel2 import COUNT_TYPES, scene_scaling


@dataclass(frozen=True)
class UnopenedScene:
    """One scene of a folder, a table or a catalogue.

    Attributes:
        members (tuple[SceneFile, ...]): Its files.
        name (str | None): Name of the scene; else of its first file.
        date (str | None): ISO date.
        layers (tuple[tuple[str, str], ...]): Name and file of each quality
            layer, see :class:`.scene.Scene`.
        source (str): The catalogue that it is an item of, for messages.
        collection (str): The item's collection, in which its name is unique.
        loose (bool): Its files are grouped by words that also stand in names
            of whole images (``farm_red.tif``): see :meth:`apart`.
    """

    members: tuple[SceneFile, ...]
    name: str | None = None
    date: str | None = None
    layers: tuple[tuple[str, str], ...] = ()
    source: str = ''
    collection: str = ''
    loose: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of its files."""
        return tuple(file.path for file in self.members)

    def only(self, wanted: Sequence[str] | None) -> 'UnopenedScene':
        """The scene without files that have none of the bands wanted.

        So that bands of other resolutions are not opened.

        Raises:
            InputError: A wanted band that none of its files has.
        """
        if wanted is None or not all(file.bands for file in self.members):
            return self
        have = [band for file in self.members for band in file.bands]
        names = named_as_wanted(self.name or '', have, wanted)
        lacking = [band for band in wanted if band not in names]
        unsure = any(file.by_name for file in self.members)
        if lacking and not unsure:
            raise InputError(
                f'{self.files[0]}: no band {", ".join(lacking)}; scene '
                f'{self.name!r} has {", ".join(have)}'
            )
        wants = dict(zip(have, names, strict=True))
        kept = []
        for file in self.members:
            bands = tuple(wants[band] for band in file.bands)
            if set(bands) & set(wanted) or (lacking and file.by_name):
                kept.append(replace(file, bands=bands))
        return replace(self, members=tuple(kept))

    def open(self, options: SceneOptions = DEFAULTS) -> Scene:
        """The scene itself.

        Args:
            options (SceneOptions): ``band_names`` of files of several bands
                that nothing else names, and those of :func:`.join_files`.
        """
        for path in self.files:
            _check_name(path)
        names, wanted = options.band_names, options.bands
        members = [
            file if file.bands else replace(file, bands=tuple(names or ()))
            for file in self.members
        ]
        named = {band for file in members for band in file.bands}
        if set(wanted or ()) - named:
            members = [_by_content(file, options) for file in members]
        try:
            scene = self._joined(members, options)
        except UnusableFileError:
            raise
        except InputError:
            # Perhaps a file that goes by its name holds several bands.
            known = [_by_content(file, options) for file in members]
            if [k.bands for k in known] == [m.bands for m in members]:
                raise
            scene = self._joined(known, options)
        scene = self._scaled(scene)
        return replace(
            scene,
            date=scene.date or self._folder_date(),
            bands=named_as_wanted(scene.name, scene.bands, wanted),
        )

    def apart(self) -> tuple['UnopenedScene', ...]:
        """Each file as a scene, where they are whole images after all."""
        if not self.loose or len(Scene.open(self.files[0]).bands) == 1:
            return ()
        return tuple(
            UnopenedScene((SceneFile(path),), layers=self.layers)
            for path in self.files
        )

    def _joined(
        self, members: Sequence[SceneFile], options: SceneOptions
    ) -> Scene:
        have = [band for file in members for band in file.bands]
        if len(set(have)) < len(have):
            twice = next(b for i, b in enumerate(have) if b in have[:i])
            raise InputError(
                f'{members[0].path}: scene {self.name!r} has band {twice!r} '
                'in several files; list those to use in a .csv'
            )
        return join_files(members, self.name, self.date, self.layers, options)

    def _scaled(self, scene: Scene) -> Scene:
        """With Sentinel-2's offset where neither list nor tags state one."""
        if any(s != Scaling() for s in scene.scaling) or any(
            file.scaling for file in self.members
        ):
            return scene
        if scene.dtype not in COUNT_TYPES:
            return scene
        return replace(scene, scaling=scene_scaling(scene) or scene.scaling)

    def _folder_date(self) -> str | None:
        """Date in the scene's name, or in that of its product's folder."""
        folders = Path(self.files[0]).parts
        products = [f for f in folders if f.upper().endswith('.SAFE')]
        for text in (self.name or '', *reversed(products)):
            found = find_date(text)
            if found:
                return found
        return None


def _by_content(file: SceneFile, options: SceneOptions) -> SceneFile:
    """A file with the bands that it holds, where only its key named them."""
    if not file.by_name:
        return file
    scene = Scene.open(file.path, wanted=options.bands)
    if len(scene.bands) == 1:
        return replace(file, by_name=False)
    if options.band_names is not None:
        scene = Scene.open(file.path, options.band_names, wanted=options.bands)
    return replace(file, bands=scene.bands, by_name=False)


def _check_name(path: str) -> None:
    """Refuse names that are no text: GDAL and indexes cannot hold them."""
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = printable(path)
        raise UnusableFileError(
            f'{shown}: the name is not UTF-8; rename it, e.g. convmv -f '
            'latin1 -t utf8 --notest FILE',
            shown,
            'file_name',
        ) from None
